"""JSON lines, the canonical output: one object an event, as ``docs/sinks/jsonl.md`` shows."""

from ttpline.columns.scored_batch import ScoredBatch
from ttpline.sinks._json import AnswerLines, json_lines
from ttpline.sinks._output import ByteSink


class JsonLines(ByteSink):
    """Every line is valid JSON, in input order, UTF-8, floats with at most 6 digits, keys in the documented order."""

    description = "one JSON object a line, exact: the default in a pipe"
    takes_lines = True

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self._answers = AnswerLines()

    def write(self, batch: ScoredBatch) -> None:
        lines = batch.events.lines
        for chunk in json_lines(batch, self._answers) if lines is None else lines.text():
            self._output.write(chunk)


SINK = JsonLines
