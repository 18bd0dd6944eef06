"""``make reproduce``: which table is the study's, what is compared with what, and what is said where it is not here."""

import importlib.util
import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from tests.reports.reproduction_samples import study_rows as made_rows
from tests.reports.reproduction_samples import write_table

from ttpline.datasets.origins._fetch_digest import digest_of
from ttpline.datasets.origins.casinolimit import STUDY_TABLE
from ttpline.errors import DatasetError
from ttpline.evaluation import reproduction_data
from ttpline.evaluation.reproduction import AS_PUBLISHED, PUBLISHED, SUPPORTS, TEST_ROWS, Reproduction, support_distance
from ttpline.evaluation.reproduction_data import find_table, grouped_rows, study_rows
from ttpline.evaluation.reproduction_run import ReproductionOptions, reproduce
from ttpline.evaluation.reproduction_variants import MAIN, OTHERS, Variant
from ttpline.reports.page import render_page
from ttpline.reports.reproduction_page import reproduction_page, why
from ttpline.reports.reproduction_text import page_markdown

FAST = tuple(each for each in (*MAIN, *OTHERS) if each.family == "tfidf-lr")


def run(data: reproduction_data.StudyRows, variants: tuple[Variant, ...] = FAST) -> Reproduction:
    return reproduce(data, ReproductionOptions("a test", variants=variants), lambda text: None)


@pytest.fixture(scope="module")
def script(root: Path) -> ModuleType:
    """``scripts/reproduce.py`` as a module."""
    spec = importlib.util.spec_from_file_location("reproduce_script", root / "scripts" / "reproduce.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["reproduce_script"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def as_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A made-up table that is taken for the study's, since its blob id is the expected one here."""
    path = write_table(tmp_path)
    monkeypatch.setattr(reproduction_data, "STUDY_BLOB", digest_of(path, "git-blob"))
    return path


@pytest.fixture(scope="module")
def on_study(tmp_path_factory: pytest.TempPathFactory) -> Reproduction:
    path = write_table(tmp_path_factory.mktemp("study"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reproduction_data, "STUDY_BLOB", digest_of(path, "git-blob"))
        table = find_table({"TTPLINE_CASINOLIMIT": str(path)}, path.parent)
        assert table is not None
        return run(study_rows(table))


def test_a_table_of_other_bytes_is_not_the_studys(tmp_path: Path) -> None:
    table = find_table({"TTPLINE_CASINOLIMIT": str(write_table(tmp_path))}, tmp_path / "elsewhere")
    assert table is not None and not table.is_study
    with pytest.raises(DatasetError, match="is not the study's table: git-blob:"):
        study_rows(table)


def test_the_table_is_found_in_the_named_folder_here_and_in_data(tmp_path: Path) -> None:
    assert find_table({}, tmp_path) is None
    (tmp_path / "data").mkdir()
    in_data = write_table(tmp_path / "data")
    found = find_table({}, tmp_path)
    assert found is not None and found.path == in_data
    here = write_table(tmp_path)
    found = find_table({}, tmp_path)
    assert found is not None and found.path == here
    named = find_table({"TTPLINE_CASINOLIMIT": str(tmp_path / "data")}, tmp_path)
    assert named is not None and named.path == in_data


def test_a_named_table_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="there is no table"):
        find_table({"TTPLINE_CASINOLIMIT": str(tmp_path)}, tmp_path)


def test_the_reading_with_the_nearest_test_rows_is_taken(as_study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [*made_rows(), *((text, "T1018: x", "T1018: Remote System Discovery", "3") for text in ("null", "NA", " "))]
    path = write_table(as_study.parent, rows)
    monkeypatch.setattr(reproduction_data, "STUDY_BLOB", digest_of(path, "git-blob"))
    table = find_table({"TTPLINE_CASINOLIMIT": str(path)}, path.parent)
    assert table is not None
    data = study_rows(table)
    assert {draw.reading for draw in data.draws} == {"all rows", "without titles that pandas reads as missing"}
    assert {draw.rows for draw in data.draws} == {150, 152}  # the empty title is in none
    offs = [draw.off for draw in data.draws if draw.off is not None]
    assert len(offs) == 4 and offs == sorted(offs)
    assert len(data.fold.test) == data.draws[0].test_rows
    assert any("1 rows have an empty title" in note for note in data.notes)
    assert any("2 rows have a title that pandas reads as missing" in note for note in data.notes)


def test_support_distance_counts_the_classes_and_the_rest() -> None:
    rest = TEST_ROWS - sum(SUPPORTS.values())
    assert support_distance({**SUPPORTS, "T1005": rest}) == 0
    moved = {**SUPPORTS, "T1082": SUPPORTS["T1082"] - 2, "T1005": rest + 1}
    assert support_distance(moved) == 3


def test_on_the_studys_table_published_figures_stand_beside_ours(on_study: Reproduction) -> None:
    text = page_markdown(reproduction_page(on_study))
    assert on_study.is_study
    own = next(each for each in on_study.outcomes if each.model == "study-tuned")
    accuracy = own.figures["accuracy"].value
    assert accuracy is not None
    shown = next(line for line in text.splitlines() if line.startswith("| study-tuned | 85.02 |"))
    assert f"| {100 * accuracy:.2f} | {100 * accuracy - 85.02:+.2f} | 83.58 |" in shown
    assert "Not compared, since not run: lstm" in text
    assert "| T1082 | 10,555 |" in text and "| all test rows | 14,197 | 30 | -14,167 |" in text


def test_the_nearest_variant_is_the_one_whose_figures_are_nearest(on_study: Reproduction) -> None:
    finding = on_study.findings()[0]
    distances = [
        max(
            abs(100 * (each.figures[accuracy].value or 0) - finding.published.accuracy),
            abs(100 * (each.figures[f1].value or 0) - finding.published.weighted_f1),
        )
        for each in on_study.outcomes
        for accuracy in ("accuracy", "accuracy_by_count")
        for f1 in ("weighted_f1_all", "weighted_f1_all_by_count")
    ]
    assert finding.nearest.points == pytest.approx(min(distances))
    assert f"{finding.nearest.points:.2f} points off" in why(finding)


def test_what_comes_near_is_named_and_called_no_proof(on_study: Reproduction) -> None:
    finding = on_study.findings()[0]
    near = replace(finding, nearest=replace(finding.nearest, points=0.3))
    assert "near enough" in why(near) and "no proof" in why(near)
    far = replace(finding, nearest=replace(finding.nearest, points=3.0))
    assert "was not found among what was tried" in why(far)
    equal = replace(finding, accuracy_points=0.004, weighted_f1_points=-0.002)
    assert equal.is_equal and "equal the published ones" in why(equal)


def test_every_training_has_figures_with_intervals_and_says_how_it_ended(on_study: Reproduction) -> None:
    assert [each.variant for each in on_study.outcomes] == [each.words for each in FAST]
    for each in on_study.outcomes:
        assert each.figures["accuracy"].low is not None
        assert each.converged is not None and each.steps
    stopped = [each for each in on_study.outcomes if "stopped after 20" in each.variant]
    assert all((each.steps or 0) <= 20 for each in stopped)
    both = next(each for each in on_study.outcomes if each.variant == "trained on train and dev")
    assert both.train_rows == on_study.train_rows + on_study.dev_rows


def test_weights_that_are_changed_change_the_model(on_study: Reproduction) -> None:
    found = {each.variant: each for each in on_study.outcomes if each.model == "study-default"}
    assert found["rows weigh 1"].figures != found[AS_PUBLISHED].figures
    assert found["class weights balanced by rows"].figures != found["class weights none, rows weigh 1"].figures


def test_the_constant_answer_is_right_as_often_as_its_label_is_there(on_study: Reproduction) -> None:
    commonest = max(on_study.supports.values())
    assert on_study.constant.variant == "always T1082"
    assert on_study.constant.figures["accuracy"].value == pytest.approx(commonest / on_study.test_rows)


def test_elsewhere_no_published_figure_is_shown(tmp_path: Path) -> None:
    found = run(grouped_rows([write_table(tmp_path)], about=("another table",)), FAST[:2])
    page = reproduction_page(found)
    for text in (page_markdown(page), render_page(page), json.dumps(found.to_dict())):
        assert not any(
            f"{pair.accuracy:.2f}" in text or f"{pair.weighted_f1:.2f}" in text for pair in PUBLISHED.values()
        )
    assert found.to_dict()["findings"] == [] and found.draws[0].off is None
    assert "nothing is claimed for the published figures" in page_markdown(page).split("##")[0]


def test_drawn_rows_are_counted_and_the_seed_is_named(tmp_path: Path) -> None:
    data = grouped_rows([write_table(tmp_path)], about=(), most_labelled=100)
    assert "100 of 150 labelled rows, drawn with seed 42" in data.about
    again = grouped_rows([write_table(tmp_path)], about=(), most_labelled=100)
    assert again.rows == data.rows and again.fold.test.tolist() == data.fold.test.tolist()


def test_a_family_that_is_not_installed_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    found = run(grouped_rows([write_table(tmp_path)], about=()), (MAIN[2], *OTHERS[-2:], MAIN[1]))
    assert [each.model for each in found.outcomes] == ["study-tuned"]
    assert [note for note in found.notes if note.startswith("lstm was not run: ")] == list(found.notes)


def test_the_command_writes_a_page_a_text_and_json(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TTPLINE_CASINOLIMIT", raising=False)
    monkeypatch.chdir(tmp_path)
    assert script.main(["--quick", "-o", str(tmp_path / "found.html")]) == 0
    assert "<svg" not in (tmp_path / "found.html").read_text()  # pictures are images, and --quick has no variants
    assert script.main(["--quick"]) == 0
    out, err = capsys.readouterr()
    assert err.startswith("The study's table is not here") and out.startswith("# The study, on other commands")
    assert script.main(["--quick", "--grid", "--json"]) == 0
    [found] = json.loads(capsys.readouterr().out)["runs"]
    assert found["grid"]["best"]["parameters"].keys() == {"C", "class_weight"}
    assert any("say nothing about the models" in note for note in found["notes"])


def test_the_command_says_that_another_table_is_another_table(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TTPLINE_CASINOLIMIT", str(write_table(tmp_path)))
    assert script.main(["--quick"]) == 0
    out, err = capsys.readouterr()
    assert "is another table than the study's (git-blob:" in err
    assert f"another table: {STUDY_TABLE}, git-blob:" in out


def test_the_command_runs_the_study_on_the_studys_table(
    script: ModuleType, as_study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TTPLINE_CASINOLIMIT", str(as_study))
    assert script.main(["--quick"]) == 0
    out, err = capsys.readouterr()
    assert err.startswith("the study's table is here and verified")
    assert out.startswith("# The study, reproduced on its own table") and "| study-default | 70.84 |" in out


def test_a_page_with_variants_has_their_picture(tmp_path: Path) -> None:
    pytest.importorskip("vl_convert", reason="pictures need the extra train")
    found = run(grouped_rows([write_table(tmp_path)], about=()), (FAST[0], FAST[2]))
    assert "data:image/svg+xml;base64," in render_page(reproduction_page(found, pictures=True))


def test_a_table_that_is_named_wrongly_ends_with_a_message(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TTPLINE_CASINOLIMIT", str(tmp_path / "nowhere.csv"))
    assert script.main(["--quick"]) == 3
    assert "there is no table" in capsys.readouterr().err
