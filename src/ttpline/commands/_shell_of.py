r"""Which grammar a text is read with, where ``guess_dialect`` alone does not say: ``reg add HKLM\SOFTWARE`` says
nothing about a shell, but read as POSIX it would lose its backslashes.

>>> shell_of(r"reg add HKLM\SOFTWARE\A /v b").value, shell_of("date +%Y%m%d").value
('cmd', 'posix')
"""

import re
from typing import Final

from ttpline.commands._reading import listed
from ttpline.commands.dialect import Dialect, guess_dialect

_HEAD: Final = 4096
"""Characters that are looked at."""

_FIRST = re.compile(r"[\s\"'&@(]{0,8}([^\s\"'|&;<>()]{1,200})").match
_STARTS_POWERSHELL = re.compile(
    r"""[\s"]{0,8}(?:[^\s"]{0,200}[\\/]|[A-Za-z]:\\[^"]{0,200}\\)?(?:powershell|pwsh)(?:\.exe)?(?:[\s"]|\Z)""",
    re.IGNORECASE,
).match
_STARTS_CMD = re.compile(
    r"""[\s"@]{0,8}(?:[^\s"]{0,200}[\\/])?(?:cmd(?:\.exe)?(?:[\s"/,;]|\Z)|%comspec%)""", re.IGNORECASE
).match
_VERBS: Final = (
    "get set new remove invoke start stop add import export out write select where foreach test copy move rename clear "
    "enable disable convertto convertfrom expand compress register unregister enter exit restart resume suspend find "
    "install uninstall update save show measure sort group format compare join split resolve receive send push pop "
    "wait mount dismount grant revoke publish unblock block protect unprotect checkpoint restore limit debug trace read"
)
_CMDLET_ANYWHERE = re.compile(
    r"(?:\A|[\s;|({=&])(?:" + "|".join(_VERBS.split()) + r")-[a-z]{3,40}(?=[\s;|)},]|\Z)", re.IGNORECASE
).search
"""A cmdlet in any case, as people type it; asked only where the text ran on Windows or looks like it."""
_ALIAS_FIRST = re.compile(
    r"[\s(]{0,4}(?:iex|icm|gwmi|gcim|iwr|irm|gci|gc|gi|gp|gps|gsv|sls|saps|spps|ipmo|gcm|gm|ni|ri|sc\s+-|ps|kill|cat|ls|ft|fl|select)"
    r"(?=[\s|;)]|\Z)(?=[^\n]{0,400}(?:\||\)\.|;|\s-[a-z]{4,}))",
    re.IGNORECASE,
).match
_FOR_OF_CMD = re.compile(r"[\s@]{0,8}for\s+(?:/[dflr]\b[^%\n]{0,200})?%{1,2}[A-Za-z]\s+in\s*\(", re.IGNORECASE).match
_STARTED_BY_POSIX = re.compile(r"\s*(?:sudo|bash|sh|env)\s").match
_WINDOWS_PATH = re.compile(
    r"(?:\A|[\s\"=,(:])(?:[A-Za-z]:\\(?!\\?[nt ]\b)|\\\\[\w.$?-]{1,60}\\|HK(?:LM|CU|CR|U|CC|EY_\w{4,16})[:\\])"
    r"|%\w{3,30}%\\|\A\.{1,2}\\",
    re.IGNORECASE,
).search
_SINGLE_QUOTED = re.compile(r"'[^'\n]{0,1000}'")
_POWERSHELL_WORDS = re.compile(
    r"(?:\A|[\s=,(])'[^'\n]*'(?=[\s,;)|.]|\Z)|\$[A-Za-z_({]|\A\[[A-Za-z][\w.]{1,80}[\[\]]|@['\"({]|\A[&.][ '\"]"
    r"|-(?:eq|ne|like|match|join|split|replace|bor|band|contains|ErrorAction|Force|Recurse|Confirm|WhatIf|AsJob)\b",
    re.IGNORECASE,
).search
_STARTS_SCRIPT = re.compile(
    r"\$[\w:.\[\]]{1,60}\s*[-+]?=(?!=)(?!\()|\[[A-Za-z][\w.]{2,80}\](?:::|\$|\.)|(?i:iex|icm|gwmi|iwr|irm|gci|gps|sls|saps|ipmo|gcm|gsv|sajb|gcim)\b"
    r"|\$[\w:]{1,40}\.\w{1,60}\("
    r"|(?:[A-Z][a-z]{2,12}|[a-z]{2,12})-(?:[A-Z][A-Za-z]{3,}[a-z])\b|(?:\.\s+)?[^\s'\"]{1,200}\.(?i:psm?1)(?:[\s;]|\Z)|(?i:try)\s?\{|(?i:if|foreach|while)\s?\([$!]"
    r"|(?:get|set|new|remove|invoke|start|stop|add|import|copy|move|write|test)-[a-z]{3,30}\s+(?:-[A-Za-z]|\S*[\\'$])|@\{|&\s['\"(]",
).match
_PIPES_INTO_SCRIPT = re.compile(
    r"\|\s*(?:(?i:iex|where-object|foreach-object|out-\w{3,12}|select-string|select-object)\b|(?i:select|where|ft|fl|measure|%|\?)\s*[{])"
).search
_HAS_COMMON_PARAMETER = re.compile(r"\s-(?:ErrorAction|WhatIf|AsJob)\b").search
_ONLY_VARIABLE = re.compile(r"%[A-Za-z]").search
_POSIX_ONLY = re.compile(r"\$\(|`|\\\n|^\s*sudo\s|/(?:usr|etc|var|tmp|home|bin|opt|dev)/|'[^']*%|\+\"?'?%|\bdate\b")
_CMD_VARIABLE = re.compile(
    r"%(?:comspec|temp|tmp|appdata|localappdata|userprofile|username|windir|systemroot|programfiles(?:\(x86\))?|programdata"
    r"|public|path|computername|systemdrive|homepath|homedrive|allusersprofile|cd|~dp0|os|userdomain|logonserver"
    r"|random|errorlevel|date|time|[a-z_]{3,20}:~-?\d)",
    re.IGNORECASE,
).search

WINDOWS_PROGRAMS: Final = listed(
    "reg regedit net net1 sc schtasks wmic netsh tasklist taskkill ipconfig systeminfo rundll32 regsvr32 "
    "mshta certutil bitsadmin wevtutil vssadmin wbadmin bcdedit icacls cacls takeown attrib xcopy "
    "robocopy cscript wscript msiexec installutil msbuild regasm regsvcs cmstp forfiles nltest dsquery "
    "dsget csvde ldifde setspn klist cmdkey qwinsta rwinsta query quser tscon mstsc gpresult gpupdate "
    "auditpol fsutil diskshadow esentutl ntdsutil pnputil driverquery w32tm bootcfg getmac nbtstat "
    "pathping psexec paexec procdump rubeus mimikatz seatbelt sharphound adfind wce runas powercfg "
    "manage-bde cipher sdbinst odbcconf pcalua control winrm winrs dism sfc typeperf logman makecab "
    "expand extrac32 findstr where timeout dir copy del erase type ver vol rd md ren assoc ftype setx "
    "start call del choice clip cls copype ftp tree title chcp waitfor at fltmc verclsid conhost explorer "
    "devcon choco scoop winget cmdkey tzutil reagentc shutdown comp fc more move sort subst compact label "
    "chkdsk diskpart format wusa rasdial mountvol"
)
_BOTH_SIDES: Final = listed(
    "where timeout dir expand sort more query ftp tree shutdown at type copy move start clip control "
    "format comp fc title label ver choice expand call net convert verify nbtstat net tree find"
)


def shell_of(text: str, platform: str | None = None) -> Dialect:
    """The grammar for ``text``; ``platform`` is where it ran, if that is known (``windows``, ``linux``, ``macos``)."""
    head = text[:_HEAD]
    if platform in ("linux", "macos"):
        is_script = guess_dialect(head) is Dialect.POWERSHELL and not _STARTED_BY_POSIX(head)
        return Dialect.POWERSHELL if is_script and not _STARTS_POWERSHELL(head) else Dialect.POSIX
    if _STARTS_CMD(head) or _FOR_OF_CMD(head):
        return Dialect.CMD
    guess = guess_dialect(head)
    if guess is Dialect.CMD:
        if platform == "windows" or not _ONLY_VARIABLE(head) or _CMD_VARIABLE(head) or not _POSIX_ONLY.search(head):
            return Dialect.CMD
        return Dialect.POSIX
    if guess is Dialect.POWERSHELL:
        return Dialect.POSIX if _STARTED_BY_POSIX(head) else guess
    if _STARTS_SCRIPT(head) or _PIPES_INTO_SCRIPT(head) or _HAS_COMMON_PARAMETER(head):
        return Dialect.POWERSHELL
    if platform == "windows" or _looks_like_windows(head):
        is_script = bool(_POWERSHELL_WORDS(head) or _CMDLET_ANYWHERE(head) or _ALIAS_FIRST(head))
        return Dialect.POWERSHELL if is_script else Dialect.CMD
    return Dialect.POSIX


def is_powershell_command_line(text: str) -> bool:
    """Whether a process was started as PowerShell: its words are cut as Windows cuts them, by no shell."""
    return _STARTS_POWERSHELL(text[:_HEAD]) is not None


def _looks_like_windows(head: str) -> bool:
    first = _FIRST(head)
    name = (first[1] if first else "").lower()
    name = name[:-4] if name.endswith(".exe") else name
    if name in WINDOWS_PROGRAMS and (name not in _BOTH_SIDES or (" /" in head[:200] and "/ " not in head[:40])):
        return (
            name not in _BOTH_SIDES
            or re.search(r" /[A-Za-z?]{1,10}(?:[ :]|\Z)", head[:400]) is not None
            or bool(_WINDOWS_PATH(head))
        )
    if ("\\" not in head and ":" not in head) or not _WINDOWS_PATH(head):
        return False
    return _WINDOWS_PATH(_SINGLE_QUOTED.sub("''", head)) is not None
