"""Evidence becomes sentences that say what a part does and how strongly it speaks."""

import pytest

from ttpline.domain.prediction import NORMAL, Evidence
from ttpline.explain.explanation import Share
from ttpline.explain.meaning import FactMeaning
from ttpline.explain.reasons import MOST_DIFFERENCES, Reasons

TASK = FactMeaning(
    "use",
    "schtasks@windows /create",
    (0, 16),
    "schtasks /create",
    "creates a scheduled task",
    "`schtasks /create` creates a scheduled task",
    {"T1053.005": 3},
    2,
)
SEMANTIC = Evidence("semantic", (0, 16), "schtasks /create", "creates a scheduled task", 5.0)
TEXT = Evidence("text", (0, 8), "schtasks", "anything", 0.6)
REASONS = Reasons([TASK], "18.1")


def test_a_fact_is_told_with_what_it_speaks_for() -> None:
    [reason] = REASONS.of([SEMANTIC], "T1053.005")
    assert reason.sentence == (
        "`schtasks /create` creates a scheduled task: "
        "speaks strongly for Scheduled Task/Job: Scheduled Task (T1053.005)"
    )
    assert reason.entry == "schtasks@windows /create"
    assert (reason.span, reason.weight) == ((0, 16), 5.0)


def test_words_are_told_as_seen_in_the_training_data() -> None:
    [reason] = REASONS.of([TEXT], "T1053.005")
    assert reason.sentence.startswith("text like `schtasks` was seen with this technique in the training data: ")
    assert reason.entry is None
    [reason] = REASONS.of([TEXT], NORMAL)
    assert reason.sentence == (
        "text like `schtasks` was seen with ordinary commands in the training data: speaks for ordinary work"
    )


def test_what_no_entry_explains_is_told_as_the_model_says_it() -> None:
    [reason] = REASONS.of([Evidence("rule", (0, 2), "id", "is what somebody's plugin knows", 1.0)], "T1033")
    assert reason.sentence.startswith("`id` is what somebody's plugin knows: speaks for ")


@pytest.mark.parametrize(
    ("weight", "strength"),
    [(2.0, "strongly for"), (1.99, "for"), (0.5, "for"), (0.49, "weakly for"), (-3.0, "against")],
)
def test_the_weight_decides_the_word(weight: float, strength: str) -> None:
    [reason] = REASONS.of([Evidence("text", (0, 1), "a", "", weight)], "T1033")
    assert reason.sentence.endswith(f"speaks {strength} System Owner/User Discovery (T1033)")


def test_two_techniques_are_told_apart_by_what_differs_most() -> None:
    other = Evidence("text", (0, 8), "schtasks", "another label's words", 1.1)
    same = Evidence("rule", (0, 4), "scht", "is in both", 3.0)
    found = REASONS.between("T1053.005", "T1036", [SEMANTIC, TEXT, same], [other, same])
    assert [(reason.text, round(reason.weight, 6)) for reason in found] == [
        ("schtasks /create", 5.0),
        ("schtasks", -0.5),
    ]
    assert found[0].sentence.endswith(": speaks much more for T1053.005 than for T1036")
    assert found[1].sentence == "text like `schtasks`: speaks more for T1036 than for T1053.005"


def test_shares_that_differ_hardly_separate_nothing() -> None:
    shares = [Share(at, at + 1, "a", weight) for at, weight in enumerate((0.01, 3.0, -0.2, 0.0, 0.6, 0.7))]
    found = REASONS.between_shares("T1", "T2", shares)
    assert [reason.weight for reason in found] == [3.0, 0.7, 0.6]
    assert len(found) == MOST_DIFFERENCES


def test_nothing_in_a_sentence_acts_on_a_terminal() -> None:
    [reason] = REASONS.of([Evidence("text", (0, 5), "\x1b[2J\u202e" * 50, "\x1b", 1.0)], "T1033")
    assert not {"\x1b", "\u202e"} & set(reason.sentence)
    assert len(reason.sentence) < 1_000
