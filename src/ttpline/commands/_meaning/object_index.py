"""Which classes of objects an argument belongs to, without trying every name on every argument."""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Final

from ttpline.commands._meaning.literal_index import LiteralIndex
from ttpline.commands._meaning.object_forms import host_and_port, object_form, pieces
from ttpline.knowledge.entries import ObjectClass

_WILD: Final = re.compile(r"[*?]")
_LITERAL: Final = re.compile(r"[^*?]+")
CACHED_ARGUMENTS: Final = 16_384
LONGEST_PATTERNED: Final = 512
"""Characters of an argument that patterns are tried on: with several stars the work grows faster than the argument."""


class ObjectIndex:
    """Names by kind: whole, folder above, host, port, extension, word, and the few that need a pattern."""

    def __init__(self, classes: Iterable[ObjectClass]) -> None:
        self.classes = {one.name: one for one in classes}
        self._whole: defaultdict[str, list[str]] = defaultdict(list)
        self._under: defaultdict[str, list[str]] = defaultdict(list)
        self._hosts: defaultdict[str, list[str]] = defaultdict(list)
        self._ports: defaultdict[int, list[str]] = defaultdict(list)
        self._extensions: defaultdict[str, list[str]] = defaultdict(list)
        self._words: defaultdict[str, list[str]] = defaultdict(list)
        self._held: list[tuple[str, tuple[str, str]]] = []
        self._patterns: list[tuple[str, tuple[str, str]]] = []
        """What stands in every argument that fits a pattern, the pattern and the class; no pattern in ``_held``."""
        for one in self.classes.values():
            for name in one.names:
                self._add(name, one.name)
        self._literals = LiteralIndex(self._held, self._patterns)
        self.of_argument = lru_cache(maxsize=CACHED_ARGUMENTS)(self._of_argument)

    def _add(self, name: str, to: str) -> None:
        kind, colon, rest = name.partition(":")
        match kind if colon else "":
            case "host":
                self._hosts[rest.lower()].append(to)
            case "port":
                self._ports[int(rest)].append(to)
            case "ext":
                self._extensions[rest.lower()].append(to)
            case "word":
                self._words[rest.lower()].append(to)
            case "has":
                self._held.append((rest.lower(), ("", to)))
            case _:
                self._add_path(object_form(name), to)

    def _add_path(self, form: str, to: str) -> None:
        if not _WILD.search(form):
            self._whole[form].append(to)
            return
        folder = form.removesuffix("/**")
        if folder != form and not _WILD.search(folder):
            self._under[folder].append(to)
            return
        longest = max(_LITERAL.findall(form), key=len, default="")
        self._patterns.append((longest, (form, to)))

    def _of_argument(self, text: str) -> tuple[str, ...]:
        """The names of the classes, each once, in the order of the knowledge's kinds."""
        found: dict[str, None] = {}
        for form in dict.fromkeys(pieces(text)):
            if form:
                self._look_up(form, found)
        return tuple(found)

    def _look_up(self, form: str, found: dict[str, None]) -> None:
        for to in self._whole.get(form.rstrip("/") or form, ()):
            found[to] = None
        slash = last_slash = form.rfind("/")
        while slash >= 0:
            for to in self._under.get(form[:slash], ()):
                found[to] = None
            slash = form.rfind("/", 0, slash)
        name = form[last_slash + 1 :]
        for word in (form, form.removesuffix(".exe"), name, name.removesuffix(".exe")):
            for to in self._words.get(word, ()):
                found[to] = None
        dot = name.rfind(".")
        if dot >= 0:
            for to in self._extensions.get(name[dot:], ()):
                found[to] = None
        inside = self._literals.find(form)
        if inside:
            found.update(dict.fromkeys(to for _, _, (pattern, to) in inside if not pattern))
            if len(form) <= LONGEST_PATTERNED:
                for _, _, (pattern, to) in inside:
                    if pattern and to not in found and _pattern(pattern).fullmatch(form):
                        found[to] = None
        self._look_up_host(form, found)

    def _look_up_host(self, form: str, found: dict[str, None]) -> None:
        host, port = host_and_port(form)
        if port is None and form.isdigit() and len(form) <= 5:
            port = int(form)
        if port is not None:
            for to in self._ports.get(port, ()):
                found[to] = None
        while host:
            for to in self._hosts.get(host, ()):
                found[to] = None
            host = host.partition(".")[2]


@cache
def _pattern(form: str) -> re.Pattern[str]:
    """A name with ``*`` (within one folder), ``**`` (over folders) and ``?`` as a regular expression."""
    made: list[str] = []
    for piece in re.findall(r"\*\*/?|\*|\?|[^*?]+", form):
        match piece:
            case "**/":
                made.append("(?:.*/)?")
            case "**":
                made.append(".*")
            case "*":
                made.append("[^/]*")
            case "?":
                made.append("[^/]")
            case _:
                made.append(re.escape(piece))
    return re.compile("".join(made))
