"""What is different when a person looks at a terminal."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="pseudo-terminals are POSIX")


def on_terminal(
    command: list[str], stdin: bytes | None = None, env: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Exit code and everything shown on a terminal of 100 columns; without ``stdin`` the keyboard is the input."""
    parent, child = pty.openpty()
    environment = {**os.environ, "COLUMNS": "100", "TERM": "xterm-256color", **(env or {})}
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE if stdin is not None else child,
        stdout=child,
        stderr=child,
        env=environment,
    )
    os.close(child)
    if process.stdin is not None:
        process.stdin.write(stdin or b"")
        process.stdin.close()
    shown = b""
    try:
        while piece := os.read(parent, 65_536):
            shown += piece
    except OSError:  # how Linux says that the last writer is gone
        pass
    os.close(parent)
    return process.wait(timeout=60), shown.decode()


def test_the_default_on_a_terminal_is_the_table_in_colour(executable: str, model_dir: str) -> None:
    command = [executable, "classify", "--from", "text", "--model", model_dir]
    code, shown = on_terminal(command, b"cat /etc/shadow\n", {"NO_COLOR": ""})
    assert code == 0
    assert "ATTACK" in shown and "\x1b[" in shown
    assert shown.splitlines()[-1].startswith("read 1 events (0 skipped)")


def test_no_color_is_honoured(executable: str, model_dir: str) -> None:
    command = [executable, "classify", "--from", "text", "--model", model_dir]
    _, shown = on_terminal(command, b"cat /etc/shadow\n", {"NO_COLOR": "1"})
    assert "ATTACK" in shown
    assert "\x1b[31m" not in shown and "\x1b[1;31" not in shown


def test_without_input_on_a_terminal_there_is_a_hint_and_no_waiting(executable: str) -> None:
    code, shown = on_terminal([executable, "classify"])
    assert code == 2
    assert "there is no input; name a file or folder, or pipe something in" in shown


def test_a_log_cannot_act_on_the_terminal(executable: str, model_dir: str) -> None:
    command = [executable, "classify", "--from", "text", "--model", model_dir]
    _, shown = on_terminal(command, b"cat /etc/shadow \x1b]0;owned\x07\x1b[2J\n", {"NO_COLOR": ""})
    assert "\x1b]0" not in shown and "\x1b[2J" not in shown
    assert "\\u001b]0;owned\\u0007" in shown.replace("\r\n", "").replace(" ", "") or "\\u001b]0" in shown


def test_a_large_input_has_a_progress_bar_only_on_a_terminal(executable: str, tmp_path: Path) -> None:
    log = tmp_path / "large.txt"
    log.write_bytes((b"ls " + b"/srv/www/shop" * 30 + b"\n") * 90_000)
    command = [executable, "ingest", "--from", "text", str(log), "--to", f"jsonl:{tmp_path / 'out'}"]
    _, shown = on_terminal(command)
    assert "reading" in shown and "MB" in shown
    piped = subprocess.run(command, capture_output=True, timeout=60, check=True)
    assert piped.stderr.startswith(b"read 90000 events")
