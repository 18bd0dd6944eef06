"""What an event is called in every copy of a log that does not name its events itself."""

from zlib import crc32

MICROSECONDS = 1_000_000


def copied_id(format: str, host: str | None, time: int | None, who: object, raw: bytes) -> str | None:
    """``<format>:<host>:<microseconds>:<process or session>:<CRC-32 of raw>``; None without host, or without a time
    that is finer than a second: then two events could share it.

    >>> copied_id("f", "web01", 1_500_000, 7, b"x"), copied_id("f", "web01", 1_000_000, 7, b"x")
    ('f:web01:1500000:7:2363233923', None)
    """
    if host is None or time is None or time % MICROSECONDS == 0:
        return None
    return f"{format}:{host}:{time}:{who}:{crc32(raw)}"
