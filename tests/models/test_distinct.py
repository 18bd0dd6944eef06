"""A column is scored once for each different command."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttpline.models import _distinct
from ttpline.models._distinct import _distinct_by_groups, _distinct_hashes, distinct_texts, probabilities_of
from ttpline.models._lookup import KeyTable
from ttpline.models.base import CHUNK_CHARACTERS, CHUNK_COMMANDS, chunks, column_chunks
from ttpline.models.tfidf_lr import TfidfLr


@given(st.lists(st.sampled_from(["", "a", "b", "ä", "ls -la", "x" * 30]), max_size=40))
@settings(deadline=None)
def test_distinct_texts_rebuild_the_column_in_order_of_appearance(texts: list[str]) -> None:
    distinct, row_of = distinct_texts(pl.Series(texts, dtype=pl.String))
    assert distinct.to_list() == list(dict.fromkeys(texts))
    assert distinct.gather(row_of).to_list() == texts


def test_two_texts_with_one_hash_are_still_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_distinct, "_distinct_hashes", lambda hashes: _distinct_hashes(hashes * np.uint64(0)))
    distinct, row_of = distinct_texts(pl.Series(["a", "b", "a"]))
    assert (distinct.to_list(), row_of.tolist()) == (["a", "b"], [0, 1, 0])


@pytest.mark.parametrize("spread", [1, 2**40, 0x9E3779B97F4A7C15])
def test_hashes_that_share_slots_are_told_apart(spread: int) -> None:
    hashes = np.random.default_rng(3).integers(0, 500, 3_000).astype(np.uint64) * np.uint64(spread)
    first, row_of = _distinct_hashes(hashes)
    assert (hashes[first][row_of] == hashes).all()
    assert len(first) == len(np.unique(hashes))
    assert (np.diff(first) > 0).all()


def test_grouping_gives_the_same() -> None:
    column = pl.Series(list("abcaabbcd"))
    ours, theirs = distinct_texts(column), _distinct_by_groups(column)
    assert ours[0].to_list() == theirs[0].to_list()
    assert (ours[1] == theirs[1]).all()


def test_every_row_gets_the_probabilities_of_its_command(model_of: Callable[[str], TfidfLr], texts: list[str]) -> None:
    for variant in ("word", "both"):
        model = model_of(variant)
        rows = [*texts, *reversed(texts), *texts[:5]]
        scores = probabilities_of(model, pl.Series([*rows, None]))
        expected = model.probabilities([*rows, ""])
        assert (scores.per_row() == expected).all()
        best = scores.best()
        assert best["label"].to_list() == [model.labels[at] for at in expected.argmax(axis=1)]
        assert (best["probability"].to_numpy() == expected.max(axis=1)).all()


def test_an_empty_column_has_no_scores(model_of: Callable[[str], TfidfLr]) -> None:
    scores = probabilities_of(model_of("word"), pl.Series([], dtype=pl.String))
    assert scores.best().height == 0


@pytest.mark.parametrize("characters", [0, 1, 3 * CHUNK_CHARACTERS])
def test_chunks_are_bounded_and_lose_nothing(characters: int) -> None:
    texts = ["a" * characters, *["bb"] * (CHUNK_COMMANDS + 3), "c" * characters]
    pieces = list(chunks(texts))
    assert [text for piece in pieces for text in piece] == texts
    assert all(len(piece) <= CHUNK_COMMANDS for piece in pieces)
    assert all(sum(map(len, piece)) <= CHUNK_CHARACTERS or len(piece) == 1 for piece in pieces)
    bounds = list(column_chunks(pl.Series(texts)))
    assert [text for start, end in bounds for text in texts[start:end]] == texts
    assert all(sum(map(len, texts[start:end])) <= CHUNK_CHARACTERS or end - start == 1 for start, end in bounds)


@given(st.sets(st.integers(0, 2**64 - 1), max_size=200), st.lists(st.integers(0, 2**64 - 1), max_size=50))
@settings(deadline=None)
def test_a_key_table_finds_exactly_its_keys(keys: set[int], others: list[int]) -> None:
    table = KeyTable(np.array(sorted(keys), np.uint64))
    wanted = [*sorted(keys), *others]
    places = {key: place for place, key in enumerate(sorted(keys))}
    assert table.find(np.array(wanted, np.uint64)).tolist() == [places.get(key, -1) for key in wanted]


@pytest.mark.parametrize("step", [1, 2**20, 2**52])
def test_a_key_table_bears_keys_in_a_row(step: int) -> None:
    keys = np.arange(3_000, dtype=np.uint64) * np.uint64(step)
    table = KeyTable(keys)
    assert (table.find(keys) == np.arange(3_000)).all()
    if step < 2**52:  # beyond, the keys come round to themselves
        assert (table.find(keys + np.uint64(3_000 * step)) == -1).all()
