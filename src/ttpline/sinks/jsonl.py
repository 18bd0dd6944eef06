"""JSON lines, the canonical output: one object an event, as ``docs/sinks/jsonl.md`` shows."""

from types import TracebackType
from typing import Self

from ttpline.columns.scored_batch import ScoredBatch
from ttpline.sinks._json import AnswerLines, json_lines
from ttpline.sinks._output import Output


class JsonLines:
    """Every line is valid JSON, in input order, UTF-8, floats with at most 6 digits, keys in the documented order."""

    description = "one JSON object a line, exact: the default in a pipe"

    def __init__(self, target: str) -> None:
        self._output = Output(target)
        self._answers = AnswerLines()

    def write(self, batch: ScoredBatch) -> None:
        for chunk in json_lines(batch, self._answers):
            self._output.write(chunk)

    def flush(self) -> None:
        self._output.flush()

    def close(self) -> None:
        self._output.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


SINK = JsonLines
