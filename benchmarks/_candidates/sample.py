"""What the candidates learn from and are asked: rows with labels that are techniques, each understood once."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ttpline.commands.knowledge_examples import ranked
from ttpline.commands.normalise import model_text
from ttpline.commands.understand import built_in
from ttpline.domain.labelled import LabelledCommand
from ttpline.knowledge.load import knowledge_ids
from ttpline.models._meaning_features import Features, meaning_features

Scores = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sample:
    """One row: ``text`` is the decoded command, ``votes`` the knowledge's, ``order`` its techniques, best first."""

    row: LabelledCommand
    text: str
    features: Features
    votes: Mapping[str, float]
    order: tuple[str, ...]

    @property
    def label(self) -> str:
        return self.row.label


class Candidate(Protocol):
    """``scores`` is ``[samples, labels]``, the higher the likelier; only their order and softmax are used."""

    name: str
    labels: tuple[str, ...]

    def fit(self, train: Sequence[Sample], seed: int) -> None: ...

    def scores(self, test: Sequence[Sample]) -> Scores: ...

    def reading_s(self, understanding_s: float) -> float:
        """Seconds a command that ``fit`` and ``scores`` do not show, as all is read in advance: understanding takes
        ``understanding_s``."""


@dataclass(frozen=True, slots=True)
class Understood:
    """The samples of some rows, and what reading a command took."""

    samples: list[Sample]
    seconds_each: float


def understood(rows: Sequence[LabelledCommand]) -> Understood:
    """Every row, understood with the packaged knowledge."""
    understander = built_in()
    for row in rows[:50]:  # the knowledge compiles what it meets first
        understander.understand(model_text(row.command_line))
    start = time.process_time()
    found = [understander.understand(model_text(row.command_line)) for row in rows]
    features = [meaning_features(one) for one in found]
    seconds = (time.process_time() - start) / max(1, len(rows))
    samples = []
    for row, one, feature in zip(rows, found, features, strict=True):
        order = dict.fromkeys(name.partition(".")[0] for name, _ in ranked(one))
        text = one.text.encode("utf-8", "replace").decode()
        samples.append(Sample(row, text, feature, dict(one.votes), tuple(order)))
    return Understood(samples, seconds)


def known_techniques() -> set[str]:
    """The techniques that the knowledge can speak for."""
    return {name.partition(".")[0] for name in knowledge_ids(built_in().knowledge)}


def votes_of(samples: Sequence[Sample], labels: Sequence[str]) -> Scores:
    """``[samples, labels]``: the strongest vote for the technique or a sub-technique of it, as ``hybrid`` has it."""
    from ttpline.models._hybrid_labels import label_tree

    return np.asarray(label_tree(labels).technique_votes([one.votes for one in samples]), np.float64)


def places_of(labels: Sequence[str], wanted: Iterable[str]) -> Places:
    """The place of each wanted label; all have to be there."""
    place = {label: at for at, label in enumerate(labels)}
    return np.array([place[label] for label in wanted], np.int64)


class TextFeatures:
    """The hybrid's text features (character n-grams within words), learned from ``texts``."""

    def __init__(self, texts: Sequence[str], params: Any) -> None:
        from ttpline.models._hybrid_fit import text_params
        from ttpline.models._tfidf_fit import Features as Fitted

        self._fitted = Fitted(texts, text_params(params))
        self.matrix = self._fitted.matrix

    def of(self, samples: Sequence[Sample]) -> Any:
        return self._fitted.transform([one.text for one in samples])


class MeaningMatrix:
    """The hybrid's features of meaning as columns; ``kinds`` keeps those with such a prefix (``p``, ``po``, …)."""

    def __init__(
        self, train: Sequence[Sample], least: int, kinds: frozenset[str] | None = None, most: int | None = None
    ) -> None:
        often: dict[str, int] = {}
        for one in train:
            for name in one.features:
                if kinds is None or name.partition(":")[0] in kinds:
                    often[name] = often.get(name, 0) + 1
        names = sorted((name for name, times in often.items() if times >= least), key=lambda name: (-often[name], name))
        self._place = {name: at for at, name in enumerate(sorted(names[:most]))}
        self.matrix = self.of(train)

    def of(self, samples: Sequence[Sample]) -> Any:
        from scipy.sparse import csr_matrix

        place = self._place
        rows = [sorted((place[n], v) for n, v in one.features.items() if n in place) for one in samples]
        indptr = np.cumsum([0, *(len(row) for row in rows)])
        columns = np.array([at for row in rows for at, _ in row], np.int32)
        values = np.array([value for row in rows for _, value in row], np.float64)
        return csr_matrix((values, columns, indptr), shape=(len(rows), max(1, len(place))))
