"""Values that are named: options, variables, keys of JSON and of connection strings, parameters of URLs, headers."""

import re
from collections.abc import Iterator
from typing import Final

from ttpline.commands._masking.values import OpenQuotes, Span, is_elsewhere, is_secret, unquoted, value_at
from ttpline.commands.dialect import Dialect

LONG_NAMES: Final = (
    "password|passwd|passphrase|passcode|passwort|secret|token|api[-_]?key|access[-_]?key(?:[-_]?id)?"
    "|secret[-_]?key|account[-_]?key|shared[-_]?access[-_]?key|private[-_]?key|auth[-_]?key|client[-_]?key"
    "|encryption[-_]?key|master[-_]?key|app[-_]?key|signing[-_]?key|storepass|keypass|bindpw|plaintext"
)
"""Whatever stands before them."""
SHORT_NAMES: Final = "pass|pwd|pw|psk|hashes|ntlm|rc4|aes256|aes128"
"""Only as a whole word: ``bypass`` and ``compass`` are none."""

_WORDS: Final = r"(?:[A-Za-z0-9]{1,30}[-_.]){0,4}"
OPTION = re.compile(
    rf"(?<![\w.\-/\\:])(?!--?(?:no|without|ask|show)-)"
    rf"(?:--{_WORDS}(?:{SHORT_NAMES}|[A-Za-z0-9]{{0,30}}?(?:{LONG_NAMES}))"
    rf"|[-/]{_WORDS}(?:{SHORT_NAMES}|(?:(?-i:[A-Z][A-Za-z0-9]{{0,40}}?)|-)?(?:{LONG_NAMES})))"
    rf"(?:\s{{0,4}}[=:]\s{{0,4}}(?=\S)|\s{{1,8}}(?=[^\s\-|&;<>]))",
    re.IGNORECASE,
)
"""With one hyphen a name is whole or begins with a large letter, as PowerShell has it: ``-psecret`` is ``-p``."""
ASSIGNMENT = re.compile(
    rf"(?<![\w\-])(?!PWD=|OLDPWD=)(?:\w{{0,40}}?(?:{LONG_NAMES})(?:s(?=\s?=\s?['\"])|_?\d{{1,3}})?|\w{{0,40}}(?<=_)(?:{SHORT_NAMES})"
    rf"|(?:{SHORT_NAMES}|pgpassword|mysql_pwd|sshpass|pat|sas|sig))(?:=|\s{{1,2}}=\s{{1,2}})(?=[^\s=~])",
    re.IGNORECASE,
)
"""``PGPASSWORD=x``, ``Password = x;`` of a connection string; not ``==`` and ``=~``, which compare."""
JSON_KEY = re.compile(
    rf"\\{{0,4}}(?P<quote>[\"'])(?:\w{{0,30}}?(?:{LONG_NAMES})|pass|pwd|auth)\\{{0,4}}(?P=quote)"
    rf"\s{{0,4}}(?::|=>?)\s{{0,4}}(?=\\{{0,4}}[\"'])",
    re.IGNORECASE,
)
PARAMETER = re.compile(
    r"[?&](?:\w{0,30}[-_]?(?:token|secret|password|passwd|signature|credential|apikey)|key|api[-_]key|access[-_]key"
    r"|pass|pwd|sig|auth|code|hmac|x-amz-signature|x-amz-security-token|x-amz-credential|x-goog-signature)=",
    re.IGNORECASE,
)
_PARAMETER_END = re.compile(r"[\s&#'\"<>;|)]")
HEADER = re.compile(
    r"(?<![\w-])(?:proxy-)?authorization['\"]?\s{0,3}[:=]\s{0,3}['\"]?"
    r"(?:(?:bearer|basic|token|digest|negotiate|ntlm|apikey|bot|sharedkey|aws4-hmac-sha256)\s{1,3})?"
    r"|(?<![\w-])(?:x-[a-z-]{0,20}(?:api-key|apikey|token|secret|auth|key)|private-token|api-key|apikey|cookie|set-cookie)"
    r":\s{0,3}(?=\S)",
    re.IGNORECASE,
)
BEARER = re.compile(r"(?<![\w-])bearer\s{1,3}(?=[A-Za-z0-9._~+/=-]{12})", re.IGNORECASE)
IDENTIFIED = re.compile(
    r"\b(?:identified\s{1,4}(?:with\s{1,4}\w{1,40}\s{1,4})?by|password)\s{1,4}(?=\\?['\"])", re.IGNORECASE
)
CREDENTIAL_CALL = re.compile(
    r"NetworkCredential\]?(?:::new)?\s{0,3}\(\s{0,3}(?:'[^']{0,200}'|\"[^\"]{0,200}\"|[$\w.]{1,99})\s{0,3},\s{0,3}",
    re.I,
)

_LINE_END = re.compile(r"[\r\n]")


def named_secrets(text: str, dialect: Dialect) -> Iterator[Span]:
    """Spans of values, quotes not counted."""
    for pattern in (OPTION, ASSIGNMENT, JSON_KEY, BEARER, IDENTIFIED, CREDENTIAL_CALL):
        yield from _values(text, pattern, dialect)
    yield from _parameters(text)
    yield from _headers(text)


def _values(text: str, pattern: re.Pattern[str], dialect: Dialect) -> Iterator[Span]:
    quotes, at = OpenQuotes(text), 0
    while found := pattern.search(text, at):
        at = found.end()
        if pattern is ASSIGNMENT and _is_expression(text, found):
            continue
        around = quotes.at(found.end())
        span, quote = value_at(text, found.end(), around)
        (start, end), inner = unquoted(text, span)
        raw = text[start:end]
        if pattern is OPTION and raw.lower().startswith("pass:"):  # openssl
            start, raw = start + 5, raw[5:]
        if raw and is_secret(raw, dialect, quote=quote or inner or around) and not is_elsewhere(raw):
            yield start, end
            at = max(at, end)


def _is_expression(text: str, found: re.Match[str]) -> bool:
    """``$Password = Get-Thing``: what is not quoted there is a command of PowerShell."""
    return text[found.start() - 1 : found.start()] == "$" and text[found.end() : found.end() + 1] not in ("'", '"')


def _parameters(text: str) -> Iterator[Span]:
    at = 0
    while found := PARAMETER.search(text, at):
        end = _PARAMETER_END.search(text, found.end())
        at = end.start() if end else len(text)
        if is_secret(text[found.end() : at]):
            yield found.end(), at


def _headers(text: str) -> Iterator[Span]:
    quotes, at = OpenQuotes(text), 0
    while found := HEADER.search(text, at):
        at = found.end()
        quote = quotes.at(at)
        if quote:
            ends = [place for place in (text.find(quote, at), text.find("\\" + quote, at)) if place >= 0]
            line = _LINE_END.search(text, at, min(ends, default=len(text)))
            end = line.start() if line else min(ends, default=len(text))
        else:
            (_, end), _ = value_at(text, at, "")
        if is_secret(text[at:end].strip(), quote=quote):
            yield at, end
            at = max(at, end)
