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


_LEADING_CHARACTERS = 4096  # a guess looks at the beginning: the program and its first arguments

_POWERSHELL = re.compile(
    r"""\A[\s"&(]{0,8}(?:[^\s"]{0,200}[\\/])?(?:powershell|pwsh)(?:\.exe)?(?:[\s"]|\Z)"""
    r"|\$env:|\$_\.|\[[A-Za-z.]{3,60}\]::"
    r"|(?:\A|[\s;|({=])(?:Get|Set|New|Invoke|Start|Stop|Remove|Add|Import|Export|Out|Write|Select|Where|ForEach|Test|Copy"
    r"|Move|Enable|Disable|ConvertTo|ConvertFrom|Expand|Compress|Register|Unregister|Enter|Restart|Find|Install)"
    r"-[A-Z][A-Za-z]",
    re.ASCII,
).search
_CMD = re.compile(
    r"""\A[\s"]{0,8}(?:[^\s"]{0,200}[\\/])?cmd(?:\.exe)?(?:[\s"]|\Z)"""
    r"""|\A[\s"@]{0,8}(?:[A-Za-z]:\\|%[A-Za-z]|\\\\)"""
    r"""|\A[\s"@]{0,8}[^\s"/]{1,200}\.(?:exe|bat|cmd|com)(?:[\s"]|\Z)"""
    r"|%[A-Za-z][A-Za-z0-9_]{0,60}%",
    re.ASCII | re.IGNORECASE,
).search


def guess_dialect(text: str) -> Dialect:
    """The likeliest dialect; ``posix`` where nothing speaks for another one."""
    head = text[:_LEADING_CHARACTERS]
    if _CMD(head) and not _POWERSHELL(head[:256]):
        return Dialect.CMD
    return Dialect.POWERSHELL if _POWERSHELL(head) else Dialect.POSIX
