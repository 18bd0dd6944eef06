"""Which lines of a test mean something: comments, messages, waiting and set-up are left out, with the reason."""

import re
from collections.abc import Iterable, Sequence

MIN_CHARACTERS, MAX_CHARACTERS = 2, 4000
WRONG_LENGTH = "shorter than 2 or longer than 4000 characters"

_ONLY = r"(?![^\n]*(?:[|>&;]|<<))"
"""Nothing else on the line: no pipe, redirection or second command."""

_FLOW = re.compile(
    r"(?:sudo\s+)?(?:sleep|start-sleep|exit|return|break|continue|cd|chdir|set-location|pushd|popd|push-location|"
    r"pop-location|timeout|pause|cls|clear|clear-host|wait|setlocal|endlocal|goto)(?![\w.-])" + _ONLY,
    re.IGNORECASE,
)
_NOTHING = re.compile(r"(?:true|false|:|\{|\}|\)|fi|done|esac|set\s+[-+][a-z]+|shopt\s.*|prompt\b.*)$", re.IGNORECASE)
_MESSAGE = re.compile(r"(?:echo|printf|write-(?:host|output|verbose|warning|error|information))(?:[\s.\"'(]|$)", re.I)
_SUBSTITUTES = re.compile(r"\$\((?!\()|`[^`\n]+`|\$\{?\d|\$[@*#?!$]|\$\{?IFS")
_ONE_VARIABLE = re.compile(r"(?:echo|printf)\s+\"?\$\{?\w+\}?\"?$")
"""Looking at a variable, not a message."""
_REDIRECTS = re.compile(r"[|><&;](?!\d)")
_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"")
_ASSIGNMENT_POSIX = re.compile(r"(?:export\s+)?\w+=(?:'[^']*'|\"[^\"$`]*\"|[^\s'\"$`;|&()]*)$")
_BEHAVIOUR = re.compile(
    r"(?:export\s+)?(?:HIST\w*|PROMPT_COMMAND|BASH_ENV|ENV|LD_\w+|DYLD_\w+|PATH)=|(?i:set\s+\"?(?:path|pathext|comspec)=)"
)
"""Variables that change what the shell or the loader does: setting one is an act."""
_ASSIGNMENT_CMD = re.compile(r"set\s+(?:/[ap]\s+)?\"?\w+=[^|&<>]*$", re.IGNORECASE)
_ASSIGNMENT_POWERSHELL = re.compile(
    r"\$(?:env:)?[\w:]+\s*=\s*(?:'[^']*'|\"[^\"$]*\"|-?[\d.]+|\$(?:true|false|null)|@\(\)|@\{\})$", re.IGNORECASE
)
_FOLDER = re.compile(
    r"(?:sudo\s+)?(?:mkdir|md|touch|new-item\b(?=[^\n]*\bdirectory\b))(?![\w.-])" + _ONLY, re.IGNORECASE
)
_SYSTEM_PLACE = re.compile(
    r"\btouch\s+-\w*[acdmrt]|[\s\"'](?:/(?:etc|Library|System|usr|bin|sbin|root|boot|lib)/|[A-Za-z]:\\Windows\\(?!Temp)|\\\\)",
    re.IGNORECASE,
)
"""A file of the system, or times that are set on one: no set-up."""
_IF_FOLDER = re.compile(r"if\s+not\s+exist\s+\S+\s*\(?\s*(?:mkdir|md)\s[^&|<>]*$", re.IGNORECASE)
_SHOWS = re.compile(r"(?:sudo\s+)?(?:cat|type|more|less|head|tail|get-content|gc)\s+(?:-\S+\s+)*([^\s|>&;]+)$", re.I)
_LOOKS = re.compile(
    r"(?:sudo\s+)?(?:whoami|id|ls|dir|pwd|hostname|uname|get-childitem|gci|get-date|date|get-location|ipconfig|ifconfig)"
    r"(?:\.exe)?(?:\s+[^|>&;]*)?$",
    re.IGNORECASE,
)


def reason_to_leave(command: str, executor: str, outputs: Iterable[str]) -> str | None:
    """Why ``command`` carries no meaning; None when it does. ``outputs``: files that the test itself writes."""
    if len(command) > MAX_CHARACTERS:  # before any expression looks at it
        return WRONG_LENGTH
    if not command.strip() or _NOTHING.match(command):
        return "empty"
    bare = command.lstrip("@( ")
    if _FLOW.match(bare):
        return "waiting, moving, leaving"
    if _MESSAGE.match(bare) and not _says_something(bare):
        return "message"
    if _is_assignment(bare, executor):
        return "assignment"
    if (_FOLDER.match(bare) and not _SYSTEM_PLACE.search(bare)) or _IF_FOLDER.match(bare):
        return "folder or empty file for the test"
    shown = _SHOWS.match(bare)
    if shown is not None and shown[1].strip("'\"") in outputs:
        return "the test's own output"
    return None


def _says_something(message: str) -> bool:
    """Whether a message goes somewhere, or shows what a command or a variable has."""
    if _REDIRECTS.search(_QUOTED.sub("", message)) or _SUBSTITUTES.search(message):
        return True
    return _ONE_VARIABLE.match(message) is not None


def _is_assignment(command: str, executor: str) -> bool:
    if _BEHAVIOUR.match(command):
        return False
    pattern = {"cmd": _ASSIGNMENT_CMD, "powershell": _ASSIGNMENT_POWERSHELL}.get(executor, _ASSIGNMENT_POSIX)
    return pattern.match(command) is not None


def is_look_around(command: str) -> bool:
    """Whether ``command`` only looks around: discovery where that is the technique, else an author's check."""
    return _LOOKS.match(command) is not None


_WRITES = re.compile(r">{1,2}\s*(\"[^\"\n]{1,300}\"|[^\s|>&;\"']{1,300})|-(?:o|O|out|outfile)\s+([^\s|>&;\"']{1,300})")


def written_files(commands: Sequence[str]) -> set[str]:
    """Files that the commands write by redirection or an option for output."""
    found = set()
    for command in commands:
        for redirected, option in _WRITES.findall(command):
            found.add((redirected or option).strip('"'))
    return found - {"/dev/null", "nul", "NUL", "$null"}
