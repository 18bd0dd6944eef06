"""``make model`` on a made-up data folder, and the model that is in the package."""

import importlib.util
import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from ttpline.datasets.load import load_csvs
from ttpline.evaluation.built_in import thin_normal, unlike
from ttpline.models._folder import verify_model
from ttpline.models._load import PACKAGED, load_model
from ttpline.reports.build_tables import BEGIN, END, put_between_markers, render_build_report
from ttpline.testing.made_up_commands import attack_rows, normal_rows, write_attack, write_normal

BUILTIN = PACKAGED / "_builtin"


@pytest.fixture(scope="module")
def script(root: Path) -> ModuleType:
    """``scripts/build_model.py`` as a module; its data classes need to be found by name."""
    spec = importlib.util.spec_from_file_location("build_model", root / "scripts" / "build_model.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["build_model"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    first = [replace(row, label=row.label) for row in attack_rows(6, "atomic-red-team")]
    write_attack(folder / "atomic_red_team.csv", first)
    others = attack_rows(2, "author-a", 1000) + attack_rows(2, "author-b", 2000)
    write_attack(folder / "other_authors.csv", others)
    write_attack(folder / "emulation_plans.csv", attack_rows(1, "plans", 3000))
    write_normal(folder / "normal_commands.csv", normal_rows(40))
    write_normal(folder / "normal_scripts.csv", normal_rows(5, "scripts", 900))
    write_normal(folder / "normal_windows_background.csv", normal_rows(2, "background", 1200))
    return folder


def test_building_twice_gives_the_same_model_card_figures_and_docs(
    script: ModuleType, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = script.example_rows(0.3)[:40]
    monkeypatch.setattr(script, "example_rows", lambda weight: some)
    plan = replace(script.BUILT_IN, normal_rows=100, normal_weights=(1.0,), resamples=50)
    plan = replace(plan, params={"char_max_features": 300, "knows_unseen": True})
    digests = []
    for name in ("one", "two"):
        docs = tmp_path / f"{name}.md"
        docs.write_text(f"# Model\n\n{BEGIN}\nstale\n{END}\nafter\n")
        digests.append(script.build(data, tmp_path / name, tmp_path / f"{name}.json", docs, plan, 1))
    assert digests[0] == digests[1]
    one, two = (tmp_path / f"{name}.json" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert (tmp_path / "one.md").read_text() == (tmp_path / "two.md").read_text()
    folder = tmp_path / "one"
    assert verify_model(folder).is_sound
    assert {file.name for file in folder.iterdir()} >= {"README.md", "metrics.json", "training_keys.bin"}
    report = json.loads(one.read_text())
    assert report["model"]["digest"] == digests[0]
    text = (tmp_path / "one.md").read_text()
    assert "stale" not in text and text.endswith(f"{END}\nafter\n") and render_build_report(report) in text
    model = load_model(folder)
    everything = load_csvs(
        [data / name for name in (*script.ATTACK_FILES, script.TEST_FILE)],
        [*(data / name for name in script.NORMAL_FILES), script.ORDINARY],
        name="shared/data",
    )
    assert model.manifest["dataset"]["sha256"] == everything.manifest.sha256
    assert {"Normal", "T1003.008"} <= set(model.labels)
    card = (folder / "README.md").read_text()
    assert report["data_sha256"] in card and "emulation plans" in card


def test_ordinary_commands_are_thinned_in_whole_groups_and_small_sources_kept() -> None:
    rows = attack_rows(1) + normal_rows(20) + normal_rows(1, "small")
    thinned = thin_normal(rows, 50, 0.5, 0)
    normal = [row for row in thinned if row.label == "Normal"]
    assert len(normal) == 50
    assert sum(row.origin == "small" for row in normal) == 6
    assert {row.count for row in normal} == {0.5}
    assert [row for row in thinned if row.label != "Normal"] == attack_rows(1)
    assert thinned == thin_normal(rows, 50, 0.5, 0)


def test_examples_that_are_near_a_row_of_data_are_not_learned_from(script: ModuleType) -> None:
    examples = script.example_rows(0.3)
    assert {row.label for row in examples} > {"Normal", "T1003.008"} and {row.count for row in examples} == {0.3}
    near = replace(examples[0], command_line=examples[0].command_line + " ", label="Normal")
    kept = unlike(examples, [near], attack_rows(1))
    assert len(examples) - 20 < len(kept) < len(examples)
    assert examples[0].command_line not in {row.command_line for row in kept}


def test_text_without_markers_is_not_touched() -> None:
    with pytest.raises(Exception, match="no markers"):
        put_between_markers("# Model\n", "body")


def test_the_packaged_model_is_sound_small_and_says_how_good_it_is(script: ModuleType) -> None:
    report = verify_model(BUILTIN)
    assert report.problems == ()
    assert sum(file.stat().st_size for file in BUILTIN.iterdir()) <= script.MOST_BYTES
    model = load_model("builtin")
    names = [result["name"] for result in model.manifest["results"]]
    assert any("cross-validation" in name for name in names) and any("emulation plans" in name for name in names)
    assert "Normal" in model.labels and len(model.labels) > 100
    assert 0 < model.thresholds.normal < model.thresholds.attack < 1


def test_the_packaged_model_was_trained_on_the_shared_data_as_it_is(shared: Path, script: ModuleType) -> None:
    folder = shared / "data"
    data = load_csvs(
        [folder / name for name in (*script.ATTACK_FILES, script.TEST_FILE)],
        [*(folder / name for name in script.NORMAL_FILES), script.ORDINARY],
        name="shared/data",
    )
    model = load_model("builtin")
    assert model.manifest["dataset"] == json.loads(json.dumps(data.manifest.to_dict()))
    assert model.manifest["plan"]["params"] == script.BUILT_IN.params


def test_the_figures_in_the_documentation_are_those_of_the_packaged_model(root: Path) -> None:
    report = json.loads((root / "benchmarks" / "results" / "model.json").read_text(encoding="utf-8"))
    assert report["model"]["digest"] == load_model("builtin").ref.digest
    assert render_build_report(report) in (root / "docs" / "model.md").read_text(encoding="utf-8")
