"""Fixtures for all tests."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the repository; CI has it."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not there: real data and logs live beside the repository")
    return SHARED
