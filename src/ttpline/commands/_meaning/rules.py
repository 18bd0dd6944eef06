"""Combinations of the knowledge, filed so that only those are tried of which a part is there."""

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from ttpline.knowledge.entries import Combination


class Rules:
    """A rule holds when, of each of its terms, one choice is among the meanings (none, where it begins with ``!``)."""

    def __init__(self, rules: Iterable[Combination]) -> None:
        self._always: list[int] = []
        self._by_meaning: defaultdict[str, list[int]] = defaultdict(list)
        self._rules: list[tuple[Combination, tuple[tuple[bool, frozenset[str]], ...]]] = []
        for number, rule in enumerate(rules):
            terms = tuple((term.startswith("!"), frozenset(term.lstrip("!").split("|"))) for term in rule.when)
            self._rules.append((rule, terms))
            wanted = [choices for is_negated, choices in terms if not is_negated]
            if not wanted:
                self._always.append(number)
                continue
            for choice in min(wanted, key=len):
                self._by_meaning[choice].append(number)

    def holding(self, meanings: AbstractSet[str]) -> list[Combination]:
        """The rules that hold, in the order of the knowledge. A rule sees no meaning that another rule adds."""
        tried = {number for meaning in meanings for number in self._by_meaning.get(meaning, ())}
        tried.update(self._always)
        return [
            self._rules[number][0]
            for number in sorted(tried)
            if all(choices.isdisjoint(meanings) is is_negated for is_negated, choices in self._rules[number][1])
        ]
