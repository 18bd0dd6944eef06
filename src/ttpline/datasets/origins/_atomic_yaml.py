"""YAML as plain data in bounded memory: nothing is constructed but text, lists and mappings, and null.

Numbers, booleans and dates stay the text they are written as: ``0755``, ``12:30``, ``yes`` and ``2024-01-31`` are
arguments of commands, and YAML 1.1 would make 493, 750, true and a date of them.

PyYAML is the only maintained parser of all of YAML 1.1 with wheels for every platform; its safe
loader calls no constructor of the document's choosing. Before it builds anything the events are counted, so that a
tower of brackets or a few aliases that stand for billions of nodes are refused.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from ttpline.errors import DatasetError

MAX_BYTES = 8 << 20
"""The largest test file has a few hundred kilobytes."""
MAX_DEPTH = 32
MAX_NODES = 200_000
MAX_ALIASES = 16
"""So few that what they stand for stays small even where one stands for others; test files use none."""


def read_yaml(raw: bytes, where: str) -> Any:
    """The document in ``raw``; ``DatasetError`` when it is not one safe YAML document."""
    import yaml

    loader = _text_loader()
    if len(raw) > MAX_BYTES:
        raise DatasetError(f"is larger than {MAX_BYTES:,} bytes", where=where)
    try:
        _check(yaml.parse(raw, Loader=loader), where)
        return yaml.load(raw, Loader=loader)  # a safe loader, see above
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DatasetError(f"is not YAML that can be used: {reason}", where=where) from error


@cache
def _text_loader() -> Any:
    """PyYAML's safe loader, the fast one where it was built, with fewer types."""
    import yaml

    safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loader = type("TextLoader", (safe,), {})
    for kind in ("int", "float", "bool", "timestamp"):
        loader.add_constructor(f"tag:yaml.org,2002:{kind}", safe.construct_scalar)  # type: ignore[attr-defined]
    return loader


def _check(events: Iterator[Any], where: str) -> None:
    depth = aliases = 0
    for nodes, event in enumerate(events, start=1):
        kind = type(event).__name__
        if kind in ("MappingStartEvent", "SequenceStartEvent"):
            depth += 1
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            depth -= 1
        aliases += kind == "AliasEvent"
        if depth > MAX_DEPTH or nodes > MAX_NODES or aliases > MAX_ALIASES:
            raise DatasetError("is nested, long or full of aliases beyond what a test file is", where=where)
