"""Splits: grouped folds, the study's row split, and one source against the rest. All are functions of rows and seed."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import permutations

import numpy as np
import numpy.typing as npt

from ttpline.datasets.near_duplicates import inseparable
from ttpline.domain.labelled import LabelledCommand
from ttpline.errors import DatasetError, LeakageError, MissingExtraError

IntArray = npt.NDArray[np.int64]

STUDY_SEED = 42
STUDY_SHARES = (0.6, 0.2, 0.2)
"""Train, dev and test of the published study."""

_DEV_OF_REST = 0.25
"""A fifth of all is a quarter of what the test leaves."""

_FIFTHS = 5

_SHARES = 20
"""A held-out fraction is met to a twentieth, as far as groups allow."""


def _none() -> IntArray:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Fold:
    """Row numbers of one train/dev/test division, each ascending. ``left_out`` rows are in none of them.

    A row is left out of training when it is tied to a test row (``leave_one_source_out``).
    """

    name: str
    train: IntArray
    test: IntArray
    dev: IntArray = field(default_factory=_none)
    left_out: IntArray = field(default_factory=_none)


@dataclass(frozen=True, slots=True)
class Split:
    """Folds under the name of the procedure that made them; ``seed`` and rows decide them completely."""

    name: str
    seed: int
    folds: tuple[Fold, ...]


def grouped_folds(rows: Sequence[LabelledCommand], folds: int, seed: int, *, near_duplicates: bool = True) -> Split:
    """``folds`` folds that never part tied rows (group or near-duplicate), labels spread as evenly as that allows.

    With ``near_duplicates`` False only groups are kept whole, as in figures published elsewhere; such a split leaks.
    """
    ties = inseparable(rows, near_duplicates=near_duplicates)
    pieces = int(ties.max()) + 1 if len(rows) else 0
    if folds < 2 or pieces < folds:
        raise DatasetError(
            f"{pieces} independent groups cannot make {folds} folds",
            remedy="give more groups, or fewer folds (at least 2)",
        )
    fold_of_piece = _spread(rows, ties, pieces, folds, seed)
    fold_of_row = fold_of_piece[ties]
    made = tuple(
        Fold(f"fold-{k + 1}", np.flatnonzero(fold_of_row != k), np.flatnonzero(fold_of_row == k)) for k in range(folds)
    )
    return Split(f"grouped-{folds}-fold" if near_duplicates else f"group-only-{folds}-fold", seed, made)


def _spread(rows: Sequence[LabelledCommand], ties: IntArray, pieces: int, folds: int, seed: int) -> IntArray:
    """Greedy: the largest piece first, into the fold that has the smallest share of its labels so far."""
    labels_of = [Counter[str]() for _ in range(pieces)]
    for tie, row in zip(ties.tolist(), rows, strict=True):
        labels_of[tie][row.label] += 1
    totals = Counter(row.label for row in rows)
    shuffled = np.random.default_rng(seed).permutation(pieces)
    order = sorted(shuffled.tolist(), key=lambda piece: -labels_of[piece].total())
    held: defaultdict[str, npt.NDArray[np.float64]] = defaultdict(lambda: np.zeros(folds))
    sizes = np.zeros(folds)
    fold_of_piece = np.empty(pieces, np.int64)
    for piece in order:
        # The share of all rows breaks ties between folds that are equally poor in the piece's labels.
        cost = sizes / len(rows)
        for label, number in labels_of[piece].items():
            cost = cost + number * held[label] / totals[label]
        fold = int(np.argmin(cost))
        fold_of_piece[piece] = fold
        sizes[fold] += labels_of[piece].total()
        for label, number in labels_of[piece].items():
            held[label][fold] += number
    return fold_of_piece


def grouped_holdout(rows: Sequence[LabelledCommand], fraction: float, seed: int) -> Split:
    """One fold whose ``dev`` and ``test`` are the same ``fraction`` of the rows, no tied rows parted."""
    if not 0 < fraction < 1:
        raise DatasetError(f"a held-out fraction lies between 0 and 1, not {fraction}")
    pieces = int(inseparable(rows).max()) + 1 if len(rows) else 0
    shares = max(2, min(_SHARES, pieces))
    wanted = fraction * len(rows)
    held = _none()
    for fold in grouped_folds(rows, shares, seed).folds[1:]:  # the first is always trained on
        if not len(held) or abs(len(held) + len(fold.test) - wanted) < abs(len(held) - wanted):
            held = np.union1d(held, fold.test)
    train = np.setdiff1d(np.arange(len(rows)), held)
    return Split(f"grouped-holdout-{fraction:g}", seed, (Fold("holdout", train, held, dev=held),))


def grouped_split(rows: Sequence[LabelledCommand], seed: int = STUDY_SEED) -> Split:
    """About 60/20/20 without a leak: of five grouped folds three train, one is dev and one is test.

    Which ones: those that leave the fewest held-out rows with a label that training lacks; of equals, the ones nearest
    to a fifth in size. Rows without ties would give the study's shares; large groups make the parts uneven.
    """
    parts = [fold.test for fold in grouped_folds(rows, _FIFTHS, seed).folds]
    labels = np.array([row.label for row in rows], object)

    def cost(pair: tuple[int, int]) -> tuple[int, int, tuple[int, int]]:
        known = set(labels[np.concatenate([part for at, part in enumerate(parts) if at not in pair])])
        held = [parts[at] for at in pair]
        unknown = sum(label not in known for part in held for label in labels[part])
        return unknown, sum(abs(_FIFTHS * len(part) - len(rows)) for part in held), pair

    dev, test = min(permutations(range(_FIFTHS), 2), key=cost)
    train = np.sort(np.concatenate([part for at, part in enumerate(parts) if at not in (dev, test)]))
    return Split("grouped-60-20-20", seed, (Fold("grouped", train, parts[test], dev=parts[dev]),))


def study_split(rows: Sequence[LabelledCommand], seed: int = STUDY_SEED) -> Split:
    """The study's stratified 60/20/20 split of *rows*. It cuts groups and flatters: only for comparison with the study.

    The very rows that scikit-learn's ``train_test_split(test_size=0.2, stratify=labels, random_state=seed)`` draws as
    test, and then with ``test_size=0.25`` from the rest as dev; the order of rows decides them, and so do the labels'
    names. Every label is sure to be in every part from 5 rows on (``grouping.LEAST_ROWS``).
    """
    labels = [row.label for row in rows]
    numbers = Counter(labels)
    short = sorted(label for label, number in numbers.items() if number < len(STUDY_SHARES))
    if short:
        raise DatasetError(
            f"label {short[0]} has {numbers[short[0]]} row(s), a stratified split into three parts needs 3"
            + (f" (and {len(short) - 1} more such labels)" if len(short) > 1 else ""),
            remedy="put rare labels together (--min-rows 5, ttpline dataset group) or use a grouped split",
        )
    everything = np.arange(len(rows))
    rest, test = _stratified(everything, labels, STUDY_SHARES[2], seed)
    train, dev = _stratified(rest, labels, _DEV_OF_REST, seed)
    return Split("study-stratified-rows-60-20-20", seed, (Fold("study", np.sort(train), np.sort(test), np.sort(dev)),))


def _stratified(rows: IntArray, labels: Sequence[str], share: float, seed: int) -> tuple[IntArray, IntArray]:
    try:
        from sklearn.model_selection import train_test_split
    except ImportError as error:
        raise MissingExtraError("scikit-learn", "train") from error
    try:
        kept, held = train_test_split(
            rows, test_size=share, stratify=[labels[row] for row in rows.tolist()], random_state=seed
        )
    except ValueError as error:  # fewer rows in a part than labels
        raise DatasetError(
            f"{len(rows)} rows of {len(set(labels))} labels cannot be split by label: {error}",
            remedy="put rare labels together (ttpline dataset group) or give more rows",
        ) from error
    return np.asarray(kept, np.int64), np.asarray(held, np.int64)


def leave_one_source_out(rows: Sequence[LabelledCommand], origins: Sequence[str] | None = None) -> Split:
    """One fold an origin: its rows are the test, all other rows train, but for those tied to a test row.

    ``origins`` names the ones to leave out (default: all there are, sorted).
    """
    ties = inseparable(rows)
    origin_of = np.array([row.origin for row in rows], object)
    present = sorted({row.origin for row in rows})
    if len(present) < 2:
        raise DatasetError("all rows have one origin: no source can be left out", remedy="name origins in `source`")
    made = []
    for origin in origins if origins is not None else present:
        is_test = origin_of == origin
        if not is_test.any():
            raise DatasetError(f"no row has the origin {origin!r}", remedy=f"there are: {', '.join(present)}")
        tied = np.isin(ties, ties[is_test]) & ~is_test
        made.append(
            Fold(origin, np.flatnonzero(~is_test & ~tied), np.flatnonzero(is_test), left_out=np.flatnonzero(tied))
        )
    return Split("leave-one-source-out", 0, tuple(made))


def check_leakage(rows: Sequence[LabelledCommand], split: Split) -> None:
    """Raise ``LeakageError`` if a fold's test (or dev) holds a row that is tied to one of its training rows."""
    ties = inseparable(rows)
    for fold in split.folds:
        held = np.union1d(fold.test, fold.dev)
        cut = np.intersect1d(ties[fold.train], ties[held])
        if len(cut):
            train_row = rows[int(fold.train[np.isin(ties[fold.train], cut)][0])]
            raise LeakageError(
                f"{len(cut)} groups stand on both sides, the first is that of {train_row.group!r}",
                where=f"{split.name}, {fold.name}",
                remedy="split by group (grouped_folds)",
            )
