"""Predictions as columns: what they say of a row, and that they survive their file."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttpline.domain.labelled import LabelledCommand
from ttpline.errors import DatasetError
from ttpline.evaluation.predictions import Predictions, predictions_of, read_predictions, row_key, write_predictions

LABELS = ("Normal", "T1003", "T1003.008", "T1033")
TRUTHS = (*LABELS, "T1059.001")  # the last is one that no model here has
SECRET = "mysql -p hunter2-of-the-test"


def rows(truths: list[str]) -> list[LabelledCommand]:
    return [
        LabelledCommand(f"{SECRET} {i}", label, f"g{i % 5}", "linux", count=1 + i % 3) for i, label in enumerate(truths)
    ]


def drawn(size: int, seed: int = 0) -> tuple[list[LabelledCommand], np.ndarray]:
    generator = np.random.default_rng(seed)
    made = rows([TRUTHS[place] for place in generator.integers(0, len(TRUTHS), size)])
    return made, generator.dirichlet(np.ones(len(LABELS)), size)


def same(one: Predictions, other: Predictions) -> bool:
    """Equal in every column, labels by name."""
    named = all(
        [one.labels[code] for code in getattr(one, name)] == [other.labels[code] for code in getattr(other, name)]
        for name in ("truth", "answer", "technique")
    )
    others = ("key", "group", "rank", "technique_rank", "probability", "confidence", "attack_probability", "count")
    return named and all(np.array_equal(getattr(one, name), getattr(other, name)) for name in others)


def test_a_row_is_ranked_among_all_labels_and_among_techniques() -> None:
    made = [LabelledCommand("a", "T1033", "g"), LabelledCommand("b", "Normal", "g"), LabelledCommand("c", "T1059", "g")]
    keys = [1, 2, 3]
    found = predictions_of(made, np.array([[0.5, 0.1, 0.15, 0.25]] * 3), LABELS, keys=keys)
    names = [[found.labels[code] for code in column] for column in (found.truth, found.answer, found.technique)]
    assert names == [["T1033", "Normal", "T1059"], ["Normal"] * 3, ["T1003"] * 3]
    # T1003 and its sub-technique make 0.25, as much as T1033, and come first
    assert (found.rank.tolist(), found.technique_rank.tolist()) == ([3, 1, 0], [2, 0, 0])
    assert found.probability.tolist() == [0.25, 0.5, 0.0]
    assert found.confidence.tolist() == found.attack_probability.tolist() == [0.5, 0.5, 0.5]
    assert found.is_attack.tolist() == [True, False, True]


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 60), st.integers(0, 1000))
def test_the_order_of_the_rows_changes_nothing(size: int, seed: int) -> None:
    made, probabilities = drawn(size, seed)
    order = np.random.default_rng(seed).permutation(size)
    one = predictions_of(made, probabilities, LABELS)
    other = predictions_of([made[place] for place in order], probabilities[order], LABELS)
    assert write_predictions(one) == write_predictions(other)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 60), st.integers(0, 1000))
def test_predictions_survive_their_file(size: int, seed: int) -> None:
    one = predictions_of(*drawn(size, seed), LABELS)
    assert same(read_predictions(write_predictions(one)), one)


def test_the_file_holds_no_command() -> None:
    raw = write_predictions(predictions_of(*drawn(50), LABELS))
    assert b"mysql" not in raw and b"hunter2" not in raw
    import io

    import polars as pl

    assert not any("mysql" in str(cell) for row in pl.read_parquet(io.BytesIO(raw)).iter_rows() for cell in row)


def test_the_key_is_of_command_label_and_platform() -> None:
    row = LabelledCommand("id", "T1033", "g", "linux")
    others = [
        LabelledCommand("id -u", "T1033", "g", "linux"),
        LabelledCommand("id", "T1082", "g", "linux"),
        LabelledCommand("id", "T1033", "g", "macos"),
        LabelledCommand("id", "T1033", "g"),
    ]
    assert len({row_key(row), *map(row_key, others)}) == 5
    assert row_key(LabelledCommand("\udc80", "T1033", "g")) > 0  # undecodable bytes have a key too


def test_a_damaged_file_is_named_and_never_used() -> None:
    import io

    import polars as pl

    raw = write_predictions(predictions_of(*drawn(30), LABELS))
    for damaged in (b"", b"PAR1", raw[: len(raw) // 2], raw[:40] + b"\x00" * 40 + raw[80:]):
        with pytest.raises(DatasetError, match="run/predictions"):
            read_predictions(damaged, "run/predictions.parquet")
    frame = pl.read_parquet(io.BytesIO(raw))
    for wrong, reason in (
        (frame.drop("key"), "columns"),
        (frame.with_columns(pl.lit(0.0).alias("count")), "count is not above 0"),
        (frame.with_columns(pl.lit(float("nan")).alias("confidence")), "impossible"),
        (pl.concat([frame, frame]).sort("key"), "twice"),
        (frame.head(0), "0 rows"),
        (frame.with_columns(pl.lit(None, pl.String).alias("truth")), "empty"),
    ):
        buffer = io.BytesIO()
        wrong.write_parquet(buffer)
        with pytest.raises(DatasetError, match=reason):
            read_predictions(buffer.getvalue())
