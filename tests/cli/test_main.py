"""Finding commands, help, versions, and how errors end."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import ttpline as package
from ttpline.cli.exit_codes import ExitCode, exit_code, message
from ttpline.cli.main import command_names, run
from ttpline.errors import (
    CatalogueError,
    ConfigError,
    DatasetError,
    LabelError,
    MissingExtraError,
    ModelFormatError,
    SinkError,
    TtplineError,
    UnknownFormatError,
    UsageError,
)


def test_the_public_surface_is_sorted_and_deliberate() -> None:
    assert package.__all__ == sorted(package.__all__)
    assert set(dir(package)) == set(package.__all__)
    assert all(getattr(package, name) is not None for name in package.__all__)


def test_the_version_is_that_of_the_package(root: Path) -> None:
    assert package.__version__ == tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]


def test_importing_ttpline_loads_no_library() -> None:
    code = "import sys, ttpline; print([name for name in ('polars', 'numpy', 'typer', 'rich') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_an_unknown_attribute_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        package.nonsense  # noqa: B018  # reading it is the test


def test_helpers_are_no_commands() -> None:
    assert {"classify", "ingest", "explain", "models", "formats", "doctor"} <= set(command_names())
    assert not {name for name in command_names() if name.startswith("_") or name in {"main", "exit-codes"}}


@pytest.mark.parametrize("name", command_names())
def test_every_command_has_help_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"Usage: ttpline {name}" in shown
    assert "Example" in shown or "COMMAND [ARGS]" in shown


def test_help_imports_no_heavy_library() -> None:
    code = (
        "import sys; from ttpline.cli.main import run; run(['--help']); "
        "print([name for name in ('polars', 'numpy', 'scipy', 'sklearn') if name in sys.modules], file=sys.stderr)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr == "[]\n"


def test_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"ttpline {package.__version__}\n"


def test_a_mistyped_command_is_usage_and_says_what_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["clasify"]) == ExitCode.USAGE
    assert "Did you mean 'classify'" in capsys.readouterr().err


def test_an_unknown_flag_is_usage() -> None:
    assert run(["classify", "--nonsense"]) == ExitCode.USAGE


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), 2),
        (ConfigError("x"), 2),
        (CatalogueError("x"), 2),
        (MissingExtraError("a", "b"), 2),
        (TtplineError("x"), 2),
        (UnknownFormatError("x"), 3),
        (DatasetError("x"), 3),
        (LabelError("x"), 3),
        (ModelFormatError("x"), 4),
        (SinkError("x"), 5),
    ],
)
def test_every_error_has_its_exit_code(error: TtplineError, code: int) -> None:
    assert exit_code(error) == code


def test_a_message_names_place_reason_and_remedy_and_moves_no_cursor() -> None:
    error = UnknownFormatError("no \x1b[31mreader", where="a\x1b]0;x\x07.log", remedy="use --from")
    assert message(error) == "ttpline: error: a\\u001b]0;x\\u0007.log: no \\u001b[31mreader; use --from"


def test_plugins_can_be_turned_off(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from ttpline.cli._plugins import plugins_wanted

    monkeypatch.setenv("TTPLINE_NO_PLUGINS", "")
    assert plugins_wanted()
    assert run(["--no-plugins", "formats"]) == 0
    assert not plugins_wanted()
    assert "auditd" in capsys.readouterr().out
