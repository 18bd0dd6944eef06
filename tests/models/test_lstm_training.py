"""Training of ``lstm``: reproducible, resumable, stopped early, and clear about what it cannot learn from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed: pip install 'ttpline[deep]'")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: pip install 'ttpline[deep]'")

from tests.models.lstm_samples import SEED, SMALL, commands, fitted, labelled

from ttpline.domain.labelled import LabelledCommand
from ttpline.errors import DatasetError, ModelError, ModelFormatError
from ttpline.models._lstm_checkpoint import CHECKPOINT_FILE, Epoch
from ttpline.models._lstm_data import hold_back, prepare
from ttpline.models._lstm_training import fit_lstm
from ttpline.models.lstm import Lstm


class Stopped(Exception):
    """The machine is switched off."""


def assert_same_weights(one: Lstm, other: Lstm) -> None:
    for name, array in one.arrays().items():
        np.testing.assert_array_equal(array, other.arrays()[name], err_msg=name)


def test_two_trainings_give_the_same_bits() -> None:
    assert_same_weights(fitted(), fitted())


def test_another_seed_gives_other_weights() -> None:
    assert (fitted().arrays()["dense"] != fitted(seed=SEED + 1).arrays()["dense"]).any()


def test_it_learns_what_there_is_to_learn() -> None:
    model = fitted(epochs=12, patience=12)
    losses = [epoch["loss"] for epoch in model.manifest["training"]["epochs"]]
    assert losses[-1] < 0.2 * losses[0]
    unseen = commands(200, seed=99)
    best = model.probabilities([command for command, _ in unseen]).argmax(axis=1)
    right = [model.labels[at] == label for at, (_, label) in zip(best.tolist(), unseen, strict=True)]
    assert np.mean(right) > 0.8


def test_a_run_stopped_after_any_epoch_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    whole = fitted()
    for last in (1, 3):
        folder = tmp_path / str(last)

        def stop(epoch: Epoch, most: int, last: int = last) -> None:
            assert most == SMALL.epochs
            if epoch.number == last:
                raise Stopped

        broken = Lstm(SMALL)
        broken.checkpoints, broken.progress = folder, stop
        with pytest.raises(Stopped):
            broken.fit(labelled(), [], SEED)
        seen: list[int] = []
        resumed = Lstm(SMALL)
        resumed.checkpoints, resumed.resume = folder, True
        resumed.progress = lambda epoch, most, seen=seen: seen.append(epoch.number)
        resumed.fit(labelled(), [], SEED)
        assert seen == list(range(last + 1, SMALL.epochs + 1))
        assert_same_weights(resumed, whole)
        assert resumed.manifest["training"] == whole.manifest["training"]


def test_a_finished_run_is_not_trained_further(tmp_path: Path) -> None:
    seen: list[int] = []
    for resume in (False, True):
        model = Lstm(SMALL)
        model.checkpoints, model.resume = tmp_path / "run", resume
        model.progress = lambda epoch, most: seen.append(epoch.number)
        model.fit(labelled(), [], SEED)
    assert seen == [1, 2, 3, 4]
    assert len(list((tmp_path / "run").iterdir())) == 2


def test_a_checkpoint_of_other_data_or_settings_is_refused(tmp_path: Path) -> None:
    first = Lstm(SMALL)
    first.checkpoints = tmp_path
    first.fit(labelled(), [], SEED)
    for params, rows, seed in (
        (replace(SMALL, lr=0.02), labelled(), SEED),
        (SMALL, labelled(93), SEED),
        (SMALL, labelled(), SEED + 1),
    ):
        other = Lstm(params)
        other.checkpoints, other.resume = tmp_path, True
        with pytest.raises(ModelError, match="another run"):
            other.fit(rows, [], seed)


@pytest.mark.parametrize("damage", ["arrays", "json", "name"])
def test_a_damaged_checkpoint_is_refused(tmp_path: Path, damage: str) -> None:
    model = Lstm(SMALL)
    model.checkpoints = tmp_path
    model.fit(labelled(), [], SEED)
    path = tmp_path / CHECKPOINT_FILE
    if damage == "arrays":
        arrays = next(tmp_path.glob("arrays-*"))
        arrays.write_bytes(arrays.read_bytes()[:-1] + b"\xff")
    elif damage == "json":
        path.write_bytes(path.read_bytes()[:-5])
    else:
        path.write_bytes(path.read_bytes().replace(b"arrays-4.", b"../a/../a."))
    again = Lstm(SMALL)
    again.checkpoints, again.resume = tmp_path, True
    with pytest.raises(ModelFormatError, match="no sound checkpoint"):
        again.fit(labelled(), [], SEED)


def test_starting_anew_leaves_the_files_of_others_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    (tmp_path / CHECKPOINT_FILE).write_text("{}")
    model = Lstm(SMALL)
    model.checkpoints = tmp_path
    model.fit(labelled(), [], SEED)
    assert (tmp_path / "mine.txt").read_text() == "keep"


def test_training_stops_early_and_keeps_the_best_weights() -> None:
    """Rows held back say the opposite of what is learned: the watched loss can only rise."""
    train = labelled()
    labels = sorted({row.label for row in train})
    turn = dict(zip(labels, [*labels[1:], labels[0]], strict=True))
    dev = [replace(row, label=turn[row.label]) for row in train]
    params = replace(SMALL, epochs=50, patience=2, lr=0.02)
    model = Lstm(params)
    model.fit(train, dev, SEED)
    facts = model.manifest["training"]
    watched = [epoch["validation_loss"] for epoch in facts["epochs"]]
    assert facts["stopped_early"]
    assert facts["best_epoch"] == 1 + int(np.argmin(watched))
    assert len(watched) == facts["best_epoch"] + 2
    only_the_best = Lstm(replace(params, epochs=facts["best_epoch"]))
    only_the_best.fit(train, dev, SEED)
    assert_same_weights(model, only_the_best)


def test_counts_weigh_the_rows() -> None:
    """The same command under two labels: the one seen more often wins."""
    rows = [LabelledCommand("run tool one", "Normal", str(at), count=1.0) for at in range(8)]
    rows += [LabelledCommand("run tool one", "T1046", str(at + 8), count=9.0) for at in range(8)]
    answers = {}
    for use_counts in (True, False):
        model = Lstm(
            replace(SMALL, epochs=40, patience=40, dropout=0.0, use_counts=use_counts, validation_fraction=0.0)
        )
        model.fit(rows, [], SEED)
        answers[use_counts] = float(model.probabilities(["run tool one"])[0, model.labels.index("T1046")])
    assert answers[True] == pytest.approx(0.9, abs=0.05)
    assert answers[False] == pytest.approx(0.5, abs=0.05)


def test_a_loss_that_is_no_number_names_epoch_batch_and_remedy() -> None:
    rows = labelled()
    rows[5] = replace(rows[5], count=1e38)
    rows[6] = replace(rows[6], count=1e38)
    with pytest.raises(ModelError, match=r"epoch \d+, batch \d+.*lower lr"):
        Lstm(replace(SMALL, lr=1e30, validation_fraction=0.0)).fit(rows, [], SEED)


def test_weights_that_are_no_numbers_are_found_even_after_the_last_batch() -> None:
    """The first step goes astray, and there is no second one whose loss would show it."""
    params = replace(SMALL, lr=1e39, batch=1000, epochs=1, validation_fraction=0.0)
    with pytest.raises(ModelError, match=r"the weights of epoch 1.*lower lr"):
        Lstm(params).fit(labelled(), [], SEED)


def test_held_back_rows_are_whole_groups_and_leave_every_label_something() -> None:
    rows = [*labelled(), LabelledCommand("only one", "T1033", "lonely")]
    for seed in range(20):
        learned, held = hold_back(rows, 0.2, seed)
        assert len(learned) + len(held) == len(rows)
        assert 0 < len(held) <= np.ceil(0.2 * len(rows))
        assert not {row.group for row in learned} & {row.group for row in held}
        assert {row.label for row in learned} == {row.label for row in rows}
    assert len({tuple(row.group for row in hold_back(rows, 0.2, seed)[1]) for seed in range(5)}) > 1


def test_one_group_cannot_be_cut_so_the_training_loss_is_watched() -> None:
    rows = [replace(row, group="all") for row in labelled()]
    model = Lstm(SMALL)
    model.fit(rows, [], SEED)
    facts = model.manifest["training"]
    assert facts["validation_rows"] == 0
    assert "training loss" in facts["validation"]
    assert all(epoch["validation_loss"] is None for epoch in facts["epochs"])


def test_dev_rows_are_only_watched_and_those_of_unknown_labels_counted() -> None:
    dev = [LabelledCommand("wholly different", "T1046", "d"), LabelledCommand("other", "T1033", "e")]
    data = prepare(labelled(), dev, SMALL, SEED)
    assert len(data.training) == len(labelled())
    assert len(data.validation) == 1
    assert data.facts["dev_rows_of_unknown_labels"] == 1
    assert "wholly" not in data.index.words


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([LabelledCommand("ls", "Normal", "1"), LabelledCommand("ls", "T1046", "2")], "1 different word"),
        ([LabelledCommand("--", "Normal", "1"), LabelledCommand("", "T1046", "2")], "0 different word"),
        ([LabelledCommand("ls -la", "Normal", "1")], "1 labels"),
        ([], "0 labels"),
    ],
)
def test_nothing_to_tell_apart_is_said(rows: list[LabelledCommand], words: str) -> None:
    with pytest.raises(DatasetError, match=words):
        Lstm(SMALL).fit(rows, [], SEED)


def test_the_loss_falls_each_epoch_in_whole_batches_without_dropout() -> None:
    params = replace(SMALL, dropout=0.0, batch=1000, epochs=6, lr=0.005, validation_fraction=0.0)
    losses = [epoch.loss for epoch in fit_lstm(prepare(labelled(), [], params, SEED), params, SEED).epochs]
    assert losses == sorted(losses, reverse=True)


def test_each_epoch_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="ttpline"):
        fitted(epochs=2)
    assert [record.getMessage()[:12] for record in caplog.records] == ["epoch 1 of 2", "epoch 2 of 2"]
