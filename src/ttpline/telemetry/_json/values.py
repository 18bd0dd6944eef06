"""Values of JSON fields as the kinds that events have; a value of another kind is no value (None)."""

from typing import Any

UNSET_ID = 4_294_967_295
"""(uid_t) -1: what the kernel writes for an id that was never set."""

_INT64 = range(-(1 << 63), 1 << 63)


def text(value: Any) -> str | None:
    """Text that is not empty, a number as its digits; a list of one as its one.

    >>> text("a"), text(""), text(7), text(["b"]), text(True)
    ('a', None, '7', 'b', None)
    """
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list) and len(value) == 1:
        return text(value[0])
    return None


def number(value: Any) -> int | None:
    """A whole number, also as decimal or 0x-hex text.

    >>> number("0x1f4"), number("12"), number(3.0), number(""), number("-")
    (500, 12, 3, None, None)
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, float):
        value = int(value) if value.is_integer() else None
    elif isinstance(value, str):
        value = _digits(value.strip())
    elif not isinstance(value, int):
        return None
    return value if value is not None and value in _INT64 else None


def _digits(digits: str) -> int | None:
    if not digits.isascii() or len(digits) > 20:
        return None
    if digits[:2].lower() == "0x":
        try:
            return int(digits, 16)
        except ValueError:
            return None
    return int(digits) if digits.removeprefix("-").isdecimal() else None


def user_id(value: Any) -> int | None:
    """A user id; what stands for unset is none."""
    found = number(value)
    return None if found in (UNSET_ID, -1) else found


def texts(value: Any) -> list[str] | None:
    """A list of texts, as arguments are; anything else in it makes it none. Empty arguments stay."""
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return value
    return None


def at(record: Any, *path: str) -> Any:
    """The value at ``path``, through objects and through keys with dots in them.

    >>> at({"process": {"pid": 4}}, "process", "pid"), at({"process.pid": 4}, "process", "pid"), at({}, "a", "b")
    (4, 4, None)
    """
    if not isinstance(record, dict):
        return None
    whole = ".".join(path)
    if whole in record:
        return record[whole]
    for cut in range(len(path) - 1, 0, -1):
        inner = record.get(".".join(path[:cut]))
        if isinstance(inner, dict):
            found = at(inner, *path[cut:])
            if found is not None:
                return found
    return None
