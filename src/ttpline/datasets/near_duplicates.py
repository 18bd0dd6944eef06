"""Which rows may not be parted by a split: those of one group, and those that differ only in names and numbers.

Two commands are near-duplicates when they have the same tokens after paths, addresses, quoted identifiers and numbers
are masked. The first token of a command keeps its last part, so that two programs stay apart; Windows switches
(``/create``) and registry keys are no paths, they are what the command does.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ttpline.domain.labelled import LabelledCommand

IntArray = npt.NDArray[np.int64]

# Every alternative is a fixed start and one character class, so matching is linear in the text.
_MASKS = re.compile(
    r"(?P<url>[a-z][a-z0-9+.-]{1,15}://[^\s'\"|;<>]+)"
    r"|(?P<ip>\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{0,4})"
    r"|(?P<path>(?:\b[a-z]:|%\w{1,40}%|\$\{?env:\w{1,40}\}?|~|\.{1,2}|(?<!\w)(?<!hklm:)(?<!hkcu:)(?!/[a-z?]{1,12}(?![\w./-])))"
    r"[\\/][^\s'\"|;<>,=()]*)"
    r"|(?P<mail>\b[\w.-]{1,64}@[\w.-]{1,253})"
    r"|(?P<id>\b0x[0-9a-f]+\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b\d[\d.,:]*)"
)
_BREAKS = re.compile(r"[\s'\"`,;|&()<>=:]+")
_KEY_TEXT_LIMIT = 4096
"""Characters that count towards the key; commands are compared, not stored, and longer ones differ early."""


def masked_tokens(command: str) -> tuple[str, ...]:
    """The tokens that make two commands the same for a split.

    >>> masked_tokens("scp -P 22 /etc/hosts root@192.0.2.1:/tmp/x")
    ('scp', '-p', '#', '#', '#', '#')
    >>> masked_tokens(r"reg add HKCU\\Software\\Run /v A /d C:\\a.exe")
    ('reg', 'add', 'hkcu\\\\software\\\\run', '/v', 'a', '/d', '#')
    >>> masked_tokens("/usr/bin/cat /etc/passwd") == masked_tokens("/bin/cat /etc/shadow")
    True
    >>> masked_tokens("/usr/bin/cat /etc/passwd") == masked_tokens("/usr/bin/nc /etc/passwd")
    False
    """
    text = command[:_KEY_TEXT_LIMIT].casefold().strip().lstrip("'\"& ")
    head, space, rest = text.partition(" ")
    program = re.split(r"[\\/]", head.rstrip("'\""))[-1] or head
    return tuple(token for token in _BREAKS.split(program + space + _MASKS.sub(" # ", rest)) if token)


@lru_cache(maxsize=1 << 17)
def similarity_key(command: str) -> int:
    """A 64-bit number that near-duplicates share; it says nothing about the command's text."""
    digest = hashlib.blake2b("\x1f".join(masked_tokens(command)).encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(digest.digest(), "little")


def similarity_keys(commands: Iterable[str]) -> npt.NDArray[np.uint64]:
    """The distinct keys of ``commands``, sorted: what a model remembers of its training data."""
    return np.array(sorted({similarity_key(command) for command in commands}), np.uint64)


def overlapping(commands: Sequence[str], known: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """Which of ``commands`` are near-duplicates of a command whose key is in ``known``."""
    keys = np.array([similarity_key(command) for command in commands], np.uint64)
    return np.isin(keys, known)


def inseparable(rows: Sequence[LabelledCommand], *, near_duplicates: bool = True) -> IntArray:
    """A number for each row; rows with the same number must stay on one side of a split.

    Rows are tied by their ``group`` and, unless told otherwise, by near-duplication, and so on in chains. Numbers run
    from 0 in the order of first appearance.
    """
    parent = list(range(len(rows)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    first_with: dict[str | int, int] = {}
    for index, row in enumerate(rows):
        for tie in (row.group, similarity_key(row.command_line)) if near_duplicates else (row.group,):
            other = root(first_with.setdefault(tie, index))
            mine = root(index)
            parent[max(mine, other)] = min(mine, other)
    numbers: dict[int, int] = {}
    return np.array([numbers.setdefault(root(index), len(numbers)) for index in range(len(rows))], np.int64)
