"""The uses that are not tried are those that cannot hold."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ttpline.commands._meaning.object_index import ObjectIndex
from ttpline.commands._meaning.part_view import PartView
from ttpline.commands._meaning.program_entry import ProgramEntry
from ttpline.commands._meaning.terms import compile_terms
from ttpline.commands.parse import parse
from ttpline.knowledge.entries import Claim, ObjectClass, Program, Use

STORE = ObjectClass("store", "the store", ("/srv/store", "has:kept-"))
CHOICES = (
    "-l",
    "--user=*oo*",
    "-u=0",
    "1:add",
    "2:*x*",
    "*Kept*",
    "*s3*",
    "add",
    "any",
    "alone",
    "<store>",
    "reads:<store>",
)
WORDS = ("-l", "-ul", "--user=root", "-u", "0", "add", "ADD", "/srv/store", "a-kept-b", "x", "ſ3", "--", "/l", "–l")
TERMS = st.sampled_from([*CHOICES, *(f"!{term}" for term in CHOICES), "-l|*x*", "add|<store>", "-u=0|1", "/l|-x"])
USES = st.lists(st.lists(TERMS, max_size=3).map(tuple), max_size=8)


@pytest.mark.parametrize("platforms", [(), ("windows",)])
@example(uses=[("--user=*oo*",)], words=["--", "--user=root"])
@given(uses=USES, words=st.lists(st.sampled_from(WORDS), max_size=5))
def test_what_holds_is_what_holds_when_every_use_is_tried(
    platforms: tuple[str, ...], uses: list[tuple[str, ...]], words: list[str]
) -> None:
    claims = [Claim(means=(str(number),)) for number in range(len(uses))]
    program = Program(
        ("tool",),
        platforms=platforms,
        operands={"all": "reads"},
        uses=tuple(Use(when, claim) for when, claim in zip(uses, claims, strict=True)),
    )
    entry = ProgramEntry(program)
    entry.compile()
    part = parse(" ".join(["tool", *words])).parts[0]
    view = PartView(part, program, entry.taking, ObjectIndex([STORE]))
    expected = [
        claim
        for when, claim in zip(uses, claims, strict=True)
        if all(term.test(view) is not None for term in compile_terms(when, ignore_case=bool(platforms)))
    ]
    assert [use.claim for use, _ in entry.holding(view)] == expected
