"""Build the built-in model from the shared data, measure it, and write down what was measured (``make model``).

Deterministic: the same data, seed and package versions on the same machine give the same model digest. Reads:
``atomic_red_team.csv`` and ``other_authors.csv`` to learn attacks, the ``normal_*.csv`` to learn what is ordinary, and
``emulation_plans.csv`` as a test of a model that has not learned from it; the model that is saved then learns from all.

Writes the model folder with its card, ``benchmarks/results/model.json``, and the tables in ``docs/model.md``.
"""

import argparse
import csv
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ttpline.datasets.load import load_csvs
from ttpline.datasets.near_duplicates import similarity_keys
from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.prediction import NORMAL
from ttpline.evaluation.built_in import SEED, Plan, Work, unlike
from ttpline.evaluation.calibration import FALSE_ALARM_RATE, MISSED_ATTACK_RATE
from ttpline.evaluation.training import TRAINING_KEYS_FILE
from ttpline.knowledge.load import DATA, read_knowledge
from ttpline.reports.build_tables import put_between_markers, render_build_report
from ttpline.reports.model_card import save_with_card

ROOT = Path(__file__).parents[1]
ATTACK_FILES = ("atomic_red_team.csv", "other_authors.csv")
NORMAL_FILES = ("normal_commands.csv", "normal_scripts.csv", "normal_windows_background.csv")
TEST_FILE = "emulation_plans.csv"
ORDINARY = Path(__file__).with_name("ordinary_commands.csv")
"""Written by us: what administrators and developers type that looks like an attack, or is one in other hands."""

PLANS_READ = ("apt29", "carbanak", "fin7")
"""Whose errors were read when the knowledge was reviewed: the first three of the plans by the SHA-256 of their name."""

MOST_BYTES = 8_000_000  # the package stays a few MB

NOTES = (
    "What a command means comes from the packaged knowledge (docs/knowledge.md), how far to trust it from the data.",
    "The figures are of models that had not seen the rows they are tested on; the model here has learned from all.",
    "A technique that only the knowledge knows can be answered; no row of data says how often that is right.",
    "Labels of single commands come from the test they belong to; some are support for the attack, not the attack.",
    "Most attack rows are written by one author (Atomic Red Team). Read the figures for left-out sources first.",
    "Ordinary commands are documentation examples and build scripts, not recordings; real logs raise more alarms.",
    "It learned from the examples of the knowledge too, which nobody but its writers labelled; no figure counts them.",
)


BUILT_IN = Plan(
    params={
        "char_max_features": 8_000,  # more give no other author a point, and half the size again
        "meaning_min_df": 3,
        "C": 0.4,
        "vote_weight": 0.4,
        "knows_unseen": True,
    }
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, measure, write; prints each step with the seconds it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=ROOT / "src" / "ttpline" / "models" / "_builtin")
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks" / "results" / "model.json")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs" / "model.md")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    options = parser.parse_args(arguments)
    digest = build(options.data, options.out, options.results, options.docs, BUILT_IN, options.jobs)
    print(f"model {digest} in {options.out}")
    return 0


def plan_of_group(file: Path) -> dict[str, str]:
    """Which plan a group of the test file is of; without that column, which source."""
    with file.open(encoding="utf-8", newline="") as lines:
        return {row["group"]: row.get("plan") or row["source"] for row in csv.DictReader(lines)}


def build(data: Path, out: Path, results: Path, docs: Path, plan: Plan, jobs: int) -> str:
    """Everything; returns the digest of the model."""
    step = Steps()
    dataset = load_csvs(
        [data / name for name in ATTACK_FILES], [*(data / name for name in NORMAL_FILES), ORDINARY], name="shared/data"
    )
    test = load_csvs([data / TEST_FILE], into=dataset.manifest.attack_version, name=Path(TEST_FILE).stem)
    examples = unlike(example_rows(plan.example_weight), dataset.rows, test.rows)
    work = Work(dataset, plan, jobs, examples)
    step("read the data")
    baselines = work.baselines()
    step("cross-validation on atomic_red_team")
    weight, sources, tried = work.choose_normal_weight()
    step("left-out sources")
    by_source = work.each_source(weight)
    step("each source left out")
    calibration, folds, alarms = work.calibrate(weight, sources)
    step("cross-validation on all rows")
    model = work.fit(weight)
    model.temperature, model.thresholds = calibration.temperature, calibration.thresholds
    step("fitted without the emulation plans")
    keys = similarity_keys(row.command_line for row in work.training_rows(weight))
    tested = work.test(model, test, keys)
    plans = work.each_plan(model, test, plan_of_group(data / TEST_FILE))
    step("tested on the emulation plans")
    everything = load_csvs(
        [data / name for name in (*ATTACK_FILES, TEST_FILE)],
        [*(data / name for name in NORMAL_FILES), ORDINARY],
        into=dataset.manifest.attack_version,
        name="shared/data",
    )
    whole = Work(everything, plan, jobs, examples)
    model = whole.fit(weight)
    model.temperature, model.thresholds = calibration.temperature, calibration.thresholds
    keys = similarity_keys(row.command_line for row in whole.training_rows(weight))
    step("fitted on everything")
    scaled = sources.at_temperature(calibration.temperature)
    strangers = "other authors left out, half of the normal pages"
    found = [
        *folds,
        work.evaluate(strangers, sources, "before calibration"),
        work.evaluate(strangers, scaled, "calibrated", calibration),
        tested,
    ]
    model.manifest = {
        **model.manifest,
        "dataset": everything.manifest.to_dict(),
        "plan": {**asdict(plan), "normal_weight": weight, "seed": SEED},
        "params": dict(plan.params),
        "calibration": calibration.to_dict(),
        "results": [result.to_dict() for result in found],
        "notes": list(NOTES),
        "warnings": [f"{item.rows} rows: {item.written} read as {item.used}" for item in dataset.manifest.conversions],
    }
    report = {
        "data_sha256": dataset.manifest.sha256,
        "seed": SEED,
        "baselines": [result.to_dict() for result in baselines],
        "normal_weights": tried,
        "left_out_sources": by_source,
        "plans": plans,
        "plans_read": list(PLANS_READ),
        "alarms": alarms,
        "results": [result.to_dict() for result in found],
    }
    reference = save_with_card(model, out, {TRAINING_KEYS_FILE: keys.astype("<u8").tobytes()}, report, name="builtin")
    size = sum(file.stat().st_size for file in out.iterdir())
    if size > MOST_BYTES:
        raise SystemExit(f"the model has {size:,} bytes, at most {MOST_BYTES:,} go into the package")
    report = {"model": {"name": "builtin", "digest": reference.digest}, "bytes": size, **report}
    write_report(results, report)
    docs.write_text(
        put_between_markers(docs.read_text(encoding="utf-8"), render_build_report(report)), encoding="utf-8"
    )
    step("written")
    return reference.digest


class Steps:
    """Prints what was done and how long it took."""

    def __init__(self) -> None:
        self._last = self._first = time.monotonic()

    def __call__(self, what: str) -> None:
        now = time.monotonic()
        print(f"{now - self._first:6.1f} s  {what} ({now - self._last:.1f} s)", file=sys.stderr)
        self._last = now


def example_rows(weight: float) -> list[LabelledCommand]:
    """The examples of the knowledge as rows to learn from: the first answer of each, or ordinary if it has none."""
    _, examples = read_knowledge(sorted(DATA.glob("*.yaml")))
    return [
        LabelledCommand(
            one.command,
            one.answers[0] if one.answers else NORMAL,
            f"knowledge {one.entry}",
            one.platform,
            "ttpline",
            count=weight,
        )
        for one in examples
    ]


def write_report(path: Path, report: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    stated = {"false_alarm_rate": FALSE_ALARM_RATE, "missed_attack_rate": MISSED_ATTACK_RATE}
    path.write_text(json.dumps({"benchmark": "model", **stated, **report}, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
