"""Every example in the packaged knowledge holds, and every entry has one that reaches it."""

from collections.abc import Sequence
from functools import cache

import pytest

from ttpline.commands.knowledge_examples import check_examples, unreached
from ttpline.commands.understand import Understander
from ttpline.knowledge.entries import Example, Knowledge
from ttpline.knowledge.load import DATA, packaged_knowledge, read_knowledge

FILES = sorted(DATA.glob("*.yaml"))


@cache
def _understander() -> Understander:
    return Understander(packaged_knowledge())


@cache
def _read(name: str) -> tuple[Knowledge, Sequence[Example]]:
    return read_knowledge([DATA / name])


@pytest.mark.parametrize("name", [file.name for file in FILES])
def test_examples_hold_and_reach_every_entry(name: str) -> None:
    knowledge, examples = _read(name)
    failures, reached = check_examples(_understander(), examples)
    assert [str(one) for one in failures] == []
    assert unreached(knowledge, reached) == []


def test_no_program_is_described_twice_for_the_same_platforms() -> None:
    seen: dict[tuple[str, tuple[str, ...]], str] = {}
    for file in FILES:
        for program in _read(file.name)[0].programs:
            for name in program.names:
                key = (name, program.platforms)
                assert key not in seen, f"{name} is in {seen[key]} and {file.name}"
                seen[key] = file.name


def test_no_class_is_described_twice() -> None:
    names = [one.name for one in packaged_knowledge().objects]
    assert sorted(set(names)) == sorted(names)
