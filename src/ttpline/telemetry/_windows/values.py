"""Values of event fields: what Windows writes for nothing is None."""

from typing import Any

from ttpline.telemetry._json.values import number, text

NOTHING = frozenset({"", "-", "(null)", "N/A"})


def known(value: Any) -> str | None:
    """Text that says something, as logged.

    >>> known("-"), known("SYSTEM"), known(12)
    (None, 'SYSTEM', '12')
    """
    found = value if type(value) is str else text(value)
    return None if found in NOTHING else found


def process_id(value: Any) -> int | None:
    """A process id, decimal or hex; 0 stays: the kernel's idle process is one.

    >>> process_id("0x1f4"), process_id(12), process_id("-")
    (500, 12, None)
    """
    return value if type(value) is int else number(value)


def guid(value: Any) -> str | None:
    """A GUID in lower case without braces, which only some exports write.

    >>> guid("{F3329A35-1CB0-627E-F916-000000000600}")
    'f3329a35-1cb0-627e-f916-000000000600'
    """
    found = known(value)
    return found.strip("{} ").lower() if found else None
