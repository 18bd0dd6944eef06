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
        self._held: list[tuple[str, str]] = []
        self._patterns: list[tuple[str, tuple[str, str]]] = []
        for one in self.classes.values():
            for name in one.names:
                self._add(name, one.name)
        self._held_index = LiteralIndex(self._held)
        self._pattern_index = LiteralIndex(self._patterns)
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
                self._held.append((rest.lower(), to))
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
        found.update(dict.fromkeys(self._whole.get(form.rstrip("/") or form, ())))
        above = form
        while "/" in above:
            above = above[: above.rfind("/")]
            if above in self._under:
                found.update(dict.fromkeys(self._under[above]))
        name = form[form.rfind("/") + 1 :]
        for word in {form, form.removesuffix(".exe"), name, name.removesuffix(".exe")}:
            if word in self._words:
                found.update(dict.fromkeys(self._words[word]))
        dot = name.rfind(".")
        if dot >= 0 and name[dot:] in self._extensions:
            found.update(dict.fromkeys(self._extensions[name[dot:]]))
        for _, _, to in self._held_index.find(form):
            found[to] = None
        if len(form) <= LONGEST_PATTERNED:
            for _, _, (name, to) in self._pattern_index.find(form):
                if to not in found and _pattern(name).fullmatch(form):
                    found[to] = None
        self._look_up_host(form, found)

    def _look_up_host(self, form: str, found: dict[str, None]) -> None:
        host, port = host_and_port(form)
        if port is None and form.isdigit() and len(form) <= 5:
            port = int(form)
        if port is not None and port in self._ports:
            found.update(dict.fromkeys(self._ports[port]))
        while host:
            if host in self._hosts:
                found.update(dict.fromkeys(self._hosts[host]))
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
