"""The commands of one test: its script split, filled, masked, without what carries no meaning."""

import re
from collections import Counter
from collections.abc import Sequence

from ttpline.datasets.origins._atomic_mask import mask_ids, place_tests
from ttpline.datasets.origins._atomic_meaning import (
    MAX_CHARACTERS,
    MIN_CHARACTERS,
    WRONG_LENGTH,
    is_look_around,
    reason_to_leave,
    written_files,
)
from ttpline.datasets.origins._atomic_tests import AtomicTest
from ttpline.datasets.origins._scripts_cmd import split_cmd
from ttpline.datasets.origins._scripts_posix import split_posix
from ttpline.datasets.origins._scripts_powershell import join_statements, statements

_POSIX_LITERAL = re.compile(r"(?:export\s+)?([A-Za-z_]\w*)=('[^'\n]*'|\"[^\"$`\\\n]*\"|[^\s'\"$`;|&()<>*?~]+)$")
_CMD_LITERAL = re.compile(r"set\s+(?:\"([A-Za-z_]\w*)=([^\"%!\n]*)\"|([A-Za-z_]\w*)=([^\"%!&|<>^\n]*))$", re.IGNORECASE)
_POSIX_SET_AGAIN = re.compile(
    r"(?:^|[\s;&|(])(?:export\s+|local\s+|read\s+(?:-\w+\s+)*|for\s+)?([A-Za-z_]\w*)(?:\+?=|\s+in\b)"
)
_POSIX_USED = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")
_CMD_SET = re.compile(r"\bset\s+(?:/[ap]\s+)?\"?(\w+)=", re.IGNORECASE)
_CMD_USED = re.compile(r"%([A-Za-z_]\w*)%")


def commands_of(test: AtomicTest, *, discovery: bool, left_out: Counter[str]) -> list[tuple[str, bool]]:
    """(command, whether an id was masked in it) in the order of the script; what is left out is counted by reason."""
    windows = test.executor in ("cmd", "powershell") and not {"linux", "macos"} & set(test.platforms[:1])
    script = place_tests(test.script, test.guid, windows=windows)
    parts = _split(script, test.executor)
    outputs = written_files(parts) | test.outputs
    kept = []
    for part in parts:
        reason = reason_to_leave(part, test.executor, outputs)
        if reason is None:
            kept.append(part)
        else:
            left_out[reason] += 1
    if test.executor == "powershell":
        kept = _joined_again(parts, kept)
    looks = [part for part in kept if is_look_around(part)]
    if looks and not discovery and len(looks) < len(kept):
        left_out["looking around"] += len(looks)
        kept = [part for part in kept if not is_look_around(part)]
    found = []
    for part in kept:
        command, masked = mask_ids(part.replace("\n", "\\n").strip(), test.guid)
        if MIN_CHARACTERS <= len(command) <= MAX_CHARACTERS:
            found.append((command, masked))
        else:
            left_out[WRONG_LENGTH] += 1
    return found


def _split(script: str, executor: str) -> list[str]:
    if executor == "powershell":
        return statements(script)
    if executor == "cmd":
        return fill_cmd_literals(split_cmd(script))
    return fill_posix_literals(split_posix(script))


def _joined_again(parts: Sequence[str], kept: Sequence[str]) -> list[str]:
    """PowerShell statements in groups. An assignment means something to those that use it, so they get it back, and
    only groups of nothing but what was left out are left out."""
    wanted = set(kept)
    messages = {
        part for part in parts if part not in wanted and reason_to_leave(part, "powershell", ()) != "assignment"
    }
    rows = join_statements([part for part in parts if part not in messages])
    alone = {part for part in parts if part not in wanted}
    return [row for row in rows if row not in alone]


def fill_posix_literals(lines: Sequence[str]) -> list[str]:
    """A variable that is set once, on a line of its own, to a literal is put where it is used.

    >>> fill_posix_literals(["f=/tmp/x", "cat $f ${f}s $fx"])
    ['f=/tmp/x', 'cat /tmp/x /tmp/xs $fx']
    """
    values: dict[str, str] = {}
    times = Counter(name for line in lines for name in _POSIX_SET_AGAIN.findall(line))
    filled = []
    for line in lines:
        line = _POSIX_USED.sub(lambda match: values.get(match[1] or match[2], match[0]), line)
        match = _POSIX_LITERAL.fullmatch(line)
        if match is not None and times[match[1]] == 1:
            values[match[1]] = match[2].strip("'\"")
        filled.append(line)
    return filled


def fill_cmd_literals(lines: Sequence[str]) -> list[str]:
    """The same for ``set name=value`` and ``%name%``."""
    values: dict[str, str] = {}
    times = Counter(name.lower() for line in lines for name in _CMD_SET.findall(line))
    filled = []
    for line in lines:
        line = _CMD_USED.sub(lambda match: values.get(match[1].lower(), match[0]), line)
        match = _CMD_LITERAL.fullmatch(line)
        name = (match[1] or match[3]).lower() if match is not None else ""
        if match is not None and times[name] == 1:
            values[name] = (match[2] if match[1] else match[4]).strip()
        filled.append(line)
    return filled
