"""The seam between readers and an input that is still growing.

A reader gets one endless stream and reads it as it reads a file: a read waits until there is more. What it collects for
large batches must not wait so long: ``flushes()`` says whether what it has is to be given now, and ``is_live`` whether
a stream hands out less than was asked for because there is no more yet. Away from ``--follow`` both are false.
"""

from contextvars import ContextVar
from typing import Any, Protocol, TypeGuard, runtime_checkable


@runtime_checkable
class LiveStream(Protocol):
    """An input that is still growing."""

    @property
    def is_caught_up(self) -> bool:
        """Whether everything that is there was read."""
        ...

    def peek(self, size: int, /) -> bytes:
        """What is there of the next ``size`` bytes, which stay to be read."""
        ...

    def read(self, size: int = ..., /) -> bytes: ...

    def has_more(self) -> bool:
        """Whether a read would give something, or the end, at once. Where not, a moment has passed in waiting."""
        ...

    def settled(self) -> int:
        """The place up to which the input was there when the wait for late records began; they have come by now."""
        ...


_STREAM: ContextVar[LiveStream | None] = ContextVar("ttpline_live_stream", default=None)


def reading(stream: LiveStream | None) -> None:
    """From now on this thread reads ``stream``."""
    _STREAM.set(stream)


def flushes() -> bool:
    """Whether a reader is to give at once what it has: it follows an input and is at its end."""
    stream = _STREAM.get()
    return stream is not None and stream.is_caught_up


def is_live(stream: Any) -> TypeGuard[LiveStream]:
    """Whether ``stream`` is one that grows."""
    return stream is not None and stream is _STREAM.get()
