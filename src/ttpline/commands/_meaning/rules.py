"""Combinations of the knowledge, filed so that only those are tried of which the rarest part is there."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from ttpline.knowledge.entries import Combination


class Rules:
    """A rule holds when, of each of its terms, one choice is among the meanings (none, where it begins with ``!``)."""

    def __init__(self, rules: Iterable[Combination]) -> None:
        self._always: list[int] = []
        self._by_meaning: defaultdict[str, list[int]] = defaultdict(list)
        self._rules: list[tuple[Combination, tuple[tuple[bool, frozenset[str]], ...]]] = []
        for rule in rules:
            terms = tuple((term.startswith("!"), frozenset(term.lstrip("!").split("|"))) for term in rule.when)
            self._rules.append((rule, terms))
        often = Counter(choice for _, terms in self._rules for _, choices in terms for choice in choices)
        for number, (_, terms) in enumerate(self._rules):
            wanted = [choices for is_negated, choices in terms if not is_negated]
            if not wanted:
                self._always.append(number)
                continue
            for choice in min(wanted, key=lambda choices: sum(often[choice] for choice in choices)):
                self._by_meaning[choice].append(number)

    def holding(self, meanings: AbstractSet[str]) -> list[Combination]:
        """The rules that hold, in the order of the knowledge. A rule sees no meaning that another rule adds."""
        known = self._by_meaning.keys() & meanings
        if not known and not self._always:
            return []
        tried = set(self._always).union(*[self._by_meaning[meaning] for meaning in known])
        found: list[Combination] = []
        for number in sorted(tried):
            rule, terms = self._rules[number]
            for is_negated, choices in terms:
                if choices.isdisjoint(meanings) is not is_negated:
                    break
            else:
                found.append(rule)
        return found
