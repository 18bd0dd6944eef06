"""One entry of a knowledge file, from plain YAML data to its type, with every mistake named."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

from ttpline.attack.catalogue import available_versions, load_catalogue
from ttpline.attack.crosswalk import crosswalk
from ttpline.errors import CatalogueError, KnowledgeError
from ttpline.knowledge.entries import (
    DEFAULT_SUSPICION,
    KINDS,
    NORMAL,
    PLATFORMS,
    STRONGEST,
    VERBS,
    Claim,
    Combination,
    Example,
    ObjectClass,
    Program,
    Text,
    Use,
)

ATTACK_VERSION: Final = "18.1"
"""What the ids of the knowledge are of."""
_PLACES: Final = ("all", "first", "last", "rest", "after-first")
_CLAIM_KEYS: Final = {"does", "means", "speaks", "suspicion"}
_LEAST_TEXT: Final = 4
"""Characters of a text: fewer stand in too many lines to mean anything."""
_WORD: Final = re.compile(r"[a-z0-9][a-z0-9:.-]*").fullmatch
_ID: Final = re.compile(r"T\d{4}(?:\.\d{3})?").fullmatch


class EntryReader:
    """Reads the entries of one file; collects their examples."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.examples: list[Example] = []
        self._where = file

    def read(self, section: str, entry: Any, place: int) -> Program | ObjectClass | Text | Combination:
        """The entry at ``place`` (from 1) of ``section``."""
        self._where = f"{self.file}, {section} {place}"
        if not isinstance(entry, dict):
            self._refuse("is no entry", "write `- names: [...]` and so on")
        match section:
            case "programs":
                return self._program(entry)
            case "objects":
                return self._object(entry)
            case "texts":
                return self._text(entry)
            case _:
                return self._combination(entry)

    def _program(self, entry: dict[str, Any]) -> Program:
        names = self._strings(entry.get("names"), "names")
        self._named(names[0])
        self._keys(entry, {"names", "platform", "for", "is", "uses", "operands", "values", "examples"})
        for name in names:
            if name != name.lower() or "/" in name or "\\" in name or name.endswith(".exe"):
                self._refuse(f"{name!r} is no bare program name", "lower case, no folder, no .exe")
        platforms = self._one_or_more(entry.get("platform"), "platform")
        self._among(platforms, PLATFORMS, "platform")
        kinds = self._one_or_more(entry.get("is"), "is")
        self._among(kinds, sorted(KINDS), "kind")
        operands = entry.get("operands") or {}
        operands = {"all": operands} if isinstance(operands, str) else operands
        values = {
            option: verb
            for options, verb in self._mapping(entry.get("values"), "values").items()
            for option in str(options).split("|")
        }
        self._among(tuple(operands), _PLACES, "place of operands")
        self._among((*operands.values(), *values.values()), VERBS, "verb")
        uses = tuple(self._use(use) for use in entry.get("uses") or ())
        self._take_examples(entry, names[0], platforms[0] if len(platforms) == 1 else None)
        return Program(names, str(entry.get("for", "")), platforms, kinds, operands, values, uses)

    def _use(self, use: Any) -> Use:
        if not isinstance(use, dict):
            self._refuse("a use is no mapping", "write `- when: ...`")
        self._keys(use, _CLAIM_KEYS | {"when"})
        return Use(self._terms(use.get("when")), self._claim(use))

    def _object(self, entry: dict[str, Any]) -> ObjectClass:
        name = str(entry.get("class", ""))
        self._named(name)
        if not _WORD(name):
            self._refuse(f"{name!r} is no class name", "lower case words with hyphens between")
        self._keys(entry, {"class", "is", "names", "when", "examples"})
        claims = {}
        for verb, claim in self._mapping(entry.get("when"), "when").items():
            self._among((verb,), VERBS, "verb")
            if not isinstance(claim, dict):
                self._refuse(f"{verb} is no mapping", "write `reads: {speaks: {...}}`")
            self._keys(claim, _CLAIM_KEYS)
            claims[verb] = self._claim(claim)
        self._take_examples(entry, name, None)
        return ObjectClass(name, str(entry.get("is", name)), self._strings(entry.get("names"), "names"), claims)

    def _text(self, entry: dict[str, Any]) -> Text:
        every = "all" in entry
        pieces = tuple(
            piece.lower() for piece in self._strings(entry.get("all" if every else "has"), "all" if every else "has")
        )
        self._named(pieces[0])
        self._keys(entry, _CLAIM_KEYS | {"has", "all", "examples"})
        short = [piece for piece in pieces if len(piece) < _LEAST_TEXT]
        if short and not every:
            self._refuse(f"the text {short[0]!r} is too short", f"at least {_LEAST_TEXT} characters")
        self._take_examples(entry, pieces[0], None)
        return Text(pieces, every, self._claim(entry))

    def _combination(self, entry: dict[str, Any]) -> Combination:
        terms = self._terms(entry.get("when"))
        self._named(" ".join(terms))
        self._keys(entry, _CLAIM_KEYS | {"when", "scope", "examples"})
        if not terms:
            self._refuse("a combination needs `when`", "write the meanings that come together")
        scope = str(entry.get("scope", "line"))
        self._among((scope,), ("line", "part"), "scope")
        self._take_examples(entry, " ".join(terms), None)
        return Combination(terms, scope, self._claim(entry))

    def _claim(self, entry: Mapping[str, Any]) -> Claim:
        speaks = self._mapping(entry.get("speaks"), "speaks")
        for technique, strength in speaks.items():
            if not isinstance(strength, int) or not -STRONGEST <= strength <= STRONGEST or not strength:
                self._refuse(f"{technique} has the strength {strength!r}", "a whole number from -3 to 3, not 0")
            if technique != NORMAL:
                self._check_id(str(technique))
        suspicion = entry.get("suspicion", DEFAULT_SUSPICION)
        if not isinstance(suspicion, int) or not 0 <= suspicion <= STRONGEST:
            self._refuse(f"suspicion is {suspicion!r}", "0, 1, 2 or 3")
        means = self._one_or_more(entry.get("means"), "means")
        for word in means:
            if not _WORD(word):
                self._refuse(f"{word!r} is no meaning", "lower case words with hyphens between")
        return Claim(str(entry.get("does", "")), means, {str(key): value for key, value in speaks.items()}, suspicion)

    def _check_id(self, technique: str) -> None:
        """In use in the version that the knowledge speaks, and led somewhere by the crosswalk in every other."""
        if not _ID(technique):
            self._refuse(f"{technique!r} is no technique", "T1003 or T1003.008")
        try:
            found = load_catalogue(ATTACK_VERSION).technique(technique)
            elsewhere = [crosswalk(technique, ATTACK_VERSION, version) for version in available_versions()]
        except CatalogueError as error:
            self._refuse(str(error), "ttpline attack show ID")
        if not found.in_use or not all(one.targets for one in elsewhere):
            self._refuse(f"{technique} is not in use in every version of ATT&CK", "ttpline attack show ID")

    def _terms(self, when: Any) -> tuple[str, ...]:
        if when is None:
            return ()
        terms = tuple(when.split()) if isinstance(when, str) else self._strings(when, "when")
        for term in terms:
            if not all(choice.strip("!") for choice in term.split("|")):
                self._refuse(f"the term {term!r} has an empty choice", "write a|b")
        return terms

    def _take_examples(self, entry: Mapping[str, Any], name: str, platform: str | None) -> None:
        for example in entry.get("examples") or ():
            if not isinstance(example, dict) or len(example) != 1:
                self._refuse(f"the example {example!r} is not `COMMAND: ANSWER`", "quote the command")
            ((command, answer),) = example.items()
            answers = () if answer is None else tuple(str(answer).split("|"))
            for one in answers:
                self._check_id(one.strip())
            self.examples.append(
                Example(str(command), tuple(one.strip() for one in answers), platform, f"{self.file}, {name}")
            )

    def _named(self, name: str) -> None:
        self._where = f"{self.file}, {name}"

    def _keys(self, entry: Mapping[str, Any], known: set[str]) -> None:
        unknown = sorted(str(key) for key in entry if key not in known)
        if unknown:
            self._refuse(f"{unknown[0]!r} means nothing here", f"there are: {', '.join(sorted(known))}")

    def _among(self, values: Sequence[str], known: Sequence[str], what: str) -> None:
        for value in values:
            if value not in known:
                self._refuse(f"no {what} is called {value!r}", f"there are: {', '.join(known)}")

    def _mapping(self, value: Any, name: str) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self._refuse(f"{name} is no mapping", f"write `{name}: {{...}}`")
        return value

    def _one_or_more(self, value: Any, name: str) -> tuple[str, ...]:
        if value is None:
            return ()
        return (value,) if isinstance(value, str) else self._strings(value, name)

    def _strings(self, value: Any, name: str) -> tuple[str, ...]:
        if not isinstance(value, list) or not value or not all(isinstance(one, (str, int)) for one in value):
            self._refuse(f"{name} is no list of words", f"write `{name}: [...]`")
        return tuple(str(one) for one in value)

    def _refuse(self, reason: str, remedy: str = "") -> NoReturn:
        raise KnowledgeError(reason, where=self._where, remedy=remedy or "see docs/knowledge.md")
