"""Text written as one word of a shell, in the form that needs the fewest escapes."""

import re
from typing import Final

_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+=,\-]+").fullmatch
_NOT_IN_DOUBLE: Final = re.compile(r'["$`\\!]').search


def posix_word(text: str) -> str:
    r"""
    >>> print(posix_word("/etc/passwd"), posix_word("a b"), posix_word("it's"))
    /etc/passwd 'a b' "it's"
    """
    if _PLAIN(text):
        return text
    if "'" not in text:
        return f"'{text}'"
    if not _NOT_IN_DOUBLE(text):
        return f'"{text}"'
    return "'" + text.replace("'", "'\\''") + "'"


def powershell_word(text: str) -> str:
    """A single-quoted PowerShell string."""
    return "'" + text.replace("'", "''") + "'"
