"""The model card says what the manifest says, and nothing in a file name or label can break it."""

import numpy as np

from ttpline.datasets.dataset import make_dataset
from ttpline.domain.labelled import LabelledCommand
from ttpline.evaluation.evaluate import About, evaluate
from ttpline.evaluation.result import EvaluationResult
from ttpline.reports.evaluation_table import to_markdown
from ttpline.reports.model_card import render_model_card

ROWS = [
    LabelledCommand(f"c{i}", ("T1033", "Normal")[i % 2], f"g{i}", "linux", "a|b<i>", "MIT", count=i + 1)
    for i in range(30)
]


def result() -> EvaluationResult:
    probabilities = np.tile([0.4, 0.6], (30, 1))
    about = About("held | out", "mine <b>", "sha256:1", "18.1", "grouped-5-fold", 7)
    return evaluate(ROWS, probabilities, ("Normal", "T1033"), about, resamples=50, overlap_rows=3)


def card(**manifest: object) -> str:
    return render_model_card(
        name="my\nmodel",
        family="tfidf-lr",
        labels=("Normal", "T1033"),
        attack_version="18.1",
        temperature=1.25,
        thresholds={"attack": 0.9, "normal": 0.1},
        manifest=manifest,
    )


def test_a_card_needs_nothing_but_the_model() -> None:
    text = card()
    assert text.startswith("# my model\n") and "2 labels of ATT&CK 18.1" in text and "temperature 1.2500" in text
    assert "##" not in text


def test_data_parameters_figures_and_warnings_have_their_sections() -> None:
    data = make_dataset("mine", ROWS, attack_version="18.1").manifest.to_dict()
    text = card(
        dataset=data, params={"C": 3.0}, results=[result().to_dict()], warnings=["careful"], notes=["for tests"]
    )
    assert data["sha256"] in text and "| C | 3.0 |" in text and "- careful" in text and "- for tests" in text
    assert "a\\|b&lt;i&gt; 30" in text and "<i>" not in text
    assert to_markdown(result()) in text


def test_a_result_in_markdown_says_what_it_is_of() -> None:
    text = to_markdown(result())
    assert "### held \\| out" in text and "mine &lt;b&gt;, sha256:1" in text and "grouped-5-fold, seed 7" in text
    assert "- rows: 30 (15 attack, 15 normal)" in text and "3 rows (10%) are near-duplicates" in text
    assert "| top-1 over attack rows | 1.000 (1.000–1.000) |" in text
    assert all(line.count("|") - line.count("\\|") == 3 for line in text.splitlines() if line.startswith("| top"))
