"""Lengths and words of commands, as the study's two models see them."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, pairwise

import numpy as np
import numpy.typing as npt
import polars as pl

from ttpline.commands.tokens import token_lists
from ttpline.datasets.description import QUANTILES, Bin, Lengths, TokenCount, Vocabulary
from ttpline.datasets.labelled_tables import LabelledTables

TITLE_BYTES = 128
"""``MAX_PROCTITLE_AUDIT_LEN``: what the kernel keeps of a process title, the NUL at its end included."""
LSTM_WORDS = 20
"""Words of a command that the study's LSTM reads."""
STUDY_FEATURES = 5000
"""Uni- and bigrams that the study's logistic regression counts, and numbers that its LSTM has for words."""
LSTM_RESERVED = 2
"""Of these numbers, padding and ``<unk>``."""
SHOWN_TOKENS = 25
_WIDEST_BIN = 1.5
"""Bins grow by half, so that 3 characters and 30,000 fit in one picture."""

IntArray = npt.NDArray[np.int64]


def describe_lengths(
    tables: LabelledTables, texts: Sequence[str], lstm_words: Callable[[str], list[str]]
) -> tuple[Lengths, ...]:
    """Characters, bytes as logged (blanks at the ends too), tokens of the logistic regression, words of the LSTM."""
    commands = pl.Series("command", texts, dtype=pl.String)
    logged = pl.Series("logged", _logged(tables), dtype=pl.String)
    return (
        _lengths("characters", commands.str.len_chars().to_numpy().astype(np.int64)),
        _lengths("bytes", logged.str.len_bytes().to_numpy().astype(np.int64), TITLE_BYTES),
        _lengths("tokens", token_lists(commands).list.len().to_numpy().astype(np.int64)),
        _lengths("words", np.array([len(lstm_words(text)) for text in texts], np.int64), LSTM_WORDS),
    )


def _logged(tables: LabelledTables) -> list[str]:
    """The process titles, where the files have them; else the commands."""
    name = "proctitle" if "proctitle" in tables.header else tables.command_column
    place = tables.header.index(name)
    return [cells[place] for cells in tables.cells]


def _lengths(unit: str, values: IntArray, limit: int | None = None) -> Lengths:
    return Lengths(
        unit=unit,
        quantiles=tuple(float(value) for value in np.quantile(values, QUANTILES, method="inverted_cdf")),
        bins=_bins(values, limit),
        limit=limit,
        at_limit=int((values == limit).sum()) if limit is not None else 0,
        over_limit=int((values > limit).sum()) if limit is not None else 0,
    )


def _bins(values: IntArray, limit: int | None) -> tuple[Bin, ...]:
    """From 0 on, each at most half as wide again as it begins, none on both sides of ``limit``; empty ones at the ends
    are left out."""
    edges = [0]
    while edges[-1] <= values.max():
        edge = max(edges[-1] + 1, int(edges[-1] * _WIDEST_BIN))
        edges.append(limit + 1 if limit is not None and edges[-1] <= limit < edge - 1 else edge)
    numbers = np.histogram(values, edges)[0].tolist()  # the last edge lies above every value, so no bin includes it
    made = [Bin(least, most - 1, rows) for least, most, rows in zip(edges[:-1], edges[1:], numbers, strict=True)]
    first = next(at for at, each in enumerate(made) if each.rows)
    return tuple(made[first:])


def describe_vocabularies(texts: Sequence[str], lstm_words: Callable[[str], list[str]]) -> tuple[Vocabulary, ...]:
    """The tokens alone, with bigrams as the logistic regression counts them, and the LSTM's words."""
    tokens = token_lists(pl.Series("command", texts, dtype=pl.String)).to_list()
    ngrams = ([*each, *(f"{first} {second}" for first, second in pairwise(each))] for each in tokens)
    return (
        _vocabulary("tokens", tokens, STUDY_FEATURES),
        _vocabulary("tokens and pairs of tokens (TF-IDF)", list(ngrams), STUDY_FEATURES),
        _vocabulary("words (LSTM)", [lstm_words(text) for text in texts], STUDY_FEATURES - LSTM_RESERVED),
    )


def _vocabulary(name: str, of_rows: Iterable[list[str]], limit: int) -> Vocabulary:
    of_rows = list(of_rows)
    times = Counter(chain.from_iterable(of_rows))
    ranked = sorted(times, key=lambda token: (-times[token], token))
    known = set(ranked[:limit])
    total = times.total()
    return Vocabulary(
        name=name,
        distinct=len(times),
        times=total,
        limit=limit,
        covered=sum(times[token] for token in known) / total if total else 1.0,
        unknown_rows=sum(not known.issuperset(tokens) for tokens in of_rows),
        frequent=tuple(TokenCount(token, times[token]) for token in ranked[:SHOWN_TOKENS]),
    )
