"""Secrets that are known by their shape alone, and those inside of URLs."""

import re
from collections.abc import Iterator
from typing import Final

from ttpline.commands._masking.values import Span, is_secret

TOKENS: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA)[A-Z0-9]{16,124}(?![A-Za-z0-9])"  # AWS
    r"|gh[opsur]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255}"
    r"|xox[a-z]-[A-Za-z0-9-]{8,255}|xapp-[A-Za-z0-9-]{8,255}"  # Slack
    r"|glpat-[A-Za-z0-9_-]{16,255}|npm_[A-Za-z0-9]{30,255}|hf_[A-Za-z0-9]{30,255}|pypi-[A-Za-z0-9_-]{40,255}"
    r"|dop_v1_[0-9a-f]{40,255}|[sr]k_(?:live|test)_[A-Za-z0-9]{16,255}|sk-[A-Za-z0-9_-]{20,255}"
    r"|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,255}|SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,99}"
    r"|hv[sb]\.[A-Za-z0-9_-]{20,255}|AGE-SECRET-KEY-1[A-Z0-9]{40,99}"
    r")"
    r"|(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,4096}\.[A-Za-z0-9_-]{4,8192}(?:\.[A-Za-z0-9_-]{0,4096})?"  # JWT
    r"|(?<![\w$])\$(?:1|2[abxy]?|5|6|7|y|gy|apr1|argon2i?d?)\$[./A-Za-z0-9$=,+]{12,512}"  # crypt(3)
    r"|(?<=hooks\.slack\.com/services/)[A-Za-z0-9/]{20,99}|(?<=/api/webhooks/)\d{10,25}/[\w-]{20,99}"
    r"|(?<![A-Fa-f0-9])[A-Fa-f0-9]{32}:[A-Fa-f0-9]{32}(?![A-Fa-f0-9])"  # LM and NT hash
)
KEY_BLOCK: Final = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
KEY_END: Final = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")

_SCHEME: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.-]{1,20}://")
_AUTHORITY_END: Final = re.compile(r"[\s/'\"?#|<>]|\\(?=['\"nr])")


def shaped_secrets(text: str) -> Iterator[Span]:
    """Tokens, hashes of passwords and private keys."""
    for found in TOKENS.finditer(text):
        yield found.span()
    at = 0
    while begin := KEY_BLOCK.search(text, at):
        end = KEY_END.search(text, begin.end())
        at = end.start() if end else len(text)
        yield begin.end(), at


def url_passwords(text: str) -> Iterator[Span]:
    """The password of ``scheme://user:password@host``."""
    for scheme in _SCHEME.finditer(text):
        found = _AUTHORITY_END.search(text, scheme.end())
        end = found.start() if found else len(text)
        host = text.rfind("@", scheme.end(), end)
        colon = text.find(":", scheme.end(), host) if host >= 0 else -1
        if colon >= 0 and is_secret(text[colon + 1 : host]):
            yield colon + 1, host
