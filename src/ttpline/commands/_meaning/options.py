"""What a word of a command says as an option: the forms that a condition may name, and a value given in the word."""

import re
from functools import lru_cache
from typing import Final

from ttpline.commands.parse import parameter_name
from ttpline.domain.parsed import SimpleCommand
from ttpline.knowledge.entries import Program

OptionForms = tuple[tuple[str, str | None], ...]
"""``(form, value given in the same word)`` for each option that a word stands for."""

_LONG_SINGLE_DASH: Final = frozenset(
    {"find", "java", "openssl", "ssh-keygen", "convert", "ffmpeg", "gcc", "clang", "tcpdump", "nmap", "hashcat", "john"}
    | {"mount", "xwd", "import", "go", "terraform", "ldapsearch", "qemu-system-x86_64", "certtool", "masscan", "ip"}
)
"""Programs whose options of several letters have one dash: ``find -name`` is no ``-n -a -m -e``."""
_CLUSTER: Final = re.compile(r"-[A-Za-z0-9]{2,12}").fullmatch
_LONGEST: Final = 2_000
"""Characters; what is longer is data."""
_MARKS: Final = frozenset("-+")
_WINDOWS_MARKS: Final = frozenset("-/–—")
_NO_OPTION: Final[tuple[OptionForms, tuple[str, ...]]] = ((), ())


def is_windows_style(part: SimpleCommand, program: Program | None) -> bool:
    """Whether options are read as Windows programs and cmdlets read them: ``/x`` or ``-x``, in any case."""
    if program is not None and program.platforms:
        return program.platforms == ("windows",)
    return program is None and part.dialect != "posix"


def option_forms(text: str, windows_style: bool, program: str) -> OptionForms:
    """The forms of ``text``; nothing for an operand. Windows forms are in lower case, posix ones as they are.

    >>> option_forms("-lvp", False, "nc")
    (('-lvp', None), ('-l', None), ('-v', None), ('-p', None), ('-l', 'vp'))
    >>> option_forms("--output=a", False, "sort"), option_forms("/TN:x", True, "schtasks")
    ((('--output', 'a'),), (('/tn', 'x'),))
    >>> option_forms("-aes-256-cbc", False, "openssl"), option_forms("/etc/hosts", False, "cat")
    ((('-aes-256-cbc', None),), ())
    """
    return read_option(text, windows_style, program)[0] if text[:1] in option_marks(windows_style) else ()


def option_marks(windows_style: bool) -> frozenset[str]:
    """What an option may begin with."""
    return _WINDOWS_MARKS if windows_style else _MARKS


def read_option(text: str, windows_style: bool, program: str) -> tuple[OptionForms, tuple[str, ...]]:
    """``option_forms`` of a text that begins with a mark, and those of the forms whose value may be the next word."""
    return _read(text, windows_style, program) if 2 <= len(text) <= _LONGEST else _NO_OPTION


@lru_cache(maxsize=8_192)
def _read(text: str, windows_style: bool, program: str) -> tuple[OptionForms, tuple[str, ...]]:
    forms = _forms(text, windows_style, program)
    return forms, _awaiting(forms)


def _awaiting(forms: OptionForms) -> tuple[str, ...]:
    """Of a cluster (``-xvf``) the last letter only."""
    open_forms = [form for form, value in forms if value is None]
    if len(forms) > 1 and forms[-1][1] is not None and len(forms[-1][0]) == 2:  # a cluster or -p4444
        return (open_forms[0], open_forms[-1])
    return tuple(open_forms)


def _forms(text: str, windows_style: bool, program: str) -> OptionForms:
    if windows_style:
        return _windows_forms(text, program)
    if text == "--":
        return ()
    if text.startswith("--"):
        name, equals, value = text.partition("=")
        return ((name, value if equals else None),)
    return _short_forms(text, program in _LONG_SINGLE_DASH)


def _short_forms(text: str, long_dash: bool) -> OptionForms:
    forms: list[tuple[str, str | None]] = [(text, None)]
    name, equals, value = text.partition("=")
    if equals:
        forms.append((name, value))
    if text[0] != "-" or long_dash:
        return tuple(forms)
    if _CLUSTER(text):
        forms += [(f"-{letter}", None) for letter in dict.fromkeys(text[1:])]
    if len(text) > 2 and not equals:  # -p4444, -u0: the value in the same word
        forms.append((text[:2], text[2:]))
    return tuple(forms)


def _windows_forms(text: str, program: str) -> OptionForms:
    if text[0] == "/":
        name = re.split("[:=]", text, maxsplit=1)[0]
        if "/" in name[1:]:
            return ()  # a path
    else:
        name = "-" + re.split("[:=]", text[1:], maxsplit=1)[0]
    value = text[len(name) + 1 :] if len(name) < len(text) else None
    full = parameter_name(program, name)
    names = dict.fromkeys((name.lower(), f"-{full}") if full else (name.lower(),))
    return tuple((one, value) for one in names)
