"""How far an answer can be trusted is said plainly."""

from dataclasses import replace

import pytest

from ttpline.commands.normalise import SCORED_CHARACTERS
from ttpline.commands.understand import Understander
from ttpline.domain.prediction import Verdict
from ttpline.explain.explain import explain
from ttpline.models.base import Thresholds
from ttpline.models.hybrid import Hybrid
from ttpline.testing.fixed_classifier import FixedClassifier
from ttpline.testing.small_model import small_model


def notes_of(command: str, model: FixedClassifier, knowledge: Understander) -> str:
    return "\n".join(explain(command, model, understander=knowledge).notes)


def test_nothing_is_added_where_all_is_well(fixed: FixedClassifier, small_knowledge: Understander) -> None:
    assert notes_of("cat /etc/shadow", fixed, small_knowledge) == ""


def test_an_uncertain_verdict_is_said_to_be_none() -> None:
    model = small_model()
    model.thresholds = Thresholds(attack=1.0, normal=0.0)
    explanation = explain("cat /etc/shadow", model)
    assert explanation.prediction.verdict is Verdict.UNCERTAIN
    assert explanation.notes[0] == (
        "The model is not sure whether this is an attack; the likeliest technique is "
        "OS Credential Dumping: /etc/passwd and /etc/shadow (T1003.008). A person should look at it."
    )


def test_techniques_of_ordinary_work_are_not_findings(hybrid: Hybrid) -> None:
    explanation = explain("git status", hybrid)
    assert explanation.prediction.verdict is Verdict.NORMAL
    assert explanation.notes[0].startswith("The model takes this for ordinary work; ")


def test_a_command_that_nothing_is_known_of_says_so(fixed: FixedClassifier, small_knowledge: Understander) -> None:
    said = notes_of("frobnicate --all", fixed, small_knowledge)
    assert "The knowledge has no entry for `frobnicate`." in said
    assert "No entry of the knowledge holds for this command." in said


def test_an_answer_from_the_text_alone_says_what_it_resembles(small_knowledge: Understander) -> None:
    model = FixedClassifier({"frob": ("T1105", "Ingress Tool Transfer", "command-and-control", 0.9)})
    said = notes_of("frobnicate --all", model, small_knowledge)
    assert (
        "No entry of the knowledge holds for this command; the text resembles Ingress Tool Transfer (T1105): `frob`."
        in said
    )


def test_a_command_unlike_anything_says_so(hybrid: Hybrid, small_knowledge: Understander) -> None:
    said = explain("zzqx vvwk", hybrid).notes
    assert any("no part of its text speaks clearly for a technique" in note for note in said)


def test_an_answer_that_no_entry_speaks_for_says_so(small_knowledge: Understander) -> None:
    model = FixedClassifier({"cat": ("T1105", "Ingress Tool Transfer", "command-and-control", 0.9)})
    said = notes_of("cat /etc/shadow", model, small_knowledge)
    assert "No entry of the knowledge speaks for Ingress Tool Transfer (T1105); the text resembles" in said
    assert "The knowledge alone would say OS Credential Dumping: /etc/passwd and /etc/shadow (T1003.008)." in said


def test_a_model_that_does_not_decode_says_so(fixed: FixedClassifier, hybrid: Hybrid) -> None:
    command = "powershell -enc dwBoAG8AYQBtAGkA"
    said = "This model reads the text as it is written: what was decoded does not count for its answer."
    assert said in explain(command, fixed).notes
    assert said not in explain(command, hybrid).notes


@pytest.mark.parametrize(
    ("command", "note"),
    [
        ("cat 'a", "A quote or bracket is left open"),
        ("cat a " * SCORED_CHARACTERS, f"Only the first {SCORED_CHARACTERS:,} characters"),
        ("c''at a;" * 8_000, "The decoding met a bound"),
    ],
)
def test_what_was_not_read_is_told(
    command: str, note: str, fixed: FixedClassifier, small_knowledge: Understander
) -> None:
    assert note in notes_of(command, fixed, small_knowledge)


def test_many_unknown_programs_are_counted(fixed: FixedClassifier, small_knowledge: Understander) -> None:
    said = notes_of(" ; ".join(f"frob{at}x" for at in range(9)), fixed, small_knowledge)
    assert "and 4 more." in said


def test_the_verdict_of_a_model_is_not_changed_by_notes(fixed: FixedClassifier) -> None:
    explanation = explain("cat /etc/shadow", fixed)
    assert replace(explanation, notes=()).prediction == fixed.predict(["cat /etc/shadow"])[0]
