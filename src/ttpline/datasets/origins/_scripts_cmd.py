"""A batch script as the command lines that a process monitor would record: a row a line, ``^`` continuations and
parenthesised blocks joined, ``rem``, ``::`` and labels left out, a leading ``@`` taken off."""

import re
from collections.abc import Iterator

_BLOCK = re.compile(r"\($|^(?:if|for|else)\b|^[()]|[&|]\s*\(|\b(?:do|else|in)\s*\(", re.IGNORECASE)
_TEXT = re.compile(r"echo\b[^&|]*$", re.IGNORECASE)
_COMMENT = re.compile(r"(?:rem(?:\s|$)|::|:[A-Za-z_]\w*\s*$)", re.IGNORECASE)


def split_cmd(script: str) -> list[str]:
    """The command lines of ``script``.

    >>> split_cmd("@echo hello > a.txt\\nreg add HKCU\\\\X ^\\n /v Y\\nif exist a (\\n  del a\\n  del b\\n)")
    ['echo hello > a.txt', 'reg add HKCU\\\\X /v Y', 'if exist a ( del a & del b )']
    """
    return [line for line in _commands(script) if line]


def _commands(script: str) -> Iterator[str]:
    parts, depth = "", 0
    for line in _continued(script):
        if not line or _COMMENT.match(line):
            continue
        opened, closes_first = _depth(line)
        if not parts:
            parts = line
        elif parts.endswith("(") or closes_first or line.startswith(")"):
            parts = f"{parts} {line}"
        else:
            parts = f"{parts} & {line}"
        depth = max(depth + opened, 0)
        if depth == 0:
            yield parts
            parts = ""
    yield parts


def _continued(script: str) -> Iterator[str]:
    parts = ""
    for raw in script.replace("\r\n", "\n").split("\n"):
        line = f"{parts} {raw.strip()}".strip() if parts else raw.strip()
        if line.endswith("^") and not line.endswith("^^"):
            parts = line[:-1].rstrip()
            continue
        parts = ""
        yield line.removeprefix("@").lstrip()
    yield parts


def _depth(line: str) -> tuple[int, bool]:
    """Brackets opened less those closed, outside quotes and carets, and whether one closes before any opens. A
    bracket that is not closed opens a block only at the end of a line, after ``do``, ``else``, ``&`` and the like: in
    ``echo :(`` it is text."""
    opened, quoted, at, closes_first = 0, False, 0, False
    while at < len(line):
        char = line[at]
        if char == "^":
            at += 1
        elif char == '"':
            quoted = not quoted
        elif not quoted and char == "(":
            opened += 1
        elif not quoted and char == ")":
            closes_first |= opened == 0
            opened -= 1
        at += 1
    is_text = opened > 0 and (_TEXT.match(line) or not _BLOCK.search(line))
    return 0 if is_text else opened, closes_first
