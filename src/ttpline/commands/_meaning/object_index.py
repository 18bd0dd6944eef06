"""Which classes of objects an argument belongs to, without trying every name on every argument."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Final

from ttpline.commands._meaning.literal_index import LiteralIndex
from ttpline.commands._meaning.object_forms import host_and_port, object_form, pieces
from ttpline.domain.parsed import SimpleCommand
from ttpline.knowledge.entries import ObjectClass

_WILD: Final = re.compile(r"[*?]")
_LITERAL: Final = re.compile(r"[^*?]+")
CACHED_ARGUMENTS: Final = 16_384
CACHED_PIECES: Final = 8_192
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
        self._of_piece = lru_cache(maxsize=CACHED_PIECES)(self._look_up)
        """Of arguments with several pieces, as scripts: half of their words were met before."""

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

    def remember(self, parts: Sequence[SimpleCommand]) -> None:
        """Look up the arguments of ``parts``, which will be asked for."""
        for part in parts:
            for word in part.arguments:
                self.of_argument(word.text)

    def _of_argument(self, text: str) -> tuple[str, ...]:
        """The names of the classes, each once, in the order of the knowledge's kinds."""
        forms = pieces(text)
        if len(forms) == 1:
            return self._look_up(forms[0])
        return tuple(dict.fromkeys(name for form in dict.fromkeys(forms) for name in self._of_piece(form)))

    def _look_up(self, form: str) -> tuple[str, ...]:
        if not form:
            return ()
        found: dict[str, None] = {}
        for to in self._whole.get(form.rstrip("/") or form, ()):
            found[to] = None
        slash = last_slash = form.rfind("/")
        while slash >= 0:
            for to in self._under.get(form[:slash], ()):
                found[to] = None
            slash = form.rfind("/", 0, slash)
        name = form[last_slash + 1 :]
        words: tuple[str, ...] = (form, name) if last_slash >= 0 else (form,)
        if form.endswith(".exe"):
            words = (form, form[:-4], name, name[:-4])
        for word in words:
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
        return tuple(found)

    def _look_up_host(self, form: str, found: dict[str, None]) -> None:
        host, port = host_and_port(form)
        if port is None and len(form) <= 5 and form.isascii() and form.isdigit():
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
