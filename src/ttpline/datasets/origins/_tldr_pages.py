"""The examples of one tldr page: ``- what it does:`` and, on a line of its own, the command in backticks."""

import re
from collections.abc import Iterator

_EXAMPLE = re.compile(r"^`(?!`)(.+)`\s*$|^``\s?(.+?)\s?``\s*$")
_TITLE = re.compile(r"^#\s+(\S.*)$")


def examples(text: str) -> Iterator[str]:
    """The commands of a page, placeholders and all, in its order.

    >>> list(examples("# tar\\n\\n> Archives.\\n\\n- List:\\n\\n`tar tf {{path/to/file.tar}}`\\n"))
    ['tar tf {{path/to/file.tar}}']
    """
    for line in text.splitlines():
        match = _EXAMPLE.match(line)
        if match is not None:
            yield (match[1] or match[2]).strip()


def title(text: str) -> str:
    """The page's tool, as its heading has it; empty without one."""
    return next((match[1].strip() for line in text.splitlines() if (match := _TITLE.match(line))), "")
