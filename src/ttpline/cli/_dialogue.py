"""What is typed at the prompt of ``classify --interactive`` and what comes back: answers and instructions."""

import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ttpline.cli._models import load
from ttpline.cli.exit_codes import message
from ttpline.errors import TtplineError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from ttpline.scoring.conversation import Answered, Conversation

LISTED = 20
"""Answers that ``:history`` lists."""
MOST_TOP = 1000
"""As ``--top`` has it."""
_INSTRUCTION = re.compile(r":([A-Za-z?]\w*)(?:\s+(.*))?")
"""``: > file`` and ``:(){ …`` are commands of a shell; a word right after the colon is none."""

HELP = (
    (":top N", "techniques in an answer"),
    (":model NAME|DIR", "another model; alone: which one answers"),
    (":explain on|off", "the parts of the command that speak for each technique"),
    (":history", f"the last {LISTED} answers"),
    (":export FILE", "all answers so far, as the ending says: .jsonl .csv .parquet"),
    (":quit", "or Ctrl-D; Ctrl-C forgets the line; Ctrl-R searches what was typed before"),
)


class Dialogue:
    """One conversation on one console. Nothing typed ends it but ``:quit``; errors are said and it goes on."""

    def __init__(self, conversation: "Conversation", console: "Console") -> None:
        self.conversation = conversation
        self.console = console
        self._explains = True
        self._instructions: dict[str, Callable[[str], None]] = {
            "help": self._help,
            "top": self._top,
            "model": self._model,
            "explain": self._explain,
            "history": self._history,
            "export": self._export,
        }

    def take(self, typed: str) -> bool:
        """One line, or several pasted at once, which are all commands; False when it asks to leave."""
        lines = [line for line in typed.split("\n") if line.strip()]
        instruction = _INSTRUCTION.fullmatch(lines[0].rstrip()) if len(lines) == 1 else None
        if instruction is None:
            for line in lines:
                self.answer(line.encode(errors="surrogateescape"), is_named=len(lines) > 1, is_timed=True)
            return True
        name = instruction[1].lower()
        if name in ("quit", "q", "exit"):
            return False
        try:
            self._instruction(name)((instruction[2] or "").strip())
        except TtplineError as error:
            self.say(message(error))
        return True

    def answer(self, line: bytes, *, is_named: bool, is_timed: bool = False) -> None:
        """Show the answer to one command; ``is_named`` with the command before it, ``is_timed`` with the time taken."""
        began = time.perf_counter()
        try:
            answered = self.conversation.ask(line)
        except TtplineError as error:
            print(message(error), file=sys.stderr)
            return
        if answered is None:
            return
        milliseconds = 1000 * (time.perf_counter() - began)
        if is_named:
            self.say(f"> {_shown(answered, self.console.width)}")
        self.console.print(self._rendered(answered))
        if is_timed:
            self.console.print(f"{milliseconds:.0f} ms", style="dim", justify="right")
        else:
            self.say("")

    def _rendered(self, answered: "Answered") -> object:
        from ttpline.explain.answer import Look, rendered_answer

        console = self.console
        look = Look(
            colour=console.is_terminal and not console.no_color,
            ascii_only=console.options.ascii_only,
            explains=self._explains,
        )
        return rendered_answer(answered.command, answered.prediction, self.conversation.model, look)

    def say(self, text: str) -> None:
        """A line as it is, safe for a terminal."""
        from ttpline.domain.printable import printable

        self.console.print(printable(text))

    def about_model(self) -> None:
        """Which model answers."""
        model = self.conversation.model
        self.say(f"model {model.ref.name}, {len(model.labels)} labels, ATT&CK {model.attack_version}")

    def _instruction(self, name: str) -> Callable[[str], None]:
        if name not in self._instructions:
            remedy = ":help lists them; a blank before the colon makes it a command"
            raise UsageError(f"there is no instruction :{name[:40]}", remedy=remedy)
        return self._instructions[name]

    def _help(self, _: str) -> None:
        width = max(len(name) for name, _ in HELP)
        for name, what in HELP:
            self.say(f"{name:<{width}}  {what}")
        self.say("Everything else is a command: it is classified, never run.")

    def _top(self, given: str) -> None:
        if not (given.isascii() and given.isdigit() and len(given) < 5 and int(given) <= MOST_TOP):
            raise UsageError(f":top {given[:40]!r} is not a number", remedy=f"write :top and 0 to {MOST_TOP}")
        self.conversation.set_top(int(given))

    def _model(self, given: str) -> None:
        if given:
            self.conversation.model = load(given)
        self.about_model()

    def _explain(self, given: str) -> None:
        if given not in ("on", "off"):
            raise UsageError(f":explain {given[:40]!r} is neither on nor off", remedy="write :explain on")
        self._explains = given == "on"

    def _history(self, _: str) -> None:
        conversation = self.conversation
        kept = list(conversation.answers)[-LISTED:]
        for number, answered in enumerate(kept, start=conversation.asked - len(kept) + 1):
            techniques = answered.prediction.techniques
            first = techniques[0].subtechnique or techniques[0].technique if techniques else "–"
            figures = f"{number:>4}  {answered.prediction.verdict.value:<9}  {first:<9}  "
            self.say(f"{figures}{_shown(answered, self.console.width - len(figures))}")

    def _export(self, given: str) -> None:
        if not given:
            raise UsageError(":export needs a file", remedy="write, for example, :export answers.jsonl")
        path = str(Path(given).expanduser()) if given.startswith("~/") else given
        count = self.conversation.export(path)
        gone = self.conversation.asked - count
        self.say(f"{path}: {count:,} answers" + (f" ({gone:,} earlier ones are not kept)" if gone else ""))


def _shown(answered: "Answered", room: int) -> str:
    from ttpline.domain.printable import printable

    text = printable(answered.command_line[: max(room, 20)])
    return text if len(text) <= max(room, 20) else f"{text[: max(room, 20) - 1]}…"
