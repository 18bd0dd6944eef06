"""What a text must hold for a kind of layer of POSIX shells, asked before the shell's grammar is gone through.

Most texts with quotes or pipes are ordinary commands, and taking one apart costs many times what these searches do.
"""

import re
from typing import Final

_SAYS_MORE: Final = re.compile(r"[\\$`]").search
_WITHOUT_QUOTES: Final = str.maketrans("", "", "'\"")

# What separates words where they are taken apart (``posix_syntax``); a quote that stands between two of them is a whole
# word. Possessive, so that time is linear: no branch begins with what another one may go on with.
_BETWEEN = r"(?<![^ \t\r\n|&;()])"
_BEFORE_NEXT = r"(?![^ \t\r\n|&;()])"
_ONLY_WHOLE_QUOTES: Final = re.compile(
    r"(?:[^'\"\\$`#<>]++|>(?!\()|<(?![<(])|\\[^\w\n]|\$(?!IFS)[A-Za-z_]"
    rf"|{_BETWEEN}(?:'[^']*+'|\"(?:[^\"\\$`]++|\\.|\$(?![({{]))*+\"){_BEFORE_NEXT})*+",
    re.DOTALL | re.ASCII,
).fullmatch


def without_quotes(text: str) -> str | None:
    """``text`` without its quotes: what any of its words says is in it, but for signs that separate words.

    None where a word may say what is not written: with escapes, variables and substitutions.
    """
    return None if _SAYS_MORE(text) else text.translate(_WITHOUT_QUOTES)


def has_only_whole_quotes(text: str) -> bool:
    """Whether every quote certainly goes around a whole word, and no escape or variable stands for a letter of one."""
    return _ONLY_WHOLE_QUOTES(text) is not None
