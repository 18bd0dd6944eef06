"""Somebody at a terminal: a real pseudo-terminal with a program in its foreground."""

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

pty = pytest.importorskip("pty", reason="pseudo-terminals are POSIX")
_OWN_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)
"""The program must own its terminal, so that Ctrl-C there is a signal to it."""
_SEQUENCE = re.compile(r"\x1b\[[?0-9;]*[A-Za-z]|\x1b[=>]")
SECONDS = 60.0

CTRL_C, CTRL_D, CTRL_R, UP, ENTER = "\x03", "\x04", "\x12", "\x1b[A", "\r"
PASTE, END_OF_PASTE = "\x1b[200~", "\x1b[201~"


def _sleep_of(state: Path) -> tuple[str, ...] | None:
    """The processor time used so far by a process that sleeps, None for one that does not (proc_pid_stat(5))."""
    fields = state.read_text().rpartition(")")[2].split()
    return tuple(fields[11:13]) if fields[0] == "S" else None


class Typist:
    """Types to a program and waits for what it shows; ``raw`` is everything shown, ``shown`` without sequences."""

    def __init__(self, command: list[str], env: Mapping[str, str]) -> None:
        self._parent, child = pty.openpty()
        self._program = subprocess.Popen(
            [sys.executable, "-c", _OWN_TERMINAL, *command],
            stdin=child,
            stdout=child,
            stderr=child,
            env={**os.environ, "COLUMNS": "100", "TERM": "xterm-256color", "INPUTRC": os.devnull, **env},
            start_new_session=True,
        )
        os.close(child)
        self.raw = ""
        self._read_to = 0

    @property
    def shown(self) -> str:
        return _SEQUENCE.sub("", self.raw).replace("\r", "")

    def press(self, text: str) -> None:
        os.write(self._parent, text.encode(errors="surrogateescape"))

    def interrupt(self) -> None:
        """Press Ctrl-C, as people do, while the program waits for them.

        CPython's readline looks for signals only where it waits for a key: one that comes between a key's echo and
        that wait is seen at the next key.
        """
        deadline = time.monotonic() + SECONDS
        while not self._is_waiting():
            assert time.monotonic() < deadline, "the program never waits for a key"
            time.sleep(0.01)
        self.press(CTRL_C)

    def _is_waiting(self) -> bool:
        """Whether the program sleeps twice in a row; where this cannot be told, after a pause that is long enough."""
        state = Path(f"/proc/{self._program.pid}/stat")
        if not state.exists():
            time.sleep(1.0)
            return True
        first = _sleep_of(state)
        time.sleep(0.05)
        return first is not None and first == _sleep_of(state)

    def expect(self, text: str) -> str:
        """Wait until ``text`` is shown after what was expected before; gives what came up to it."""
        deadline = time.monotonic() + SECONDS
        while (at := self.shown.find(text, self._read_to)) < 0:
            assert time.monotonic() < deadline and self._more(), f"{text!r} is not in {self.shown[self._read_to :]!r}"
        came = self.shown[self._read_to : at]
        self._read_to = at + len(text)
        return came

    def _more(self) -> bool:
        """Whether there is more to read, now or within a second."""
        ready, _, _ = select.select([self._parent], [], [], 1.0)
        if not ready:
            return self._program.poll() is None
        try:
            piece = os.read(self._parent, 65_536)
        except OSError:  # how Linux says that the last writer is gone
            return False
        self.raw += piece.decode(errors="replace")
        return bool(piece)

    def left(self) -> int:
        """Wait for the end; its exit code."""
        while self._more():
            pass
        return self._program.wait(timeout=SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._program.poll() is None:
            self._program.kill()
            self._program.wait()
        os.close(self._parent)
