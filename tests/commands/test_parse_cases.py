"""The cases of tests/cases/parse.yaml: texts and what must be read in them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from ttpline.commands.dialect import Dialect
from ttpline.commands.parse import parse

_FILE = Path(__file__).parents[1] / "cases" / "parse.yaml"
_KEYS = {
    "text", "dialect", "platform", "runs", "arguments", "joints", "wrappers", "redirections", "assignments", "damaged"
}  # fmt: skip


def _cases() -> list[Any]:
    groups: dict[str, list[dict[str, Any]]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return [
        pytest.param(case, id=f"{group}-{number}")
        for group, cases in groups.items()
        for number, case in enumerate(cases)
    ]


@pytest.mark.parametrize("case", _cases())
def test_case_is_read_as_written(case: dict[str, Any]) -> None:
    assert set(case) <= _KEYS
    dialect = Dialect(case["dialect"]) if "dialect" in case else None
    parsed = parse(case["text"], dialect, platform=case.get("platform"))
    parts = parsed.parts
    assert [part.program for part in parts] == case["runs"]
    assert parsed.is_damaged == case.get("damaged", False)
    for index, words in case.get("arguments", {}).items():
        assert [word.text for word in parts[index].arguments] == words
    for index, words in case.get("assignments", {}).items():
        assert [word.text for word in parts[index].assignments] == words
    for index, joint in case.get("joints", {}).items():
        assert parts[index].joint == joint
    for index, wrappers in case.get("wrappers", {}).items():
        assert list(parts[index].wrappers) == wrappers
    for index, expected in case.get("redirections", {}).items():
        found = parts[index].redirections
        assert [text for redirection in found for text in (redirection.operator, redirection.target.text)] == expected


def test_there_are_enough_cases() -> None:
    assert len(_cases()) >= 200
