"""What a table has to know: repeated commands together, bounded in memory, the rest counted."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from ttpline.columns.distinct import DistinctCounter
from ttpline.columns.event_batch import TIME_FORMAT
from ttpline.columns.scored_batch import ScoredBatch
from ttpline.domain.prediction import Prediction, Verdict
from ttpline.domain.printable import printable

KEPT_ATTACKS = 100
"""Different attack commands shown; more is no longer read on a terminal."""
KEPT_UNCERTAIN = 25
"""Different uncertain commands shown; they wait until the attacks are read."""
KEPT_CHARACTERS = 2_000
"""Of a command: more than any cell shows, so that a 10 MB line does not stay in memory."""


@dataclass(slots=True)
class Line:
    """One command of one user on one host: first seen ``time`` (RFC 3339 or ""), ``times`` events."""

    time: str
    host: str
    user: str
    command: str
    prediction: Prediction
    times: int = 1


@dataclass(slots=True)
class TechniqueTally:
    """One technique over all attacks: how many events, how many different commands."""

    name: str
    tactics: tuple[str, ...]
    events: int = 0
    distinct: DistinctCounter = field(default_factory=DistinctCounter)


@dataclass(slots=True)
class Tally:
    """Adds up batches. ``lines`` are kept per verdict in input order, those of the highest rank where there
    are more than the bounds above; everything counts."""

    events: Counter[Verdict] = field(default_factory=Counter)
    distinct: dict[Verdict, DistinctCounter] = field(
        default_factory=lambda: {each: DistinctCounter() for each in Verdict}
    )
    lines: dict[Verdict, dict[tuple[str, str, str], Line]] = field(
        default_factory=lambda: {Verdict.ATTACK: {}, Verdict.UNCERTAIN: {}}
    )
    hidden_events: Counter[Verdict] = field(default_factory=Counter)
    techniques: dict[str, TechniqueTally] = field(default_factory=dict)
    failed: int = 0
    attack_version: str | None = None

    def add(self, batch: ScoredBatch) -> None:
        """Take in a scored batch; only rows that a reader should act on are looked at one by one."""
        if batch.command_of is None:
            return
        times = np.bincount(batch.command_of, minlength=len(batch.commands)).tolist()
        wanted = np.zeros(len(batch.commands), dtype=bool)
        by_verdict: dict[Verdict, list[str]] = {verdict: [] for verdict in Verdict}
        by_technique: dict[str, list[str]] = {}
        for at, prediction in enumerate(batch.predictions):
            self.attack_version = prediction.attack_version
            if _ran_nothing(prediction):
                self.failed += times[at]
                continue
            verdict, text = prediction.verdict, batch.commands[at].text
            self.events[verdict] += times[at]
            by_verdict[verdict].append(text)
            wanted[at] = verdict is not Verdict.NORMAL
            if verdict is Verdict.ATTACK and prediction.techniques:
                best = prediction.techniques[0]
                technique = best.subtechnique or best.technique
                self.techniques.setdefault(technique, TechniqueTally(best.name, best.tactics)).events += times[at]
                by_technique.setdefault(technique, []).append(text)
        for verdict, texts in by_verdict.items():
            self.distinct[verdict].add(pl.Series(texts, dtype=pl.String))
        for technique, texts in by_technique.items():
            self.techniques[technique].distinct.add(pl.Series(texts, dtype=pl.String))
        self._keep_lines(batch, np.flatnonzero(wanted[batch.command_of]))

    def _keep_lines(self, batch: ScoredBatch, rows: "np.ndarray[tuple[int], np.dtype[np.intp]]") -> None:
        if batch.command_of is None or not rows.size:
            return
        seen = batch.events.frame.select("time", "host", "user")[pl.Series(rows)]
        seen = seen.with_columns(at=pl.Series(batch.command_of[rows]))
        groups = seen.group_by("host", "user", "at", maintain_order=True).agg(pl.first("time"), times=pl.len())
        groups = groups.with_columns(pl.col("time").dt.to_string(TIME_FORMAT))
        for host, user, at, time, times in groups.iter_rows():
            prediction = batch.predictions[at]
            kept = self.lines[prediction.verdict]
            command = batch.commands[at].text
            key = (host or "", user or "", command[:KEPT_CHARACTERS])
            line = kept.get(key)
            if line is not None:
                line.times += times
            elif self._makes_room(prediction, len(kept)):
                shown = printable(command[:KEPT_CHARACTERS])
                kept[key] = Line(time or "", printable(key[0]), printable(key[1]), shown, prediction, times)
            else:
                self.hidden_events[prediction.verdict] += times

    def _makes_room(self, prediction: Prediction, taken: int) -> bool:
        """Whether a new line may come in, if need be in place of the least likely one.

        Counts stay exact: a command has one rank, and the rank that lets one in never falls, so none comes back.
        """
        verdict = prediction.verdict
        if taken < (KEPT_ATTACKS if verdict is Verdict.ATTACK else KEPT_UNCERTAIN):
            return True
        kept = self.lines[verdict]
        least = min(kept, key=lambda key: _rank(kept[key].prediction))
        if _rank(prediction) <= _rank(kept[least].prediction):
            return False
        self.hidden_events[verdict] += kept.pop(least).times
        return True


def _rank(prediction: Prediction) -> float:
    """What to look at first: the surest attacks, and among the uncertain ones the likeliest techniques."""
    if prediction.verdict is Verdict.ATTACK or not prediction.techniques:
        return prediction.confidence
    return prediction.techniques[0].probability


def _ran_nothing(prediction: Prediction) -> bool:
    """Whether this is the answer that a failed execve gets."""
    return prediction.verdict is Verdict.UNCERTAIN and not prediction.techniques and prediction.confidence == 0.0
