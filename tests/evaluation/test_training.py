"""A training run on made-up commands, and data that cannot be trained on."""

from functools import partial

import numpy as np
import pytest

from ttpline.datasets.dataset import Dataset, make_dataset
from ttpline.datasets.split import grouped_folds
from ttpline.domain.labelled import LabelledCommand
from ttpline.errors import DatasetError, UsageError
from ttpline.evaluation.measured import evaluate_model
from ttpline.evaluation.out_of_fold import predict_out_of_fold
from ttpline.evaluation.training import TrainingOptions, check_trainable, read_keys, train
from ttpline.models.tfidf_lr import CLASSIFIER
from ttpline.testing.made_up_commands import attack_rows, normal_rows


def dataset(rows: list[LabelledCommand]) -> Dataset:
    return make_dataset("made-up", rows, attack_version="18.1")


@pytest.fixture(scope="module")
def data() -> Dataset:
    return dataset(attack_rows(5) + normal_rows(20))


def test_a_run_calibrates_on_folds_and_learns_from_all_rows(data: Dataset) -> None:
    run = train(CLASSIFIER, data, TrainingOptions(folds=3))
    before, after = run.results
    assert (before.split, after.split) == ("grouped-3-fold", "grouped-3-fold")
    assert before.whole.rows == after.whole.rows == len(data.rows)
    assert run.model.temperature != 1.0
    loss_before, loss_after = (result.whole.figures["log_loss"].value for result in (before, after))
    assert loss_before is not None and loss_after is not None and loss_after <= loss_before
    alarms = after.whole.figures["false_alarms"].value
    assert alarms is not None and alarms <= 0.01
    assert run.model.manifest["dataset"]["sha256"] == data.manifest.sha256
    assert run.model.manifest["run"]["rows"] == len(data.rows)


def test_the_same_run_gives_the_same_numbers(data: Dataset) -> None:
    one, other = (train(CLASSIFIER, data, TrainingOptions(folds=2)) for _ in range(2))
    assert one.metrics() == other.metrics()
    commands = data.commands()[:5]
    assert np.array_equal(one.model.probabilities(commands), other.model.probabilities(commands))
    assert one.training_keys == other.training_keys


def test_a_holdout_is_not_learned_from_and_evaluate_finds_it_again(data: Dataset) -> None:
    options = TrainingOptions(split="holdout", dev_fraction=0.25, calibrate=False)
    run = train(CLASSIFIER, data, options)
    [result] = run.results
    keys = run.training_keys
    again = evaluate_model(run.model, data, split="holdout", options=options, training_keys=keys)
    assert again.overlap_rows == 0
    assert again.whole.figures["top1"] == result.whole.figures["top1"]
    everything = evaluate_model(run.model, data, training_keys=keys)
    assert everything.overlap_rows == len(data.rows) - result.whole.rows
    assert "not calibrated" in run.warnings[-1]


def test_the_study_split_is_available_under_its_name(data: Dataset) -> None:
    run = train(CLASSIFIER, data, TrainingOptions(split="study", calibrate=False))
    assert run.results[0].split == "study-stratified-rows-60-20-20"
    with pytest.raises(UsageError, match="no split is called 'random'; there are: none, holdout, study"):
        train(CLASSIFIER, data, TrainingOptions(split="random"))


def test_without_normal_rows_the_run_says_that_no_command_will_be_called_normal() -> None:
    run = train(CLASSIFIER, dataset(attack_rows(4)), TrainingOptions(folds=2))
    assert any("no Normal rows" in warning for warning in run.warnings)
    assert run.model.thresholds.attack == 0.5


def test_few_normal_rows_leave_the_threshold_alone_and_the_run_says_so() -> None:
    run = train(CLASSIFIER, dataset(attack_rows(3) + normal_rows(3)), TrainingOptions(folds=2))
    assert any("18 Normal rows are too few" in warning for warning in run.warnings)


def test_a_fraction_alone_means_holdout_and_contradictions_are_refused() -> None:
    assert TrainingOptions.asked(1, None, None) == TrainingOptions(1, "none")
    assert TrainingOptions.asked(1, None, 0.3) == TrainingOptions(1, "holdout", 0.3)
    with pytest.raises(UsageError, match="--split study does not"):
        TrainingOptions.asked(0, "study", 0.3)


def test_one_label_only_is_refused() -> None:
    with pytest.raises(DatasetError, match="all 40 rows have the label T1082"):
        check_trainable([LabelledCommand(f"uname {i}", "T1082", str(i)) for i in range(40)])


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(DatasetError, match="2 rows are too few"):
        check_trainable([LabelledCommand("id", "T1033", "a"), LabelledCommand("ls", "T1083", "b")])


def test_a_vocabulary_of_one_token_is_refused() -> None:
    rows = [LabelledCommand("id", label, str(i)) for i, label in enumerate(["T1033", "T1082"] * 10)]
    with pytest.raises(DatasetError, match=r"the commands have 1 different token.*--command-column"):
        check_trainable(rows)


def test_one_group_cannot_be_calibrated_on() -> None:
    rows = [LabelledCommand(row.command_line, row.label, "one") for row in attack_rows(2)]
    with pytest.raises(DatasetError, match="independent groups cannot make"):
        train(CLASSIFIER, dataset(rows), TrainingOptions())


def test_a_fold_that_would_learn_a_single_label_is_refused() -> None:
    rows = [LabelledCommand(f"uname {row.group}", "T1082", row.group) for row in attack_rows(1)]
    rows += [LabelledCommand("cat /etc/shadow now", "T1003.008", "only")]
    with pytest.raises(DatasetError, match=r"single label.*--no-calibrate"):
        predict_out_of_fold(CLASSIFIER, rows, grouped_folds(rows, 2, 0), 0)


def test_folds_in_two_processes_give_the_same_predictions() -> None:
    rows = attack_rows(2)
    split = grouped_folds(rows, 2, 0)
    make = partial(CLASSIFIER, CLASSIFIER.Params(max_features=50))
    alone = predict_out_of_fold(make, rows, split, 0)
    together = predict_out_of_fold(make, rows, split, 0, jobs=2)
    assert np.array_equal(alone.probabilities, together.probabilities)
    assert np.array_equal(alone.truth, together.truth)


def test_evaluating_in_another_attack_version_is_refused(data: Dataset) -> None:
    run = train(CLASSIFIER, data, TrainingOptions(calibrate=False))
    newer = make_dataset("newer", data.rows, attack_version="19.2")
    with pytest.raises(UsageError, match=r"speaks ATT&CK 18\.1, the data 19\.2"):
        evaluate_model(run.model, newer)


def test_damaged_training_keys_are_refused() -> None:
    with pytest.raises(DatasetError, match="not a list of 64-bit numbers"):
        read_keys(b"123")
