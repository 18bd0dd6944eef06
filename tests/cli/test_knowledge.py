"""``ttpline knowledge``: a detection engineer's way to check and to look up what is known."""

from pathlib import Path

import pytest
from tests.cli.conftest import Ttpline

GOOD = """
programs:
- names: [acmectl]
  platform: linux
  for: steers the acme cluster
  is: [admin]
  uses:
  - when: dump-secrets
    does: prints every secret of the cluster
    means: [reads-secrets]
    speaks: {T1552.001: 3}
    suspicion: 2
  examples:
  - acmectl dump-secrets: T1552
  - acmectl status: ~
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    file = tmp_path / "mine.yaml"
    file.write_text(GOOD)
    return file


def test_a_good_file_passes_and_says_how_much_it_holds(ttpline: Ttpline, mine: Path) -> None:
    done = ttpline("knowledge", "test", str(mine))
    assert done.returncode == 0, done.stderr.decode()
    assert "1 programs with 1 uses" in done.stderr.decode()
    assert "0 fail, 0 entries without example" in done.stderr.decode()


def test_an_example_that_does_not_hold_is_shown_with_what_was_said(ttpline: Ttpline, mine: Path) -> None:
    mine.write_text(GOOD.replace("acmectl dump-secrets: T1552", "acmectl dump-secrets: T1003"))
    done = ttpline("knowledge", "test", str(mine))
    assert done.returncode == 1
    assert "expected T1003, said T1552.001 3" in done.stdout.decode()


def test_an_entry_without_example_is_named(ttpline: Ttpline, mine: Path) -> None:
    mine.write_text(GOOD.replace("  - acmectl dump-secrets: T1552\n", ""))
    done = ttpline("knowledge", "test", str(mine))
    assert done.returncode == 1
    assert "no example reaches: acmectl@linux dump-secrets" in done.stdout.decode()


def test_a_mistake_is_bad_usage_with_file_and_entry(ttpline: Ttpline, mine: Path) -> None:
    mine.write_text(GOOD.replace("T1552.001", "T1552.999"))
    done = ttpline("knowledge", "test", str(mine))
    assert done.returncode == 2
    assert "mine.yaml, acmectl" in done.stderr.decode()


def test_no_file_is_bad_usage(ttpline: Ttpline) -> None:
    assert ttpline("knowledge", "test").returncode == 2


def test_a_program_and_a_technique_are_shown(ttpline: Ttpline) -> None:
    shown = ttpline("knowledge", "show", "schtasks")
    assert shown.returncode == 0
    assert "/create" in shown.stdout.decode()
    assert "T1053.005 +3" in shown.stdout.decode()
    by_technique = ttpline("knowledge", "show", "T1053.005")
    assert "schtasks" in by_technique.stdout.decode()


def test_an_unknown_name_is_bad_usage(ttpline: Ttpline) -> None:
    done = ttpline("knowledge", "show", "nosuchprogram")
    assert done.returncode == 2
    assert "nothing is known" in done.stderr.decode()
