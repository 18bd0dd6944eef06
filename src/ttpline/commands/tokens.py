r"""Command text as tokens: the words that the reference study counts, with their offsets.

A token is a run of characters that a shell would keep together: IP addresses, URLs, paths, flags with their value,
variables. Blanks, control characters, quotes, parentheses, commas and single colons separate; a run of operator
characters (``|``, ``&&``, ``>&``) is a token of its own, so that no n-gram pretends that words on two sides of a pipe
are neighbours. ``docs/models/tfidf-lr.md`` argues each choice.

>>> tokenise("ssh user@10.35.108.10:22")
['ssh', 'user@10.35.108.10', '22']
>>> tokenise("curl -s http://Example.com:8080/a?b=1&c=2 | sh")
['curl', '-s', 'http://example.com:8080/a?b=1&c=2', '|', 'sh']
>>> tokenise(r'reg save HKLM\SAM "C:\Temp\sam.hiv"')
['reg', 'save', 'hklm\\sam', 'c:\\temp\\sam.hiv']

The one pattern is accepted by Python's ``re`` and by the Rust engine behind polars and means the same in both: it has
no look-around, no class that depends on Unicode, and every branch either fails within a bounded number of characters
or is consumed by the next one, so that time is linear in the text.
"""

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import polars as pl

TOKENISER_VERSION: Final = 1
"""Raised whenever a text may give other tokens than before; a model remembers the version it was trained with."""

_SEPARATORS = r"\x00-\x20\x7f\"'`|\&;<>(),"
_WORD = rf"[^{_SEPARATORS}:]"
_URL_PART = rf"[^{_SEPARATORS}]"
_URL = rf"{_URL_PART}+(?:\&[A-Za-z0-9_]{_URL_PART}*)*"  # & joins the parts of a query; "http://h/a&& sh" ends before it
_HEX = r"[0-9A-Fa-f]{1,4}"

TOKEN_PATTERN: Final = "|".join(
    (
        r"\[[0-9A-Fa-f]*:[0-9A-Fa-f:.]*\]",  # [2001:db8::1]
        r"::[0-9][0-9A-Fa-f:.]*",  # ::1, but not the ::F of [Convert]::FromBase64String
        r"::[Ff]{4}:[0-9.]+",  # ::ffff:192.0.2.1
        rf"(?:{_HEX}:){{5,7}}{_HEX}{_WORD}*",  # a full IPv6 address, a MAC address
        rf"(?:{_HEX}:){{1,6}}:[0-9A-Za-z:.%/_\-]*",  # fe80::1%eth0, 2001:db8::/32
        rf"\$\{{?[Ee][Nn][Vv]:{_WORD}+",  # $env:TEMP\a.exe, as $HOME/a
        rf"[A-Za-z]:/{_WORD}*",  # C:/Windows; host:/path has a longer host
        rf"{_WORD}+(?:://{_URL}|:\\{_WORD}*)?",  # everything else; --proxy=http://…, C:\…, HKLM:\…
        r"[|\&;<>]+",  # operators
    )
)
"""Finds every token; no capturing group, so that ``findall`` and scikit-learn's ``token_pattern`` take it as it is."""

_TOKEN = re.compile(TOKEN_PATTERN)
find_tokens: Final = _TOKEN.findall
"""``tokenise`` without lower-casing: the compiled pattern's own ``findall``, for hot paths."""


def tokenise(text: str, *, lowercase: bool = True) -> list[str]:
    """The tokens of ``text`` in order.

    >>> tokenise("ls --color=auto -la $HOME ${PATH} /tmp/file[1].txt")
    ['ls', '--color=auto', '-la', '$home', '${path}', '/tmp/file[1].txt']
    """
    if not lowercase:
        return _TOKEN.findall(text)
    if text.isascii():
        return _TOKEN.findall(text.lower())
    # Lower-casing may change a character's length (İ) or its separators' neighbourhood (Σ): cut first, then lower.
    return [token.lower() for token in _TOKEN.findall(text)]


def tokens_with_spans(text: str, *, lowercase: bool = True) -> list[tuple[str, int, int]]:
    """``(token, start, end)``; ``text[start:end]`` is the token before lower-casing.

    >>> tokens_with_spans("cat /etc/Passwd")
    [('cat', 0, 3), ('/etc/passwd', 4, 15)]
    """
    found = ((match[0], *match.span()) for match in _TOKEN.finditer(text))
    return [(token.lower(), start, end) for token, start, end in found] if lowercase else list(found)


def token_lists(commands: "pl.Series", *, lowercase: bool = True) -> "pl.Series":
    """The column version: ``List(String)``, row by row what ``tokenise`` gives; a null command has no tokens.

    ASCII rows run in Rust. Rows with other characters take the Python path, because the two languages may follow
    different Unicode versions when they lower-case.
    """
    import polars as pl

    text = pl.col("text").fill_null("")
    cut = (text.str.to_lowercase() if lowercase else text).str.extract_all(TOKEN_PATTERN)
    is_ascii = text.str.len_bytes() == text.str.len_chars()
    frame = commands.alias("text").to_frame().select(tokens=cut, is_ascii=is_ascii)
    tokens = frame["tokens"]
    if not frame["is_ascii"].all():
        rows = (~frame["is_ascii"]).arg_true()
        by_hand = [tokenise(text, lowercase=lowercase) for text in commands.gather(rows)]
        other = pl.DataFrame({"row": rows, "by_hand": pl.Series(by_hand, dtype=pl.List(pl.String))})
        both = tokens.alias("tokens").to_frame().with_row_index("row").join(other, on="row", how="left")
        tokens = both.sort("row").select(pl.coalesce("by_hand", "tokens")).to_series()
    return tokens.alias(commands.name)
