"""From probabilities to a verdict and ranked techniques."""

import numpy as np
import pytest

from ttpline.attack.catalogue import load_catalogue
from ttpline.domain.prediction import ModelRef, Prediction, Verdict
from ttpline.errors import CatalogueError, UsageError
from ttpline.models._ranking import ranking_for
from ttpline.models.base import Thresholds

LABELS = ("Normal", "T1003", "T1003.001", "T1003.008", "T1078", "T1562.001", "Z999")
REF = ModelRef("m", "sha256:0")


def predict(
    row: dict[str, float],
    labels: tuple[str, ...] = LABELS,
    space: str = "technique",
    version: str | None = None,
    top_k: int = 3,
    thresholds: Thresholds | None = None,
) -> Prediction:
    probabilities = np.array([[row.get(label, 0.0) for label in labels]], np.float32)
    ranking = ranking_for(labels, "18.1", version, space)
    ranked = ranking.rank(probabilities, top_k)
    return ranking.predictions(probabilities, ranked, None, thresholds or Thresholds(), REF)[0]


def shown(prediction: Prediction) -> list[tuple[str, str | None, float]]:
    return [(score.technique, score.subtechnique, round(score.probability, 4)) for score in prediction.techniques]


def test_a_technique_has_the_sum_of_its_labels_and_names_the_leading_child() -> None:
    found = predict({"T1003": 0.2, "T1003.001": 0.1, "T1003.008": 0.25, "T1078": 0.4, "Normal": 0.05})
    assert shown(found)[:2] == [("T1003", "T1003.008", 0.55), ("T1078", None, 0.4)]
    assert found.techniques[0].name == "OS Credential Dumping"
    assert found.techniques[0].tactics == ("credential-access",)


def test_no_child_is_named_that_does_not_lead_its_parent() -> None:
    assert shown(predict({"T1003": 0.3, "T1003.008": 0.25}))[0] == ("T1003", None, 0.55)


def test_subtechniques_are_ranked_by_themselves() -> None:
    found = predict({"T1003": 0.2, "T1003.008": 0.25, "T1078": 0.4}, space="subtechnique")
    assert shown(found) == [("T1078", None, 0.4), ("T1003", "T1003.008", 0.25), ("T1003", None, 0.2)]


def test_tactics_are_ranked_by_the_sum_of_their_techniques_and_show_the_best_one() -> None:
    found = predict({"T1003": 0.3, "T1003.008": 0.35, "T1078": 0.3}, space="tactic", top_k=9)
    assert shown(found)[0] == ("T1003", "T1003.008", 0.65)
    assert found.techniques[0].tactics == ("credential-access",)
    tactics = [score.tactics[0] for score in found.techniques]
    assert len(tactics) == len(set(tactics))
    of_t1078 = [score for score in found.techniques if score.technique == "T1078"]
    assert {score.tactics[0] for score in of_t1078} >= {"persistence", "initial-access"}


def test_normal_is_never_a_technique() -> None:
    for space in ("technique", "subtechnique", "tactic"):
        assert all(name != "Normal" for name, _, _ in shown(predict({"Normal": 1.0}, space=space, top_k=99)))


def test_z999_is_the_studys_rest_without_a_tactic() -> None:
    best = predict({"Z999": 0.9}).techniques[0]
    assert (best.technique, best.name, best.tactics) == ("Z999", "Other Low-Frequency Techniques", ())


def test_ids_are_those_of_the_version_asked_for() -> None:
    row = {"T1562.001": 0.9}
    old, new = predict(row), predict(row, version="19")
    assert shown(old)[0][:2] == ("T1562", "T1562.001")
    assert old.attack_version == load_catalogue("18").version
    assert new.attack_version == load_catalogue("19").version
    best = new.techniques[0]
    target = load_catalogue("19").technique(best.subtechnique or best.technique)
    assert target.in_use and best.tactics


@pytest.mark.parametrize(
    ("normal", "verdict", "confidence"),
    [
        (0.9, Verdict.NORMAL, 0.9),
        (0.75, Verdict.NORMAL, 0.75),
        (0.5, Verdict.UNCERTAIN, 0.5),
        (0.4, Verdict.UNCERTAIN, 0.6),
        (0.25, Verdict.ATTACK, 0.75),
        (0.0, Verdict.ATTACK, 1.0),
    ],
)
def test_the_verdict_follows_the_thresholds(normal: float, verdict: Verdict, confidence: float) -> None:
    found = predict({"Normal": normal, "T1078": 1 - normal}, thresholds=Thresholds(attack=0.75, normal=0.25))
    assert found.verdict is verdict
    assert found.confidence == pytest.approx(confidence)


def test_a_model_without_normal_never_says_normal() -> None:
    labels = ("T1003", "T1078")
    assert predict({"T1003": 0.8, "T1078": 0.2}, labels).verdict is Verdict.ATTACK
    unsure = predict({"T1003": 0.55, "T1078": 0.45}, labels, thresholds=Thresholds(attack=0.6, normal=0.5))
    assert unsure.verdict is Verdict.UNCERTAIN
    assert unsure.confidence == pytest.approx(0.55)


def test_ties_go_by_the_order_of_labels() -> None:
    assert [name for name, _, _ in shown(predict({}))] == ["T1003", "T1078", "T1562"]


@pytest.mark.parametrize("top_k", [0, 1, 3, 99])
def test_at_most_top_k_are_shown(top_k: int) -> None:
    assert len(predict({"T1003": 1.0}, top_k=top_k).techniques) == min(top_k, 4)


def test_a_row_is_ranked_as_it_is_alone() -> None:
    rows = np.random.default_rng(1).dirichlet(np.ones(len(LABELS)), 500).astype(np.float32)
    ranking = ranking_for(LABELS, "18.1", None, "technique")
    together = ranking.rank(rows, 3)
    for at in range(0, 500, 50):
        alone = ranking.rank(rows[at : at + 1], 3)
        assert (alone.probabilities == together.probabilities[at]).all()
        assert (alone.labels == together.labels[at]).all()


def test_an_unknown_label_space_or_version_is_refused() -> None:
    with pytest.raises(UsageError, match="technique, subtechnique, tactic"):
        ranking_for(LABELS, "18.1", None, "colour")
    with pytest.raises(CatalogueError, match="17"):
        ranking_for(LABELS, "18.1", "17", "technique")
    with pytest.raises(UsageError, match="top -1"):
        predict({}, top_k=-1)


@pytest.mark.parametrize(("attack", "normal"), [(0.4, 0.6), (1.1, 0.1), (0.5, -0.1)])
def test_thresholds_that_contradict_each_other_are_refused(attack: float, normal: float) -> None:
    with pytest.raises(ValueError, match="thresholds"):
        Thresholds(attack, normal)
