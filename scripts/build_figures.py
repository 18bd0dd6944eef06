"""Write the figures in README.md and docs/formats/README.md from benchmarks/results/*.json: none is typed by hand.

.venv/bin/python scripts/build_figures.py           write
.venv/bin/python scripts/build_figures.py --check   exit 1 if the table is out of date
"""

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- figures: begin, written by make docs -->", "<!-- figures: end -->"
PLANS = "emulation plans, another author, by a model that has not seen them"
OTHERS = "other authors left out, half of the normal pages (calibrated)"
OUT_OF_FOLD = "grouped cross-validation, all rows (calibrated)"


def result(name: str) -> dict[str, Any]:
    """``benchmarks/results/<name>.json``."""
    loaded: dict[str, Any] = json.loads((ROOT / "benchmarks" / "results" / f"{name}.json").read_text())
    return loaded


def with_interval(figure: dict[str, float], digits: int = 2) -> str:
    return f"{figure['value']:.{digits}f} ({figure['low']:.{digits}f}–{figure['high']:.{digits}f})"


def rows() -> list[tuple[str, str, str]]:
    """What is measured, the figure, and the command that makes it."""
    model, audit, scoring, speed = (result(name) for name in ("model", "auditd", "scoring", "understanding"))
    whole = {entry["name"]: entry["whole"] for entry in model["results"]}
    others, folds = whole[OTHERS]["figures"], whole[OUT_OF_FOLD]["figures"]
    cases = scoring["cases"]
    plans, rows_of_plans = whole[PLANS]["figures"], whole[PLANS]["attack_rows"]
    return [
        (
            f"technique of {rows_of_plans:,} commands of emulation plans (knowledge reviewed on 3 of 6): top-1, top-3",
            f"{with_interval(plans['top1'])}, {with_interval(plans['top3'])}",
            "make model",
        ),
        (
            f"of {whole[OTHERS]['attack_rows']:,} attacks by left-out authors (the knowledge was reviewed on them)",
            f"{with_interval(others['top1'])}, {with_interval(others['top3'])}",
            "make model",
        ),
        (
            "their attacks found at 1 false alarm in 100 normal commands",
            with_interval(others["recall_at_1_in_100"]),
            "make model",
        ),
        (
            f"the same, all {whole[OUT_OF_FOLD]['rows']:,} commands, grouped 5-fold",
            with_interval(folds["recall_at_1_in_100"]),
            "make model",
        ),
        ("calibration error, the same folds", with_interval(folds["ece_equal_mass"], 3), "make model"),
        (
            "audit log to events, one core: `laurel` 0.5.1 in the same run",
            f"{audit['read']['times_as_fast_as_laurel_by_seconds']:.1f} times as fast",
            "python -m benchmarks auditd",
        ),
        (
            "scoring a million rows, 14 % distinct, one core: scikit-learn's pipeline, same model, same run",
            f"{cases['stream']['ratio']:.0f} times as fast, every label equal",
            "python -m benchmarks scoring",
        ),
        ("the same, all distinct; one command", f"{cases['distinct']['ratio']:.1f}; {cases['one']['ratio']:.0f} times",
         "python -m benchmarks scoring"),
        (
            "the built-in model: distinct commands a second with evidence, two processes; one command",
            f"{speed['distinct_per_second_2_jobs']:,}; {speed['one_command_ms']:.1f} ms",
            "python -m benchmarks understanding",
        ),
        (
            "`classify` of one command, cold start; peak memory",
            f"{speed['cold_start_s']:.2f} s; {speed['peak_mib']:,} MiB",
            "python -m benchmarks understanding",
        ),
    ]  # fmt: skip


def table() -> str:
    lines = [f"| {what} | {figure} | `{command}` |" for what, figure, command in rows()]
    model = result("model")
    data = f"Data `{model['data_sha256'][:19]}…`, seed {model['seed']}"
    about = (
        f"Intervals: 95 %, bootstrap over groups. {data}. Machine and versions of each run: "
        "[benchmarks/results](benchmarks/results); all tables: [docs/model.md](docs/model.md)."
    )
    return "\n".join(["| what | figure | made by |", "|---|---|---|", *lines, "", about])


def escaped(text: str) -> str:
    """Text as Markdown shows it."""
    return text.replace("<", "&lt;").replace("|", "\\|")


def formats_table() -> str:
    """Every registered format: what it reads, how exactly, how fast."""
    from ttpline.telemetry.base import readers

    measured, audit = result("formats"), result("auditd")
    speeds, truths = measured["formats"], measured["truth"] or {}
    registry = readers(plugins=False)
    head = "| `--from` | what it reads | exact, of real commands | MB/s | against, in the same run |"
    lines = [head, "|---|---|---|---|---|"]
    for name in registry.names():
        truth, speed = truths.get(name), speeds.get(name, {})
        exact = (
            f"{truth['exact']} of {truth['commands']}"
            + (f", {truth['invented']} invented" if truth["invented"] else "")
            if truth
            else ""
        )
        pace, against = speed.get("mb_per_s", ""), ""
        if "times_json_loads" in speed:
            against = (
                f"a `json.loads` loop: {speed['times_json_loads']:.1f} times as fast; "
                f"{speed['varied']['times_json_loads']:.1f} where values vary"
            )
        elif "times_wheel_seconds" in speed:
            against = f"the `evtx` wheel's records as JSON: {speed['times_wheel_seconds']:.2f} of its time"
            if (dense := speeds.get("evtx, every second a command")) is not None:
                against += f" (1 record in 20 a command), {dense['times_wheel_seconds']:.2f} (1 in 2)"
            if (small := speeds.get("evtx, 1 MB of Sysmon")) is not None:
                against += f", {small['times_wheel_seconds']:.2f} (a file of 1 MB)"
        elif name == "auditd":
            pace = audit["read"]["mb_per_s"]
            against = f"`laurel`: {audit['read']['times_as_fast_as_laurel_by_seconds']:.1f} times as fast"
            if "ausearch" in audit:
                against += f"; `ausearch -i`: {audit['ausearch']['seconds'] / audit['read']['seconds']:.1f}"
        what = escaped(registry.get(name).description)
        lines.append(f"| [`{name}`]({name}.md) | {what} | {exact} | {pace} | {against} |")
    about = (
        "Made by `python -m benchmarks formats` and `auditd`, one core, made-up logs in memory of which every second "
        "record is a command, of one host and four commands, *where values vary* of 40 hosts and nearly as many "
        "commands as events; *exact*: command line, time, host, user, process and parent are those of an independent "
        "parser on the logs of `../shared/telemetry`. Formats without a figure there have no oracle: their samples and "
        "truth are in `tests/`. The audit log's oracles are compared in `tests/telemetry/test_auditd_shared.py`."
    )
    return "\n".join([*lines, "", about])


def page_with(path: Path, text: str) -> str:
    """The page at ``path`` with ``text`` between its marks."""
    before, rest = path.read_text(encoding="utf-8").split(BEGIN)
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.split(END)[1]}"


def main(arguments: list[str]) -> int:
    """Write the tables, or say that one is out of date."""
    pages = {ROOT / "README.md": table(), ROOT / "docs" / "formats" / "README.md": formats_table()}
    for path, text in pages.items():
        page = page_with(path, text)
        if path.read_text(encoding="utf-8") == page:
            continue
        if "--check" in arguments:
            print(f"{path.relative_to(ROOT)} is out of date: run make docs", file=sys.stderr)
            return 1
        path.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
