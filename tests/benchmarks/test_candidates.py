"""The comparison of candidates for the built-in model, its parts on the samples and on made-up rows."""

import importlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from ttpline.datasets.dataset import make_dataset
from ttpline.datasets.load import load_csvs
from ttpline.datasets.near_duplicates import inseparable
from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.prediction import NORMAL
from ttpline.models._hybrid_params import HybridParams

PARAMS = HybridParams(char_max_features=500, meaning_min_df=1)


@pytest.fixture(scope="module", autouse=True)
def importable(root: Path) -> Iterator[None]:
    """``benchmarks`` and ``scripts`` stand beside ``src`` and are not installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(root))
        yield


def module(name: str) -> ModuleType:
    return importlib.import_module(f"benchmarks.{name}")


@pytest.fixture(scope="module")
def attacks(root: Path) -> list[LabelledCommand]:
    """Rows of the samples that are attacks, under their techniques."""
    rows = load_csvs([root / "samples" / "commands.csv"]).rows
    return [replace(row, label=row.label.partition(".")[0]) for row in rows if row.label != NORMAL]


@pytest.fixture(scope="module")
def split(importable: None, attacks: list[LabelledCommand]) -> tuple[list[Any], list[Any]]:
    """Samples to learn from and to be asked of, every third."""
    samples = module("_candidates.sample").understood(attacks).samples
    return [one for at, one in enumerate(samples) if at % 3], samples[::3]


def makers() -> list[tuple[str, Any]]:
    linear, trees = "_candidates.linear", "_candidates.trees"
    return [
        ("knowledge", lambda: module("_candidates.families").KnowledgeAlone()),
        ("svm", lambda: module(linear).LinearSvm("svm", module(linear).Reads(), PARAMS)),
        ("no text", lambda: module(linear).LinearSvm("no text", module(linear).Reads(text=False), PARAMS)),
        ("multinomial", lambda: module(linear).Multinomial("multinomial", PARAMS, 10.0, 0.8)),
        ("extra trees", lambda: module(trees).Trees("extra trees", "extra", 50)),
        ("neighbours", lambda: module("_candidates.neighbours").Neighbours(PARAMS)),
        ("stacked", lambda: module("_candidates.stacked").Stacked(PARAMS)),
    ]


def right(candidate: Any, samples: Sequence[Any]) -> float:
    best = candidate.scores(samples).argmax(axis=1)
    return float(np.mean([candidate.labels[at] == one.label for at, one in zip(best, samples, strict=True)]))


@pytest.mark.parametrize(("name", "make"), makers(), ids=[name for name, _ in makers()])
def test_a_candidate_is_better_than_the_commonest_answer(
    name: str, make: Any, split: tuple[list[Any], list[Any]]
) -> None:
    train, test = split
    candidate = make()
    candidate.fit(train, 1)
    labels = [one.label for one in test]
    commonest = max(labels.count(label) for label in set(labels)) / len(labels)
    assert right(candidate, test) > 2 * commonest
    again = make()
    again.fit(train, 1)
    assert np.array_equal(candidate.scores(test), again.scores(test))


def test_the_stack_can_answer_a_technique_that_only_the_knowledge_knows(split: tuple[list[Any], list[Any]]) -> None:
    train, test = split
    wanted = next(one for one in test if one.order[:1] == (one.label,))
    stacked = module("_candidates.stacked").Stacked(PARAMS)
    stacked.fit([one for one in train if one.label != wanted.label], 1)
    ranked = np.argsort(-stacked.scores([wanted])[0], kind="stable")[:10]
    assert wanted.label in [stacked.labels[at] for at in ranked]


def test_other_authors_are_tested_by_what_is_not_tied_to_them(attacks: list[LabelledCommand]) -> None:
    own = [replace(row, origin="first", group=f"own {at}") for at, row in enumerate(attacks)]
    others = [replace(row, origin="other", platform="other", group=f"other {at}") for at, row in enumerate(attacks[:5])]
    dataset = make_dataset("made up", [*own, *others], attack_version="18.1")
    across = next(task for task in module("candidates").tasks(dataset) if task.name == "other authors")
    (fold,) = across.split.folds
    ties = inseparable(across.rows)
    assert {across.rows[at].origin for at in fold.test} == {"other"} and len(fold.test) == 5
    assert not set(ties[fold.train]) & set(ties[fold.test])
    assert len(fold.left_out) >= 5


def test_the_page_has_the_tables_of_the_results(root: Path) -> None:
    tables = module("_candidates.tables")
    report = json.loads((root / "benchmarks" / "results" / "candidates.json").read_text(encoding="utf-8"))
    page = (root / "docs" / "model_candidates.md").read_text(encoding="utf-8")
    assert tables.put_between_markers(page, tables.render(report)) == page


def test_runs_of_the_same_data_and_knowledge_are_put_together() -> None:
    candidates = module("candidates")
    first = candidates.BASELINE

    def report(split: str, *names: str) -> dict[str, Any]:
        found = [{"name": name, "figures": {"by": split}} for name in names]
        return {"encoder": None, "splits": {split: {"rows": 1, "candidates": found}}}

    last, new = report("folds", first, "z"), report("folds", first, "a")
    together = candidates._together(last, new)["splits"]["folds"]["candidates"]
    assert [one["name"] for one in together] == [first, "a", "z"]
    both = candidates._together(report("group-only", first), new)["splits"]
    assert list(both) == ["folds", "group-only"]
