"""The bare name of a program: without folder, extension and version, an alias spelt out."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from ttpline.commands._powershell_aliases import ALIASES, AMBIGUOUS
from ttpline.commands._powershell_parameters import parameter_name
from ttpline.commands.dialect import Dialect
from ttpline.domain.parsed import Word

_VERSIONED = re.compile(
    r"(?:[a-z0-9_]{2,12}-(?:[a-z0-9]{1,12}-)?linux-gnu(?:eabihf?)?-)?"
    r"(python|pythonw|pypy|ipython|php|perl|ruby|node|nodejs|java|javac|javaw|gcc|g\+\+|cc|c\+\+|cpp|clang|clang\+\+|pip|pipx"
    r"|lua|luajit|tclsh|wish|guile|irb|gem|erl|go|ksh|bash|zsh|gawk|mawk|psql|pydoc|easy_install|virtualenv|cython"
    r"|ghc|rustc|php-cgi|php-fpm|php-config|gdb|ld|as|ar|strip|objdump)"
    r"(?:-?v?\d{1,4}(?:\.\d{1,4}){0,3}[a-z]{0,2}(?:-(?:dbg|debug|m|config))?)?",
    re.ASCII,
).fullmatch
_WIDE = re.compile(
    r"(psexec|procdump|sdelete|handle|autoruns|autorunsc|pskill|pslist|psloggedon|psservice|psinfo|psgetsid|pspasswd|psfile"
    r"|pssuspend|psshutdown|accesschk|strings|sigcheck|adexplorer|listdlls|du|streams|procexp|procmon|tcpview|nc|ncat)"
    r"(?:32|64)a?"
).fullmatch
_OTHER_NAMES: Final = {
    "net1": "net", "pwsh": "powershell", "pwsh-preview": "powershell", "nc.openbsd": "nc", "nc.traditional": "nc",
    "netcat": "nc", "vim.basic": "vim", "vim.tiny": "vim", "nodejs": "node", "%comspec%": "cmd", "$env:comspec": "cmd",
    "${env:comspec}": "cmd", "$shell": "sh", "${shell}": "sh", "$bash": "bash",
}  # fmt: skip
_EXTENSIONS: Final = (".exe", ".com")
_LOGIN_SHELLS: Final = frozenset({"-bash", "-sh", "-zsh", "-dash", "-ksh", "-fish", "-su", "-csh", "-tcsh"})
_LONGEST_CACHED: Final = 260  # Windows' longest ordinary path; what is longer is no name worth keeping


def program_name(word: str, dialect: Dialect) -> str:
    r"""The bare name of the program that ``word`` starts.

    >>> program_name(r"C:\\Windows\\NET1.EXE", Dialect.CMD), program_name("/usr/bin/python3.11", Dialect.POSIX)
    ('net', 'python')
    >>> program_name("gci", Dialect.POWERSHELL), program_name("gci", Dialect.POSIX)
    ('get-childitem', 'gci')
    """
    return _cached_name(word, dialect) if len(word) <= _LONGEST_CACHED else _name(word, dialect)


def _name(word: str, dialect: Dialect) -> str:
    name = word.strip(" \t\r\n\"'")
    if name.lower() in _OTHER_NAMES:
        return _OTHER_NAMES[name.lower()]
    windows = dialect is not Dialect.POSIX
    if windows or name[1:3] == ":\\" or name.startswith("\\\\"):
        name = name.replace("\\", "/")
    has_folder = "/" in name
    name = name.rstrip("/").rpartition("/")[2].lower() if has_folder else name.lower()
    if "(" in name or "`" in name or "$(" in word:
        return ""  # only the shell knows
    if name.endswith(_EXTENSIONS) and (windows or name.endswith(".exe")):
        name = name[:-4]
    elif windows and dialect is Dialect.POWERSHELL and not has_folder and name in ALIASES:
        return ALIASES[name]
    if name in _LOGIN_SHELLS:
        name = name[1:]
    if match := _VERSIONED(name) or _WIDE(name):
        name = match[1]
    return _OTHER_NAMES.get(name, name)


_cached_name = lru_cache(maxsize=8192)(_name)


def name_in_context(word: str, words: Sequence[Word], dialect: Dialect) -> str:
    """``program_name``, except that an alias which is a program as well is judged by the words it is given.

    >>> [name_in_context("curl", [Word(option, (0, 0))], Dialect.POWERSHELL) for option in ("-OutFile", "-so")]
    ['invoke-webrequest', 'curl']
    """
    name = program_name(word, dialect)
    if dialect is not Dialect.POWERSHELL:
        return name
    written = word.lower()
    arguments = [argument.text for argument in words[:3]]
    if written in ("curl", "wget"):
        options = [word for word in arguments if word.startswith("-") and not word.startswith("--")]
        fits = [word for word in options if len(word) > _FLAG_LENGTH and parameter_name(name, word)]
        return name if fits else written
    if written in AMBIGUOUS and any(argument.lower() in AMBIGUOUS[written] for argument in arguments[:2]):
        return written
    return name


_FLAG_LENGTH: Final = 3
"""``-o`` and ``-so`` are curl's own; ``-Out`` is the cmdlet's."""
