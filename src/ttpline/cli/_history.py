"""Lines typed at a prompt: edited, remembered and searched by readline, where there is one.

Why no prompt_toolkit: arrow keys, Ctrl-R and bracketed paste are all that a prompt for single lines needs, and the
standard library's readline has them. Where it is missing (Windows, whose console edits lines itself), lines are read
without a kept history.
"""

import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

VARIABLE = "TTPLINE_HISTORY"
KEPT_LINES = 5_000


def history_path(environ: Mapping[str, str], home: Path) -> Path | None:
    """Where typed lines are kept; None where they are not, because ``TTPLINE_HISTORY`` is there and empty.

    >>> history_path({}, Path("/home/a")).as_posix(), history_path({"TTPLINE_HISTORY": ""}, Path("/home/a"))
    ('/home/a/.local/state/ttpline/history', None)
    """
    if VARIABLE in environ:
        return Path(environ[VARIABLE]) if environ[VARIABLE] else None
    state = Path(environ.get("XDG_STATE_HOME", ""))
    return (state if state.is_absolute() else home / ".local" / "state") / "ttpline" / "history"


class TypedLines:
    """``read`` gives what was typed up to Enter: one line, or several that were pasted at once."""

    def __init__(self, history: Path | None) -> None:
        self._readline: Any = None
        self._history: Path | None = None
        if hasattr(sys.stdin, "reconfigure"):
            sys.stdin.reconfigure(errors="surrogateescape")  # a byte that is not UTF-8 is part of the command
        try:
            import readline
        except ImportError:
            return
        self._readline = readline
        readline.set_auto_history(False)
        readline.set_history_length(KEPT_LINES)
        if "libedit" in (readline.__doc__ or ""):
            readline.parse_and_bind("bind ^I ed-insert")
        else:
            readline.parse_and_bind("tab: self-insert")  # a pasted tab is a tab
            readline.parse_and_bind("set enable-bracketed-paste on")
        if history is not None:
            self._open(history)

    def _open(self, path: Path) -> None:
        """Only the user may read what was typed; a file that cannot be kept so is not used, with a word."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NONBLOCK", 0), 0o600)
            try:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise OSError(0, "it is no plain file")
                os.fchmod(handle, 0o600)
            finally:
                os.close(handle)
            self._readline.read_history_file(path)
            self._history = path
        except OSError as error:
            self._complain(path, error)

    def read(self, prompt: str) -> str:
        """``EOFError`` for Ctrl-D on an empty line, ``KeyboardInterrupt`` for Ctrl-C, which forgets the line."""
        typed = input(prompt)
        for line in filter(str.strip, typed.split("\n")):
            self._remember(line)
        return typed

    def _remember(self, line: str) -> None:
        readline = self._readline
        if readline is None:
            return
        last = readline.get_current_history_length()
        if last and readline.get_history_item(last) == line:
            return
        readline.add_history(line)
        if self._history is not None:
            try:
                readline.append_history_file(1, self._history)
            except OSError as error:
                self._complain(self._history, error)
                self._history = None

    @staticmethod
    def _complain(path: Path, error: OSError) -> None:
        from ttpline.domain.printable import printable

        print(printable(f"ttpline: {path}: no history is kept: {error.strerror or error}"), file=sys.stderr)
