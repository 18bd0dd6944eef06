"""Which of the knowledge's texts stand in a line."""

from collections.abc import Iterable

from ttpline.commands._meaning.literal_index import LiteralIndex
from ttpline.domain.parsed import Span
from ttpline.knowledge.entries import Text


class TextIndex:
    """All pieces of all texts, looked up in one pass over the line."""

    def __init__(self, texts: Iterable[Text]) -> None:
        self.texts = tuple(texts)
        self._pieces = LiteralIndex(
            (piece, number) for number, text in enumerate(self.texts) for piece in dict.fromkeys(text.pieces)
        )

    def find(self, line: str) -> list[tuple[int, Span]]:
        """``(number of the text, span of the first piece found)``, by number."""
        seen: dict[int, dict[str, Span]] = {}
        for at, piece, number in self._pieces.find(_lowered(line)):
            seen.setdefault(number, {}).setdefault(piece, (at, at + len(piece)))
        return [
            (number, min(pieces.values()))
            for number, pieces in sorted(seen.items())
            if not self.texts[number].every or len(pieces) == len(set(self.texts[number].pieces))
        ]


def _lowered(line: str) -> str:
    """``line`` in lower case and as long as before, so that a place in one is a place in the other."""
    lowered = line.lower()
    if len(lowered) == len(line):
        return lowered
    return "".join(lower if len(lower := character.lower()) == 1 else character for character in line)
