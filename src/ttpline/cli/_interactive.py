"""``ttpline classify --interactive``: one command a line, its answer at once.

On a terminal there is a prompt, and lines such as ``:top 5`` are instructions. Where either end is no terminal there
is neither: every line is a command, because a file of commands instructs nobody.
"""

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ttpline.cli._dialogue import Dialogue
from ttpline.cli._history import TypedLines, history_path
from ttpline.cli._models import load
from ttpline.cli._progress import is_terminal
from ttpline.cli._reading import Reading
from ttpline.cli.exit_codes import ExitCode
from ttpline.errors import UsageError

if TYPE_CHECKING:
    from ttpline.scoring.score import ScoreOptions

PROMPT = "ttpline> "
PIECE_BYTES = 1 << 20
"""As long as a command may be; a longer line is passed over in such pieces."""


def check_flags(reading: Reading, *, is_alone: bool) -> None:
    """``UsageError`` for flags about inputs, outputs and many commands: here one is typed and one answer shown."""
    if reading.paths:
        raise UsageError("--interactive reads what is typed, no PATH", remedy="leave out --interactive to read files")
    if reading.to:
        raise UsageError("--interactive shows its answers, it has no --to", remedy="write them with :export FILE")
    expected = Reading((), "text" if reading.format == "text" else "auto")
    if not is_alone or replace(reading, paths=(), to=(), columns=tuple(reading.columns)) != expected:
        raise UsageError(
            "--interactive takes one command a line",
            remedy="of classify's flags it knows --model, --top, --min-confidence, --attack-version and --label-space",
        )


def talk(model_name: str, options: "ScoreOptions", *, keeps_history: bool) -> int:
    """Answer until the input ends."""
    from ttpline.scoring.conversation import Conversation
    from ttpline.sinks._console import PlainConsole

    if sys.stdin is None:
        raise UsageError("there is no input", remedy="--interactive needs a terminal or a pipe")
    dialogue = Dialogue(Conversation(load(model_name), options), PlainConsole())
    if is_terminal(sys.stdin) and is_terminal(sys.stdout):
        return _prompted(dialogue, TypedLines(history_path(os.environ, Path.home()) if keeps_history else None))
    return _piped(dialogue, sys.stdin.buffer)


def _prompted(dialogue: Dialogue, lines: TypedLines) -> int:
    dialogue.about_model()
    dialogue.say("Type a command to classify it (it is never run); :help says what else there is, Ctrl-D leaves.")
    while True:
        try:
            if not dialogue.take(lines.read(PROMPT)):
                return ExitCode.DONE
        except KeyboardInterrupt:
            print()
        except EOFError:
            print()
            return ExitCode.DONE


def _piped(dialogue: Dialogue, stream: BinaryIO) -> int:
    """An answer for each line as soon as it is there, and the contract's last line."""
    began = time.monotonic()
    code = ExitCode.DONE
    try:
        for line in _lines(stream):
            dialogue.answer(line, is_named=True)
            sys.stdout.flush()
    except KeyboardInterrupt:
        print("ttpline: interrupted", file=sys.stderr)
        code = ExitCode.INTERRUPTED
    print(dialogue.conversation.summary.line(time.monotonic() - began), file=sys.stderr)
    return code


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines without their ends; of one that is too long only the beginning, which is still too long."""
    while line := stream.readline(PIECE_BYTES + 2):
        piece = line
        while not piece.endswith(b"\n") and (piece := stream.readline(PIECE_BYTES)):
            pass
        yield line.removesuffix(b"\n")
