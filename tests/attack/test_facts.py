"""Facts that contradict themselves are refused, whoever made them."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttpline.attack.facts import Facts, Origin, Tactic, TechniqueFacts, check_facts, decode_facts, encode_facts, follow
from ttpline.errors import CatalogueError

EXECUTION = Tactic("TA0002", "execution", "Execution")
IMPACT = Tactic("TA0040", "impact", "Impact")
THING = TechniqueFacts("T9001", "Thing", ("execution",), ("Linux",))
FINE = TechniqueFacts("T9001.001", "Fine Thing", ("execution", "impact"))
GONE = TechniqueFacts("T9002", "Gone Thing", revoked=True, replaced_by=("T9001",))
DEAD = TechniqueFacts("T9003", "Dead", revoked=True, replaced_by=("T9004",))
END = TechniqueFacts("T9004", "End", revoked=True)
GOOD = Facts("20.0", "notice", (Origin("x", "0" * 64, "all"),), (EXECUTION, IMPACT), (THING, FINE, GONE))


def test_consistent_facts_pass() -> None:
    check_facts(GOOD)


@pytest.mark.parametrize(
    ("facts", "fault"),
    [
        (replace(GOOD, version="20"), "version"),
        (replace(GOOD, version="../20.0"), "version"),
        (replace(GOOD, tactics=()), "tactics"),
        (replace(GOOD, tactics=(EXECUTION, EXECUTION)), "tactics"),
        (replace(GOOD, tactics=(replace(EXECUTION, id="T2"), IMPACT)), "tactic id"),
        (replace(GOOD, techniques=()), "technique ids"),
        (replace(GOOD, techniques=(FINE, THING, GONE)), "sorted"),
        (replace(GOOD, techniques=(THING, THING)), "unique"),
        (replace(GOOD, techniques=(FINE,)), "no parent T9001"),
        (replace(GOOD, techniques=(replace(THING, id="T90012"),)), "malformed"),
        (replace(GOOD, techniques=(replace(THING, name=" "),)), "no name"),
        (replace(GOOD, techniques=(replace(THING, tactics=()),)), "has tactics"),
        (replace(GOOD, techniques=(replace(THING, tactics=("stealth",)),)), "has tactics"),
        (replace(GOOD, techniques=(replace(THING, tactics=("impact", "execution")),)), "has tactics"),
        (replace(GOOD, techniques=(replace(THING, replaced_by=("T9001",)),)), "not revoked"),
        (replace(GOOD, techniques=(replace(GONE, replaced_by=("T9999",)),)), "T9999, unknown"),
        (replace(GOOD, techniques=(replace(GONE, replaced_by=("T9002",)),)), "in a circle"),
        (replace(GOOD, techniques=(DEAD, END)), "replaced by nothing in use"),
    ],
)  # fmt: skip
def test_a_contradiction_is_refused(facts: Facts, fault: str) -> None:
    with pytest.raises(CatalogueError, match=fault):
        check_facts(facts)


def test_a_circle_of_revocations_ends() -> None:
    by_id = {
        "T9001": TechniqueFacts("T9001", "a", revoked=True, replaced_by=("T9002",)),
        "T9002": TechniqueFacts("T9002", "b", revoked=True, replaced_by=("T9001", "T9003")),
        "T9003": TechniqueFacts("T9003", "c"),
    }
    assert follow("T9001", by_id) == (("T9003",), ("T9001",))


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"{}", b"\xff\xfe", b'{"version":1}', b"[" * 100_000])
def test_bytes_that_are_no_facts_are_refused(raw: bytes) -> None:
    with pytest.raises(CatalogueError, match="somewhere: not an ATT&CK facts file"):
        decode_facts(raw, where="somewhere")


TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
TECHNIQUES = st.builds(
    TechniqueFacts,
    id=TEXT,
    name=TEXT,
    tactics=st.lists(TEXT, max_size=3).map(tuple),
    platforms=st.lists(TEXT, max_size=3).map(tuple),
    revoked=st.booleans(),
    deprecated=st.booleans(),
    replaced_by=st.lists(TEXT, max_size=2).map(tuple),
    split_from=st.lists(TEXT, max_size=2).map(tuple),
    platforms_from=TEXT,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(TECHNIQUES, max_size=4), TEXT)
def test_facts_survive_the_file_whatever_they_say(techniques: list[TechniqueFacts], notice: str) -> None:
    facts = replace(GOOD, notice=notice, techniques=tuple(techniques))
    assert decode_facts(encode_facts(facts), where="test") == facts
