"""Explanations without the secrets of their commands."""

import base64
import json

import pytest

from ttpline.commands.mask import MASK
from ttpline.explain.explain import explain
from ttpline.explain.explanation import CommandExplanation
from ttpline.explain.mask import masked_explanation
from ttpline.testing.small_model import small_model

SECRET = "Hunter2x"
ENCODED = base64.b64encode(f"mysql -p{SECRET} shop".encode()).decode()
COMMANDS = [
    f"mysql -u root -p{SECRET} shop && net user bob {SECRET} /add",
    f"echo {ENCODED} | base64 -d | sh",
    f"sudo sh -c 'echo {ENCODED} | base64 -d | sh'; curl -u alice:{SECRET} http://example.com/",
    f"m''ysql -p{SECRET[:4]}''{SECRET[4:]}",
    f"curl -u alice:{SECRET * 12} http://example.com/",
]


@pytest.fixture(scope="module")
def explanations() -> list[CommandExplanation]:
    model = small_model()
    return [explain(command, model) for command in COMMANDS]


def test_nothing_of_a_secret_is_left(explanations: list[CommandExplanation]) -> None:
    for one in explanations:
        shown = json.dumps(masked_explanation(one).to_dict())
        assert SECRET[:4] not in shown
        assert SECRET[4:] not in shown
        assert ENCODED not in shown
        assert MASK in shown


def test_every_place_shows_the_text_it_stands_beside(explanations: list[CommandExplanation]) -> None:
    for one in map(masked_explanation, explanations):
        text = one.command.text
        for explanation in one.explanations:
            assert all(share.text == text[share.start : share.end] for share in explanation.shares)
            assert all(reason.text == text[slice(*reason.span)] for reason in explanation.reasons)
        assert all(part.text == one.meaning.text[slice(*part.span)] for part in one.meaning.parts)
        assert all(trial.removed.text == text[trial.removed.start : trial.removed.end] for trial in one.without)


def test_the_weights_still_add_up(explanations: list[CommandExplanation]) -> None:
    for one in explanations:
        for before, after in zip(one.explanations, masked_explanation(one).explanations, strict=True):
            assert after.total == pytest.approx(before.total)


def test_an_explanation_without_a_secret_is_the_same_object() -> None:
    plain = explain("tar -cpf a.tar b", small_model())
    assert masked_explanation(plain) is plain
