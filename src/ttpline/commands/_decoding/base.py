"""What a kind of layer is: a cheap hint, and a search that gives replacements."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from ttpline.commands.dialect import Dialect

MAX_CHARACTERS: Final = 65_536
"""Of the text at any moment, and of anything that is unpacked: what is scored is no longer either."""


class OutOfWorkError(Exception):
    """The bound on work was met; what was decoded so far is kept."""


@dataclass(slots=True)
class Work:
    """A budget in characters looked at: a count and no clock, so that the same bytes give the same answer."""

    left: int

    def spend(self, characters: int) -> None:
        self.left -= characters + 1
        if self.left < 0:
            raise OutOfWorkError


@dataclass(frozen=True, slots=True)
class Replacement:
    """``text[start:end]`` becomes the last step's text; earlier steps are what it looked like on the way there.

    ``is_run``: it is a command or pipeline that ends in a shell, and becomes what that shell ran.
    """

    start: int
    end: int
    steps: tuple[tuple[str, str], ...]
    is_run: bool = False

    @classmethod
    def of(cls, start: int, end: int, kind: str, after: str) -> "Replacement":
        return cls(start, end, ((kind, after),))


@dataclass(slots=True)
class Passage:
    """The text of one round; parses are kept for the next kind."""

    text: str
    work: Work
    inner: "Callable[[str, Dialect | None, bool], list[tuple[str, str]]]"
    """Decodes a text that stands quoted in this one: (kind, text after it), layer by layer. Last: is it code of another
    language than a shell's?"""
    parses: dict[str, object] = field(default_factory=dict)


def in_any_case(pattern: str, *words: str) -> Callable[[str], object]:
    """A hint: ``pattern`` in any case, looked for where one of ``words`` is. Only to letters of ASCII that is all."""
    search = re.compile(pattern, re.IGNORECASE).search

    def hint(text: str) -> object:
        lowered = text.lower()
        return (any(word in lowered for word in words) or not text.isascii()) and search(text)

    return hint


@dataclass(frozen=True, slots=True)
class LayerKind:
    """``hint`` is asked first, in time linear in the text, and says where there is certainly nothing to find."""

    hint: Callable[[str], object]
    find: Callable[[Passage], list[Replacement]]
    dialects: frozenset[Dialect] = frozenset(Dialect)
