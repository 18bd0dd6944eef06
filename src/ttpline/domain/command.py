"""A command as the models see it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class NormalisedCommand:
    """``text`` is scored; ``original`` is what the log had; spans of evidence count characters of ``text``.

    ``decoded`` names the layers undone, outermost first (``base64``, ``hex``, …); ``parts`` are the simple commands.
    """

    text: str
    original: str
    decoded: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As in the output contract: ``text``, ``decoded``, ``parts``."""
        return {"text": self.text, "decoded": list(self.decoded), "parts": list(self.parts)}
