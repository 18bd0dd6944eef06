"""The conditions of the knowledge (``when``), compiled once into functions of a ``PartView``."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ttpline.commands._meaning.part_view import PartView

Test = Callable[[PartView], int | None]
"""The place of the argument that makes it hold (``HOLDS`` where it is none), or None."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a condition. It can hold where one of ``keys`` is among the view's or one of ``pieces`` stands in its
    arguments, in lower case, and nowhere else; where both are empty it can hold anywhere."""

    test: Test
    keys: frozenset[str] = frozenset()
    pieces: frozenset[str] = frozenset()

    @property
    def is_filed(self) -> bool:
        return bool(self.keys or self.pieces)


HOLDS: Final = -1_000
LONGEST_PATTERNED: Final = 4_096
"""Characters: with two stars in a pattern the work is at most the product of both."""
_STARRED: Final = re.compile(r"[*?]")


def compile_terms(when: Sequence[str], *, ignore_case: bool) -> tuple[Term, ...]:
    """One for each term; a use holds when all of them do."""
    return tuple(_compile(term, ignore_case) for term in when)


def _compile(term: str, ignore_case: bool) -> Term:
    if term.startswith("!") and len(term) > 1:
        inner = _compile(term[1:], ignore_case).test
        return Term(lambda view: HOLDS if inner(view) is None else None)
    if "|" in term:
        head = term.split("|")
        prefix = _shared_prefix(head[0])
        return _any_of(
            [
                _single(one if at == 0 or not prefix else _with_prefix(prefix, one), ignore_case)
                for at, one in enumerate(head)
            ]
        )
    return _single(term, ignore_case)


def _any_of(choices: Sequence[Term]) -> Term:
    tests = [choice.test for choice in choices]

    def test(view: PartView) -> int | None:
        for one in tests:
            place = one(view)
            if place is not None:
                return place
        return None

    if not all(choice.is_filed for choice in choices):
        return Term(test)
    keys = [choice.keys for choice in choices]
    pieces = [choice.pieces for choice in choices]
    return Term(test, frozenset().union(*keys), frozenset().union(*pieces))


def _shared_prefix(first: str) -> str:
    """``1:user|group`` means ``1:user|1:group``, ``as:sudo|doas`` the same, and ``-p=a|b``."""
    found = re.match(r"\d:|as:|<-|->|[a-z]+:(?=<)", first)
    if found:
        return found[0]
    option, equals, _ = first.partition("=")
    return option + equals if equals and option[:1] in "-/" else ""


def _with_prefix(prefix: str, term: str) -> str:
    if term.startswith(("-", "/", "<", "!")) and not prefix.startswith(("<", "->")):
        return term
    return term if re.match(r"\d:|as:|<-|->", term) else prefix + term


def _single(term: str, ignore_case: bool) -> Term:
    if term == "alone":
        return Term(lambda view: None if view.part.arguments else HOLDS)
    if term == "any":
        return Term(lambda view: view.operands[0] if view.operands else None)
    if term.startswith("<-"):
        return _in_pipeline(term[2:], "upstream")
    if term.startswith("->"):
        return _in_pipeline(term[2:], "downstream")
    if term.startswith("as:"):
        wrapper = term[3:]
        return Term(lambda view: HOLDS if wrapper in view.part.wrappers else None)
    if term.startswith("<") and term.endswith(">"):
        name = term[1:-1]
        return Term(lambda view: view.by_class.get(name), frozenset({name}))
    found = re.fullmatch(r"([a-z]+):<([a-z0-9-]+)>", term)
    if found:
        doing = f"{found[1]}:{found[2]}"
        return Term(lambda view: view.doings.get(doing), frozenset({doing}))
    if re.match(r"[1-9]:.", term):
        return _operand_at(int(term[0]) - 1, term[2:], ignore_case)
    return _word_term(term, ignore_case)


def _in_pipeline(name: str, side: Literal["upstream", "downstream"]) -> Term:
    if not name:
        return Term(lambda view: HOLDS if getattr(view, side) else None)
    return Term(lambda view: HOLDS if name in getattr(view, side) else None)


def _operand_at(order: int, pattern: str, ignore_case: bool) -> Term:
    matches = _matcher(pattern, ignore_case)

    def test(view: PartView) -> int | None:
        if order >= len(view.operands):
            return None
        place = view.operands[order]
        return place if matches(view.part.arguments[place].text) else None

    if _STARRED.search(pattern):
        return Term(test, pieces=_longest_piece(pattern))
    return Term(test, frozenset({pattern.lower() if ignore_case else pattern}))


def _word_term(term: str, ignore_case: bool) -> Term:
    is_option = term[0] in "-/+" and len(term) > 1
    if is_option and "=" in term:
        option, _, value = term.partition("=")
        return _value(option.lower() if ignore_case else option, _matcher(value, ignore_case))
    if _STARRED.search(term):
        return _any_word(term)
    named = term.lower() if ignore_case else term
    if is_option and ignore_case:
        other = ("-" if named[0] == "/" else "/") + named[1:]
        return Term(lambda view: _first(view.forms, named, other), frozenset({named, other}))
    if is_option and term[0] != "/":
        return Term(lambda view: view.forms.get(named), frozenset({named}))
    return Term(lambda view: view.named.get(named), frozenset({named}))


def _first(forms: dict[str, int], one: str, other: str) -> int | None:
    found = forms.get(one)
    return forms.get(other) if found is None else found


def _any_word(pattern: str) -> Term:
    matches = _matcher(pattern, ignore_case=True)

    def test(view: PartView) -> int | None:
        return next((place for place, word in enumerate(view.part.arguments) if matches(word.text)), None)

    return Term(test, pieces=_longest_piece(pattern))


def _longest_piece(pattern: str) -> frozenset[str]:
    """What a text that fits has in it; nothing where upper and lower case are no matter of ASCII."""
    piece = max(_STARRED.split(pattern.lower()), key=len)
    return frozenset({piece}) if piece and piece.isascii() else frozenset()


def _value(option: str, matches: Callable[[str], bool]) -> Term:
    other = ("-" if option[0] == "/" else "/") + option[1:]

    def test(view: PartView) -> int | None:
        for value, place in view.values.get(option) or view.values.get(other) or ():
            if matches(value):
                return place
        return None

    return Term(test, frozenset({option, other}))


def _matcher(pattern: str, ignore_case: bool) -> Callable[[str], bool]:
    if not _STARRED.search(pattern):
        if ignore_case:
            lowered = pattern.lower()
            return lambda text: text.lower() == lowered
        return lambda text: text == pattern
    made = ".*".join(".".join(re.escape(piece) for piece in part.split("?")) for part in re.split(r"\*+", pattern))
    compiled = re.compile(made, re.DOTALL | re.IGNORECASE)
    return lambda text: len(text) <= LONGEST_PATTERNED and compiled.fullmatch(text) is not None
