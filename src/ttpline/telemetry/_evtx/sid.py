"""Security identifiers as text."""

import struct


def sid_text(raw: bytes) -> str:
    """A SID whose size is what it says, as Windows writes it.

    >>> sid_text(bytes((1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0)))
    'S-1-5-18'
    """
    authority = int.from_bytes(raw[2:8], "big")
    parts = struct.unpack_from(f"<{(len(raw) - 8) // 4}I", raw, 8)
    return "-".join(map(str, ("S", raw[0], authority, *parts)))
