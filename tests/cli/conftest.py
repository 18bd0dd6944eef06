"""The real command, and a small model for it."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from ttpline.testing.small_model import small_model

Ttpline = Callable[..., subprocess.CompletedProcess[bytes]]

SECONDS = 120
"""Far beyond what any command here takes; a hang is a failure."""


@pytest.fixture(scope="session")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with a small, real model."""
    folder = tmp_path_factory.mktemp("models") / "small"
    small_model().save(folder)
    return str(folder)


@pytest.fixture(scope="session")
def executable() -> str:
    """The installed console script."""
    return str(Path(sys.executable).with_name("ttpline"))


@pytest.fixture(scope="session")
def ttpline(executable: str) -> Ttpline:
    """Run ``ttpline`` in a process of its own, as a user does; bytes in, bytes out."""

    def run(
        *arguments: str, stdin: bytes = b"", cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        environment = {**os.environ, "TERM": "dumb", **(env or {})}
        return subprocess.run(
            [executable, *arguments], input=stdin, capture_output=True, timeout=SECONDS, cwd=cwd, env=environment
        )

    return run
