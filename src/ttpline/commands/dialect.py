r"""Which shell a command line was written for, guessed from its text alone.

>>> guess_dialect(r"cmd.exe /c whoami & hostname").value
'cmd'
>>> guess_dialect("Get-Process | Out-File a.txt").value
'powershell'
>>> guess_dialect("apt-get update && id").value
'posix'
"""

import re
from enum import Enum


class Dialect(Enum):
    """A family of shells with the same quoting."""

    POSIX = "posix"
    CMD = "cmd"
    POWERSHELL = "powershell"

    __hash__ = object.__hash__  # each is there once; Enum's own goes by the name, in Python


_LEADING_CHARACTERS = 4096  # a guess looks at the beginning: the program and its first arguments

# What may stand anywhere begins with a sign of its own, so that the search goes from sign to sign.
_STARTS_POWERSHELL = re.compile(
    r"""[\s"&(]{0,8}(?:[^\s"]{0,200}[\\/])?(?:powershell|pwsh)(?:\.exe)?(?:[\s"]|\Z)""", re.ASCII
).match
_HAS_POWERSHELL = re.compile(r"\$env:|\$_\.|\[[A-Za-z.]{3,60}\]::", re.ASCII).search
_HAS_NOUN = re.compile(r"-[A-Z][A-Za-z]", re.ASCII).search
_HAS_CMDLET = re.compile(
    r"(?:\A|[\s;|({=])(?:Get|Set|New|Invoke|Start|Stop|Remove|Add|Import|Export|Out|Write|Select|Where|ForEach|Test|Copy"
    r"|Move|Enable|Disable|ConvertTo|ConvertFrom|Expand|Compress|Register|Unregister|Enter|Restart|Find|Install)"
    r"-[A-Z][A-Za-z]",
    re.ASCII,
).search
_STARTS_CMD = re.compile(
    r"""[\s"]{0,8}(?:[^\s"]{0,200}[\\/])?cmd(?:\.exe)?(?:[\s"]|\Z)"""
    r"""|[\s"@]{0,8}(?:[A-Za-z]:\\|%[A-Za-z]|\\\\)"""
    r"""|[\s"@]{0,8}[^\s"/]{1,200}\.(?:exe|bat|cmd|com)(?:[\s"]|\Z)""",
    re.ASCII | re.IGNORECASE,
).match
_HAS_VARIABLE = re.compile(r"%[A-Za-z][A-Za-z0-9_]{0,60}%", re.ASCII).search


def guess_dialect(text: str) -> Dialect:
    """The likeliest dialect; ``posix`` where nothing speaks for another one."""
    head = text[:_LEADING_CHARACTERS]
    if (_HAS_VARIABLE(head) or _STARTS_CMD(head)) and not _is_powershell(head[:256]):
        return Dialect.CMD
    return Dialect.POWERSHELL if _is_powershell(head) else Dialect.POSIX


def _is_powershell(head: str) -> bool:
    return bool(_STARTS_POWERSHELL(head) or _HAS_POWERSHELL(head) or (_HAS_NOUN(head) and _HAS_CMDLET(head)))
