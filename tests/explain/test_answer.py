"""The short answer between two prompts: marks, and the reasons of the model in words."""

from io import StringIO

from ttpline.explain.answer import Look, rendered_answer
from ttpline.models.base import CommandClassifier
from ttpline.models.hybrid import Hybrid
from ttpline.models.tfidf_lr import TfidfLr
from ttpline.sinks._console import PlainConsole

LONGEST = 25
"""Lines of an answer with one technique."""


def answer(command: str, model: CommandClassifier, look: Look) -> list[str]:
    console = PlainConsole(StringIO())
    console.width = 120
    prediction = model.predict([command], top_k=1)[0]
    console.print(rendered_answer(model.normalised(command), prediction, model, look))
    assert isinstance(console.file, StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_a_hybrid_says_what_the_knowledge_says(hybrid: Hybrid) -> None:
    lines = answer("cat /etc/shadow", hybrid, Look())
    assert any("[++ /etc/shadow]" in line for line in lines)
    assert any(line.strip().startswith("+") and "/etc/shadow reads the password hashes" in line for line in lines)


def test_a_model_of_text_lists_its_parts_on_one_line(additive: TfidfLr) -> None:
    lines = answer("cat /etc/shadow", additive, Look())
    assert sum(" · " in line for line in lines) == 1


def test_without_explanation_there_is_the_verdict_and_the_technique(hybrid: Hybrid) -> None:
    assert len(answer("cat /etc/shadow", hybrid, Look(explains=False))) <= 3


def test_an_answer_to_a_hostile_command_is_short_and_without_effect(hybrid: Hybrid) -> None:
    lines = answer("cat /etc/shadow \x1b[2J\u202e " + "b" * 60_000, hybrid, Look())
    assert len(lines) <= LONGEST
    assert not {"\x1b", "\u202e"} & set("".join(lines))
