"""Where scored commands go; one file a kind, attribute ``SINK``."""

from types import TracebackType
from typing import Protocol, Self

from ttpline.columns.scored_batch import ScoredBatch
from ttpline.registry import Registry


class Sink(Protocol):
    """Takes scored batches in input order. A batch whose ``command_of`` is None holds events only.

    ``flush()`` returns when all that was written is durable. ``close()`` flushes; it is called once.
    Every failure is a ``SinkError`` that names the target; ``BrokenPipeError`` on stdout passes through.
    """

    def write(self, batch: ScoredBatch) -> None: ...

    def flush(self) -> None: ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class SinkFactory(Protocol):
    """Opens a sink for a target (a path, or ``-`` for stdout)."""

    def __call__(self, target: str) -> Sink: ...


def sinks(*, plugins: bool = True) -> Registry[SinkFactory]:
    """The registry of sink kinds."""
    return Registry("ttpline.sinks", "SINK", plugins=plugins)
