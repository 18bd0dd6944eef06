"""Occlusion: what the words of a command weigh, as taking them away shows."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed: pip install 'ttpline[deep]'")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: pip install 'ttpline[deep]'")

from tests.models.lstm_samples import commands, fitted

from ttpline.errors import UnknownLabelError
from ttpline.models.lstm import Lstm

UNHEARD = "unheardofword"


@pytest.fixture(scope="module")
def model() -> Lstm:
    return fitted(epochs=8, patience=8)


def log_odds(model: Lstm, command: str, label: str) -> float:
    probabilities = model.probabilities([command])[0].astype(np.float64)
    share = probabilities[model.labels.index(label)]
    return float(np.log(share / (1 - share)))


def test_a_weight_is_how_far_the_log_odds_fall_without_the_word(model: Lstm) -> None:
    command = "cat /etc/shadow"
    parts = model.evidence(command, ["T1003.008"])[0]
    assert parts
    for part in parts:
        start, end = part.span
        without = command[:start] + UNHEARD + command[end:]
        fall = log_odds(model, command, "T1003.008") - log_odds(model, without, "T1003.008")
        assert part.weight == pytest.approx(fall, abs=1e-3)
        assert part.text in part.why


def test_what_tells_the_technique_is_named_first(model: Lstm) -> None:
    assert model.evidence("nmap -sV 198.51.100.4", ["T1046"])[0][0].text in ("nmap", "sV")
    assert model.evidence("cat /etc/shadow", ["T1003.008"])[0][0].text == "shadow"


def test_unknown_words_and_words_behind_the_end_are_no_evidence(model: Lstm) -> None:
    assert model.evidence(f"{UNHEARD} {UNHEARD}", model.labels) == [()] * len(model.labels)
    read = f"{UNHEARD} " * model.params.length
    assert model.evidence(f"{read} cat /etc/shadow", ["T1003.008"]) == [()]
    assert model.evidence("", ["T1046"]) == [()]


def test_many_commands_at_once_get_the_evidence_of_each_alone(model: Lstm) -> None:
    texts = [command for command, _ in commands(60, seed=8)] + ["", "İstanbul cat /etc/shadow", "\udcff nmap"]
    labels = np.tile(np.array([[0, 2]], np.intp), (len(texts), 1))
    together = model.evidence_of(texts, labels)
    assert together == [model.evidence(text, [model.labels[0], model.labels[2]]) for text in texts]


def test_temperature_scales_the_evidence_too() -> None:
    model = fitted(epochs=2)
    model.temperature = 4.0
    part = model.evidence("cat /etc/shadow", ["T1003.008"])[0][0]
    without = "cat /etc/shadow".replace(part.text, UNHEARD)
    fall = log_odds(model, "cat /etc/shadow", "T1003.008") - log_odds(model, without, "T1003.008")
    assert part.weight == pytest.approx(fall, abs=1e-3)


def test_a_label_that_was_never_trained_is_refused(model: Lstm) -> None:
    with pytest.raises(UnknownLabelError):
        model.evidence("id", ["T9999"])
