"""The labels of one machine, ready to be joined to its events by serial, batch after batch."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from ttpline.datasets.origins._casinolimit_labels import Label

_SERIAL = r":(\d{1,18})(?:#\d+)?$"
"""How an ``event_id`` ends, whatever the host is called."""

TITLE_ORIGINS = ("execve", "proctitle")
"""Rows that have a process title; what sudo or a terminal reported has none."""

NORMAL = "Normal"


class LabelJoin:
    """``labels``: (label, serials on this machine). ``add`` counts the events that labels meet."""

    def __init__(self, labels: Sequence[tuple[Label, Sequence[int]]]) -> None:
        pairs = [(serial, number) for number, (_, serials) in enumerate(labels) for serial in serials]
        serials = np.array([serial for serial, _ in pairs], np.int64)
        numbers = np.array([number for _, number in pairs], np.int64)
        self._serials, places = np.unique(serials, return_inverse=True)
        self._place_of_pair = places.reshape(-1)
        self._label_of_pair = numbers
        self._labels = [label for label, _ in labels]
        self._with_title = np.zeros(len(self._serials), np.int64)
        self._without_title = np.zeros(len(self._serials), np.int64)
        techniques = [label.technique for label in self._labels]
        self._by_serial = pl.DataFrame(
            {"serial": serials, "technique": pl.Series([techniques[number] for number in numbers], dtype=pl.String)}
        )
        self._techniques = self._by_serial.unique(maintain_order=True)
        self.titled = 0
        self.unlabelled = 0

    def add(self, frame: pl.DataFrame, *, normal: bool) -> pl.DataFrame:
        """The title rows of one batch with their technique: one row for each technique of an event, none for an event
        without a label unless ``normal``."""
        frame = frame.with_columns(serial=pl.col("event_id").str.extract(_SERIAL, 1).cast(pl.Int64, strict=False))
        has_title = pl.col("origin").is_in(TITLE_ORIGINS)
        titled = frame.filter(has_title)
        self._note(titled["serial"], self._with_title)
        self._note(frame.filter(~has_title)["serial"], self._without_title)
        joined = titled.join(self._techniques.rename({"technique": "label"}), on="serial", how="left")
        self.titled += len(titled)
        self.unlabelled += joined["label"].null_count()
        if not normal:
            joined = joined.filter(pl.col("label").is_not_null())
        return joined.with_columns(technique=pl.col("label").fill_null(NORMAL))

    def _note(self, serials: pl.Series, seen: npt.NDArray[np.int64]) -> None:
        values = serials.drop_nulls().to_numpy()
        if not len(values) or not len(self._serials):
            return
        places = np.searchsorted(self._serials, values).clip(max=len(self._serials) - 1)
        np.add.at(seen, places[self._serials[places] == values], 1)

    @property
    def serials(self) -> list[int]:
        """Every labelled serial of this machine."""
        return [int(serial) for serial in self._serials]

    def counts(self) -> Counter[str]:
        """What the join met, once all batches are through."""
        found = self._with_title > 0
        only_other = ~found & (self._without_title > 0)
        per_serial = self._techniques.group_by("serial").len()["len"]
        labels_per_event = self._by_serial.group_by("serial").len()["len"]
        return Counter(
            {
                "events with a title": self.titled,
                "events without a label": self.unlabelled,
                "labelled serials": len(self._serials),
                "labelled serials with a titled event": int(found.sum()),
                "labelled serials whose event has no title": int(only_other.sum()),
                "labelled serials without an event": int((~found & ~only_other).sum()),
                "labelled serials with several events": int((self._with_title > 1).sum()),
                "labelled serials with several techniques": int((per_serial > 1).sum()),
                "labelled serials with several labels": int((labels_per_event > 1).sum()),
            }
        )

    def uids_with_events(self) -> set[str]:
        """The labels that met at least one event with a title."""
        met = self._label_of_pair[self._with_title[self._place_of_pair] > 0]
        return {self._labels[number].uid for number in np.unique(met).tolist()}
