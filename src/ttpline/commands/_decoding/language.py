"""Which shell's tricks a text plays: ``dialect.guess_dialect``, and what only one of them writes."""

import re
from typing import Final

from ttpline.commands.dialect import Dialect, guess_dialect

_HEAD: Final = 4096
_POWERSHELL = re.compile(
    r"\[(?:system\.)?(?:char|convert|text\.|string|regex|array|scriptblock|io\.|byte|int)[\w.\[\]]*\]\s*(?:::|[\d\[($'\"])"
    r"|(?<![\w-])-(?:[ic]?join|[ic]?split|[ic]?replace|bxor)[\s('\"\[]{1,4}[(\['\"$\w]|\{\d\}[^'\"]{0,200}['\"]\s*\)?\s*-f[\s('\"$@]"
    r"|\b(?:iex|invoke-expression)\b|\$(?:env:|pshome|shellid|executioncontext|verbosepreference)"
    r"|(?:\A|[;|{(])\s*\.\s*\(?\s*['\"(]|(?:\A|[;|{(\s])&\s*\(?\s*['\"(]"
    r"|\A\s*\$\{?[A-Za-z_]\w*\}?\s*=|;\s*&\s*\(?\$"
    r"|\A\s*&\s*[($'\"]",
    re.IGNORECASE | re.ASCII,
).search
_POWERSHELL_RUN = re.compile(
    r"(?<![\w.\\/-])(?:[^\s\"']{0,80}[\\/])?(?:powershell|pwsh)(?:\.exe)?[\s\"']", re.IGNORECASE
).search
_CMD = re.compile(
    r"%[A-Za-z_][\w()]{0,40}:(?:~|[^%\s=]{1,20}=)|\A\s*\"?(?:[\w:\\]*\\)?c\^?m\^?d|(?<![\w/.-])cmd(?:\.exe)?\s*/|[&|]\s*set\s+|\A@?set\s+\"?\w+="
    r"|\A[\s\"@(]*(?:\^[A-Za-z](?=\^)|[A-Za-z]{1,20})(?:\^[A-Za-z]|\"\"[A-Za-z])|%[A-Za-z_]\w{0,30}%|/v:on|\|\s*cmd(?:\.exe)?\s*\Z|\A\s*[,;]*\s*cmd(?:\.exe)?[,;]",
    re.IGNORECASE | re.ASCII,
).search
_POSIX = re.compile(
    r"\A\s*(?:[A-Za-z_]\w*=|export\s)|\|\s*(?:/\w+/)*(?:ba|da|z|k)?sh\b|base64 -|\$\{IFS|\$'[^'\\]{0,40}\\[x0-7uU]",
    re.ASCII,
).search


def languages_of(text: str, dialect: Dialect | None) -> frozenset[Dialect]:
    """The dialects whose tricks are looked for; the same for the same text.

    A text that starts PowerShell holds PowerShell, whatever shell it was typed into.
    """
    head = text[:_HEAD]
    if _POWERSHELL_RUN(head):
        around = {dialect} if dialect else set()
        around |= {Dialect.CMD} if _CMD(head) else set()
        around |= {Dialect.POSIX} if _POSIX(head) else set()
        return frozenset({Dialect.POWERSHELL, *around})
    return frozenset({dialect or _guess(head)})


def _guess(head: str) -> Dialect:
    guess = guess_dialect(head)
    if guess is not Dialect.POSIX:
        return guess
    if _POSIX(head):
        return Dialect.POSIX
    bare = head.replace("`", "") if "`" in head else head
    if _POWERSHELL(bare) or (bare is not head and guess_dialect(bare) is Dialect.POWERSHELL):
        return Dialect.POWERSHELL
    return Dialect.CMD if _CMD(head) else Dialect.POSIX
