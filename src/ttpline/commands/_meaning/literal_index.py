"""Which of thousands of short texts stand in a longer one: one dictionary look-up for each of its characters."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, Generic, TypeVar

_GRAM: Final = 3

Key = TypeVar("Key")


class LiteralIndex(Generic[Key]):
    """Each literal is filed under its rarest three characters, so that a look-up seldom finds a wrong one."""

    def __init__(self, literals: Iterable[tuple[str, Key]]) -> None:
        filed = list(literals)
        often = Counter(literal[at : at + _GRAM] for literal, _ in filed for at in range(len(literal) - _GRAM + 1))
        self._by_gram: defaultdict[str, list[tuple[int, str, Key]]] = defaultdict(list)
        self._short: list[tuple[str, Key]] = []
        for literal, key in filed:
            places = range(len(literal) - _GRAM + 1)
            if not places:
                self._short.append((literal, key))
                continue
            at = min(places, key=lambda place: (often[literal[place : place + _GRAM]], place))
            self._by_gram[literal[at : at + _GRAM]].append((at, literal, key))

    def find(self, text: str) -> Iterator[tuple[int, str, Key]]:
        """``(place, literal, key)`` wherever a literal stands; for those of one or two characters the first place."""
        get = self._by_gram.get
        for at in range(len(text) - _GRAM + 1):
            filed = get(text[at : at + _GRAM])
            if filed is not None:
                for offset, literal, key in filed:
                    if at >= offset and text.startswith(literal, at - offset):
                        yield at - offset, literal, key
        for literal, key in self._short:
            at = text.find(literal)
            if at >= 0:
                yield at, literal, key
