"""``--skipped FILE``: samples of what could not be read, as JSON lines."""

from collections.abc import Iterator
from types import TracebackType
from typing import Self

import msgspec

from ttpline.columns.event_batch import EventBatch
from ttpline.domain.raw_text import from_surrogates
from ttpline.domain.skipped import SkipCounter, SkippedRecord
from ttpline.sinks._json import escaped
from ttpline.sinks._output import Output


class SkippedFile:
    """Writes the samples that each batch carries (a few for every reason) as it passes; ``None`` writes nothing."""

    def __init__(self, target: str | None) -> None:
        self._output = Output(target) if target is not None else None

    def watch(self, batches: Iterator[EventBatch]) -> Iterator[EventBatch]:
        """``batches`` as they are."""
        for batch in batches:
            self.write(batch.skipped)
            yield batch

    def write(self, skipped: SkipCounter) -> None:
        """The samples of ``skipped``."""
        if self._output is not None and skipped.samples:
            self._output.write(b"".join(_line(sample) for sample in skipped.samples))

    def flush(self) -> None:
        """All that was written is durable."""
        if self._output is not None:
            self._output.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._output is not None:
            self._output.close()


def _line(sample: SkippedRecord) -> bytes:
    row = {key: from_surrogates(value) if isinstance(value, str) else value for key, value in sample.to_dict().items()}
    return escaped(msgspec.json.encode(row)) + b"\n"
