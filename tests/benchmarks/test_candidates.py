"""The comparison of candidates for the built-in model, its parts on the samples and on made-up rows."""

import importlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ttpline.datasets.dataset import make_dataset
from ttpline.datasets.load import load_csvs
from ttpline.datasets.near_duplicates import inseparable
from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.prediction import NORMAL
from ttpline.models._hybrid_params import HybridParams
from ttpline.models.hybrid import Hybrid

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


def test_examples_are_learned_from_as_well(split: tuple[list[Any], list[Any]]) -> None:
    families, (train, test) = module("_candidates.families"), split
    wanted = test[0]
    example = replace(wanted.row, group="example", count=0.3)
    known = []
    for more in ([], [example]):
        family = families.Family("hybrid", lambda: Hybrid(PARAMS), more)
        family.fit([one for one in train if one.label != wanted.label], 1)
        known.append(wanted.label in family.labels)
    assert known == [False, True]


def made_up_encoder() -> tuple[Any, Any, Any]:
    """A table of words in place of the language model, tokens from the characters of words."""
    torch: Any = pytest.importorskip("torch")
    pytest.importorskip("sympy", reason="torch's optimisers need it, and it is not locked with torch")

    class Model(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.table = torch.nn.Embedding(1_000, 64)

        def get_input_embeddings(self) -> Any:
            return self.table

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            return SimpleNamespace(last_hidden_state=self.table(input_ids))

    def tokeniser(texts: list[str], truncation: bool, max_length: int) -> dict[str, list[list[int]]]:
        return {"input_ids": [[1, *(sum(word.encode()) % 1_000 for word in text.split())] for text in texts]}

    return torch, tokeniser, Model()


@pytest.mark.parametrize("beside", [False, True])
def test_a_fine_tuned_encoder_ranks_alone_and_beside_the_hybrid(
    beside: bool, split: tuple[list[Any], list[Any]]
) -> None:
    fine_tuned, (train, test) = module("_candidates.fine_tuned"), split
    recipe = fine_tuned.Recipe(epochs=20, rate=1e-2, head_rate=1e-2)
    made = [
        fine_tuned.FineTuned("tuned", fine_tuned.Tuner(recipe, made_up_encoder), PARAMS, beside=beside)
        for _ in range(2)
    ]
    for one in made:
        one.fit(train, 1)
    assert right(made[0], train) > 0.8
    assert np.array_equal(made[0].scores(test), made[1].scores(test))


def test_two_candidates_share_a_fine_tuning_and_state_its_time(split: tuple[list[Any], list[Any]]) -> None:
    fine_tuned, (train, _) = module("_candidates.fine_tuned"), split
    tuner = fine_tuned.Tuner(fine_tuned.Recipe(epochs=1), made_up_encoder)
    first, second = (fine_tuned.FineTuned("tuned", tuner, PARAMS, beside=False) for _ in range(2))
    first.fit(train, 1)
    second.fit(train, 1)
    assert tuner.tuned(train, 1) is tuner.tuned(list(train), 1)
    assert first.shared_fit_s < second.shared_fit_s <= tuner.tuned(train, 1).seconds
    assert tuner.tuned(train, 2) is not tuner.tuned(train, 1)


def test_batches_have_every_place_once_an_epoch(importable: None) -> None:
    batches = module("_candidates.fine_tuned").batches
    lengths = [at % 7 for at in range(100)]
    found = list(batches(lengths, 8, 2, 1))
    places = np.concatenate(found)
    assert sorted(places[:100].tolist()) == sorted(places[100:].tolist()) == list(range(100))
    assert max(len(batch) for batch in found) == 8
    spread = [max(lengths[at] for at in batch) - min(lengths[at] for at in batch) for batch in found]
    assert np.mean(spread) < 2
    assert [batch.tolist() for batch in batches(lengths, 8, 2, 1)] == [batch.tolist() for batch in found]


def test_scores_are_standardised_over_the_labels() -> None:
    standardised = module("_candidates.fine_tuned").standardised
    found = standardised(np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0], [5.0, 5.0, 5.0]]))
    assert np.allclose(found[0], found[1])
    assert np.allclose(found.mean(axis=1), 0) and np.allclose(found[2], 0)


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
