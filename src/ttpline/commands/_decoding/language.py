"""Which shell's tricks a text plays: ``dialect.guess_dialect``, and what only one of them writes."""

import re
from typing import Final

from ttpline.commands.dialect import Dialect, guess_dialect

_HEAD: Final = 4096
# What may stand anywhere begins with a sign of its own, so that a search goes from sign to sign; of words it is asked
# first whether they are there at all.
_STARTS_POWERSHELL = re.compile(
    r"\s*\.\s*\(?\s*['\"(]|\s*&\s*[($'\"]|\s*\$\{?[A-Za-z_]\w*\}?\s*=", re.IGNORECASE | re.ASCII
).match
_HAS_POWERSHELL = re.compile(
    r"\[(?:system\.)?(?:char|convert|text\.|string|regex|array|scriptblock|io\.|byte|int)[\w.\[\]]*\]\s*(?:::|[\d\[($'\"])"
    r"|-(?<![\w-]-)(?:[ic]?join|[ic]?split|[ic]?replace|bxor)[\s('\"\[]{1,4}[(\['\"$\w]"
    r"|\{\d\}[^'\"]{0,200}['\"]\s*\)?\s*-f[\s('\"$@]|\$(?:env:|pshome|shellid|executioncontext|verbosepreference)"
    r"|&(?<=[;|{(\s]&)\s*\(?\s*['\"(]|;\s*&\s*\(?\$",
    re.IGNORECASE | re.ASCII,
).search
_HAS_DOT_CALL = re.compile(r"[;|{(]\s*\.\s*\(?\s*['\"(]", re.ASCII).search
_HAS_IEX = re.compile(r"\b(?:iex|invoke-expression)\b", re.IGNORECASE | re.ASCII).search
_HAS_POWERSHELL_RUN = re.compile(
    r"(?<![\w.\\/-])(?:[^\s\"']{0,80}[\\/])?(?:powershell|pwsh)(?:\.exe)?[\s\"']", re.IGNORECASE
).search
_STARTS_CMD = re.compile(
    r"\s*\"?(?:[\w:\\]*\\)?c\^?m\^?d|@?set\s+\"?\w+="
    r"|[\s\"@(]*(?:\^[A-Za-z](?=\^)|[A-Za-z]{1,20})(?:\^[A-Za-z]|\"\"[A-Za-z])|\s*[,;]*\s*cmd(?:\.exe)?[,;]",
    re.IGNORECASE | re.ASCII,
).match
_HAS_CMD = re.compile(
    r"%[A-Za-z_][\w()]{0,40}:(?:~|[^%\s=]{1,20}=)|%[A-Za-z_]\w{0,30}%"
    r"|&\s*set\s+|\|\s*set\s+|/v:on|\|\s*cmd(?:\.exe)?\s*\Z",
    re.IGNORECASE | re.ASCII,
).search
_HAS_CMD_RUN = re.compile(r"(?<![\w/.-])cmd(?:\.exe)?\s*/", re.IGNORECASE | re.ASCII).search
_STARTS_POSIX = re.compile(r"\s*(?:[A-Za-z_]\w*=|export\s)", re.ASCII).match
_HAS_POSIX = re.compile(
    r"\|\s*(?:/\w+/)*(?:ba|da|z|k)?sh\b|base64 -|\$\{IFS|\$'[^'\\]{0,40}\\[x0-7uU]", re.ASCII
).search
_ONLY: Final = {dialect: frozenset({dialect}) for dialect in Dialect}


def languages_of(text: str, dialect: Dialect | None) -> frozenset[Dialect]:
    """The dialects whose tricks are looked for; the same for the same text.

    A text that starts PowerShell holds PowerShell, whatever shell it was typed into.
    """
    head = text[:_HEAD]
    if _runs_powershell(head):
        around = {dialect} if dialect else set()
        around |= {Dialect.CMD} if _is_cmd(head) else set()
        around |= {Dialect.POSIX} if _is_posix(head) else set()
        return frozenset({Dialect.POWERSHELL, *around})
    return _ONLY[dialect or _guess(head)]


def _guess(head: str) -> Dialect:
    guess = guess_dialect(head)
    if guess is not Dialect.POSIX:
        return guess
    if _is_posix(head):
        return Dialect.POSIX
    bare = head.replace("`", "") if "`" in head else head
    if _is_powershell(bare) or (bare is not head and guess_dialect(bare) is Dialect.POWERSHELL):
        return Dialect.POWERSHELL
    return Dialect.CMD if _is_cmd(head) else Dialect.POSIX


def _runs_powershell(head: str) -> bool:
    lowered = head.lower()
    is_named = "powershell" in lowered or "pwsh" in lowered or not head.isascii()
    return is_named and _HAS_POWERSHELL_RUN(head) is not None


def _is_posix(head: str) -> bool:
    return bool(_STARTS_POSIX(head) or _HAS_POSIX(head))


def _is_powershell(head: str) -> bool:
    if _STARTS_POWERSHELL(head) or _HAS_POWERSHELL(head) or _HAS_DOT_CALL(head):
        return True
    lowered = head.lower()
    return ("iex" in lowered or "invoke-expression" in lowered) and _HAS_IEX(head) is not None


def _is_cmd(head: str) -> bool:
    return bool(_STARTS_CMD(head) or _HAS_CMD(head) or ("cmd" in head.lower() and _HAS_CMD_RUN(head)))
