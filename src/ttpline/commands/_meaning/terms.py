"""The conditions of the knowledge (``when``), compiled once into functions of a ``PartView``."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from ttpline.commands._meaning.part_view import PartView

Term = Callable[[PartView], int | None]
"""The place of the argument that makes it hold (``HOLDS`` where it is none), or None."""

HOLDS: Final = -1_000
_STARRED: Final = re.compile(r"[*?]")
_BARE: Final = frozenset({"alone", "any"})


def compile_terms(when: Sequence[str], *, ignore_case: bool) -> tuple[Term, ...]:
    """One function for each term; a use holds when all of them do."""
    return tuple(_compile(term, ignore_case) for term in when)


def _compile(term: str, ignore_case: bool) -> Term:
    if term.startswith("!") and len(term) > 1:
        inner = _compile(term[1:], ignore_case)
        return lambda view: HOLDS if inner(view) is None else None
    if "|" in term:
        head = term.split("|")
        prefix = _shared_prefix(head[0])
        choices = [
            _single(one if at == 0 or not prefix else _with_prefix(prefix, one), ignore_case)
            for at, one in enumerate(head)
        ]
        return lambda view: next((at for choice in choices if (at := choice(view)) is not None), None)
    return _single(term, ignore_case)


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
        return lambda view: None if view.part.arguments else HOLDS
    if term == "any":
        return lambda view: view.operands[0] if view.operands else None
    if term in ("<-", "->"):
        return lambda view: HOLDS if (view.upstream if term == "<-" else view.downstream) else None
    if term.startswith("<-"):
        return _in_set(term[2:], "upstream")
    if term.startswith("->"):
        return _in_set(term[2:], "downstream")
    if term.startswith("as:"):
        wrapper = term[3:]
        return lambda view: HOLDS if wrapper in view.part.wrappers else None
    if term.startswith("<") and term.endswith(">"):
        name = term[1:-1]
        return lambda view: view.by_class.get(name)
    found = re.fullmatch(r"([a-z]+):<([a-z0-9-]+)>", term)
    if found:
        key = f"{found[1]}:{found[2]}"
        return lambda view: view.doings.get(key)
    if re.match(r"[1-9]:.", term):
        return _operand_at(int(term[0]) - 1, _matcher(term[2:], ignore_case))
    return _word_term(term, ignore_case)


def _in_set(name: str, side: str) -> Term:
    return lambda view: HOLDS if name in getattr(view, side) else None


def _operand_at(order: int, matches: Callable[[str], bool]) -> Term:
    def term(view: PartView) -> int | None:
        if order >= len(view.operands):
            return None
        place = view.operands[order]
        return place if matches(view.part.arguments[place].text) else None

    return term


def _word_term(term: str, ignore_case: bool) -> Term:
    is_option = term[0] in "-/+" and len(term) > 1
    if is_option and "=" in term:
        option, _, value = term.partition("=")
        return _value(option.lower() if ignore_case else option, _matcher(value, ignore_case))
    if _STARRED.search(term):
        matches = _matcher(term, ignore_case=True)
        return lambda view: next((place for place, word in enumerate(view.part.arguments) if matches(word.text)), None)
    if is_option:
        if term[0] == "/" and not ignore_case:
            return _operand(term, ignore_case)
        lowered = term.lower()
        if not ignore_case:
            return lambda view: view.forms.get(term)
        other = "-" + lowered[1:] if lowered[0] == "/" else "/" + lowered[1:]
        return lambda view: _first(view.forms, lowered, other)
    return _operand(term, ignore_case)


def _first(forms: dict[str, int], one: str, other: str) -> int | None:
    found = forms.get(one)
    return forms.get(other) if found is None else found


def _operand(term: str, ignore_case: bool) -> Term:
    matches = _matcher(term, ignore_case)
    return lambda view: next((place for place in view.operands if matches(view.part.arguments[place].text)), None)


def _value(option: str, matches: Callable[[str], bool]) -> Term:
    other = ("-" if option[0] == "/" else "/") + option[1:]

    def term(view: PartView) -> int | None:
        for value, place in view.values.get(option) or view.values.get(other) or ():
            if matches(value):
                return place
        return None

    return term


def _matcher(pattern: str, ignore_case: bool) -> Callable[[str], bool]:
    if not _STARRED.search(pattern):
        if ignore_case:
            lowered = pattern.lower()
            return lambda text: text.lower() == lowered
        return lambda text: text == pattern
    made = ".*".join(".".join(re.escape(piece) for piece in part.split("?")) for part in re.split(r"\*+", pattern))
    compiled = re.compile(made, re.DOTALL | re.IGNORECASE)
    return lambda text: len(text) <= LONGEST_PATTERNED and compiled.fullmatch(text) is not None


LONGEST_PATTERNED: Final = 4_096
"""Characters: with two stars in a pattern the work is at most the product of both."""
