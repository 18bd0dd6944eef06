"""What a run costs is measured, bounded, and no part of a model."""

import json
from pathlib import Path

import pytest

from ttpline.errors import DatasetError
from ttpline.evaluation.cost import COST_FILE, Cost, machine, peak_memory_mib, read_cost, size_of, write_cost
from ttpline.evaluation.scoring_cost import measure_scoring
from ttpline.models._folder import load_folder, verify_model
from ttpline.testing.small_model import small_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    small_model().save(tmp_path / "small")
    return tmp_path / "small"


def test_scoring_is_measured_in_a_process_of_its_own(folder: Path) -> None:
    cost = measure_scoring(folder, ["cat /etc/shadow", "ls"] * 20)
    assert cost.scoring_commands == 40
    assert cost.scoring_seconds_per_1000 is not None and 0 < cost.scoring_seconds_per_1000 < 60
    assert cost.load_seconds is not None and cost.load_seconds > 0
    own = peak_memory_mib()
    assert own is None or (cost.scoring_memory_mib is not None and 5 < cost.scoring_memory_mib < own + 200)
    assert cost.machine["cores"] >= 1 and "numpy" in cost.machine["versions"]


def test_a_folder_that_cannot_be_scored_has_its_size_and_no_speed(folder: Path) -> None:
    (folder / "model.json").write_text("{}")
    cost = measure_scoring(folder, ["ls"])
    assert cost.scoring_seconds_per_1000 is None and (cost.size_bytes or 0) > 0


def test_parameters_are_the_numbers_of_the_weight_files(folder: Path) -> None:
    from safetensors.numpy import load_file

    arrays = load_file(folder / "weights.safetensors")
    size, parameters = size_of(folder)
    assert parameters == sum(array.size for array in arrays.values()) > 0
    assert size == sum(path.stat().st_size for path in folder.iterdir())
    write_cost(Cost(training_seconds=1.5), folder)
    assert size_of(folder) == (size, parameters)


def test_the_cost_file_is_tolerated_and_read_back(folder: Path) -> None:
    digest = load_folder(folder).ref.digest
    cost = Cost(training_seconds=1.25, size_bytes=10, machine=machine())
    write_cost(cost, folder)
    assert read_cost(folder) == cost
    assert load_folder(folder).ref.digest == digest
    assert verify_model(folder).is_sound


@pytest.mark.parametrize("name", ["costs.json", "cost.json.bak", "Cost.json", "cost.JSON"])
def test_no_other_file_is_tolerated(folder: Path, name: str) -> None:
    (folder / name).write_text("{}")
    assert [f"{name}: is not listed" in problem for problem in verify_model(folder).problems] == [True]


def test_a_cost_file_that_is_large_or_no_ordinary_file_is_not_tolerated(folder: Path, tmp_path: Path) -> None:
    (folder / COST_FILE).write_text(" " * 70_000)
    assert not verify_model(folder).is_sound
    with pytest.raises(DatasetError, match=r"no ordinary small file"):
        read_cost(folder)
    (folder / COST_FILE).unlink()
    (tmp_path / "elsewhere").write_text("{}")
    (folder / COST_FILE).symlink_to(tmp_path / "elsewhere")
    assert not verify_model(folder).is_sound
    (folder / COST_FILE).unlink()
    (folder / COST_FILE).mkdir()
    assert not verify_model(folder).is_sound


def test_a_damaged_cost_file_is_named(folder: Path) -> None:
    for text in ("{", '{"training_seconds": "fast"}', "[]"):
        (folder / COST_FILE).write_text(text)
        with pytest.raises(DatasetError, match=r"cost\.json"):
            read_cost(folder)
    (folder / COST_FILE).write_text(json.dumps({"training_seconds": 2, "of_a_later_version": 1}))
    found = read_cost(folder)
    assert found is not None and found.training_seconds == 2


def test_what_was_not_measured_is_taken_from_elsewhere() -> None:
    one, other = Cost(load_seconds=1.0), Cost(load_seconds=2.0, training_seconds=3.0)
    assert one.or_else(other) == Cost(load_seconds=1.0, training_seconds=3.0)
    assert one.or_else(None) is one
