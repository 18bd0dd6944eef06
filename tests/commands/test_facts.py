"""What facts say together."""

from ttpline.commands.facts import FURTHER, MOST_TOGETHER, Fact, said_by


def fact(speaks: dict[str, int], suspicion: int = 0) -> Fact:
    return Fact("use", "a program -x", (0, 1), "why", speaks, suspicion)


def test_the_strongest_counts_whole_and_further_ones_a_quarter() -> None:
    said = said_by((fact({"T1": 2, "T2": -1}), fact({"T1": 3}, 2), fact({"T1": 1, "T2": 1})))
    assert said.votes == {"T1": 3.75, "T2": 0.0}
    assert said.suspicion == 2


def test_facts_of_one_name_that_say_different_things_are_told_apart() -> None:
    for _ in range(2):
        assert said_by((fact({"T1": 2}),)).votes == {"T1": 2.0}
        assert said_by((fact({"T2": 1}),)).votes == {"T2": 1.0}
        assert said_by((fact({"T2": 1}, 3),)).suspicion == 3


def test_what_was_said_before_is_the_same_object() -> None:
    assert said_by((fact({"T1": 2}),)) is said_by((fact({"T1": 2}),))
    assert said_by(()).votes == {}


def test_more_facts_than_are_remembered_say_the_same() -> None:
    many = (fact({"T1": 1}),) * (MOST_TOGETHER + 1)
    assert said_by(many) is not said_by(many)
    assert said_by(many).votes == {"T1": 1 + MOST_TOGETHER * FURTHER}
