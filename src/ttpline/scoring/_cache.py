"""What is already known of commands seen before, bounded."""

from dataclasses import dataclass

from ttpline.domain.command import NormalisedCommand
from ttpline.domain.prediction import Prediction

CACHE_COMMANDS = 16_384
"""Commands a generation; two generations are kept, about 150 MB at 3 techniques with evidence each."""

LONGEST_CACHED = 4_096
"""Characters; a longer command is scored again, which is rare and keeps the memory bounded."""


@dataclass(slots=True)
class Answer:
    """What one distinct command got. Both are None until its worker is done."""

    command: NormalisedCommand | None = None
    prediction: Prediction | None = None


class AnswerCache:
    """The answers of lately seen commands: two generations, the older is dropped when the younger is full.

    A command that keeps coming moves to the younger one each time, so frequent commands stay: the cheap cousin of
    "least recently used". Which answers are kept changes the time, never the output.
    """

    def __init__(self, size: int = CACHE_COMMANDS) -> None:
        self._size = size
        self._young: dict[str, Answer] = {}
        self._old: dict[str, Answer] = {}

    def get(self, command_line: str) -> Answer | None:
        """The answer for ``command_line``, if it is still here."""
        found = self._young.get(command_line)
        if found is None:
            found = self._old.get(command_line)
            if found is not None:
                self.put(command_line, found)
        return found

    def put(self, command_line: str, answer: Answer) -> None:
        """Remember ``answer``, unless the command is too long to be worth it."""
        if len(command_line) > LONGEST_CACHED:
            return
        if len(self._young) >= self._size:
            self._old, self._young = self._young, {}
        self._young[command_line] = answer

    def __len__(self) -> int:
        return len(self._young) + len(self._old)
