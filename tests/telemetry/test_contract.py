"""Every registered reader keeps the contract on its samples; a format without samples, or samples of none, fail."""

import json
from pathlib import Path
from typing import Any

import pytest

from ttpline.telemetry.base import readers
from ttpline.testing.check_reader import check_reader
from ttpline.testing.reading import reading_of

CASES = Path(__file__).parents[1] / "cases" / "telemetry"
CLAIMS = "claims.json"
NAMES = readers().names()
ANSWERS = sorted(CASES.glob("*/expected/*.jsonl"))


def samples_of(name: str) -> dict[str, bytes]:
    files = [file for file in sorted((CASES / name).glob("*")) if file.is_file() and file.name != CLAIMS]
    return {file.name: file.read_bytes() for file in files}


def claims_of(name: str) -> dict[str, Any]:
    """What a format promises beyond the contract, as keyword arguments of ``check_reader``."""
    file = CASES / name / CLAIMS
    claims: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return claims


@pytest.mark.parametrize("name", NAMES)
def test_reader_keeps_the_contract(name: str) -> None:
    check_reader(readers().get(name), samples_of(name), **claims_of(name))


@pytest.mark.parametrize("name", NAMES)
def test_reader_is_called_what_its_file_is_called(name: str) -> None:
    assert readers().get(name).name == name


@pytest.mark.parametrize("name", NAMES)
def test_every_format_has_samples(name: str) -> None:
    assert samples_of(name), f"put samples of {name} into tests/cases/telemetry/{name}/"


@pytest.mark.parametrize("name", NAMES)
def test_every_format_has_a_page(name: str) -> None:
    page = CASES.parents[2] / "docs" / "formats" / f"{name}.md"
    assert page.is_file(), f"write docs/formats/{name}.md"


def test_every_folder_of_samples_belongs_to_a_format() -> None:
    assert {folder.name for folder in CASES.iterdir()} <= set(NAMES)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: f"{answer.parents[1].name}-{answer.stem}")
def test_sample_is_read_as_expected(answer: Path) -> None:
    name, sample = answer.parents[1].name, answer.parents[1] / answer.stem
    assert sample.is_file(), f"{answer} is of no sample"
    reading = reading_of(readers().get(name), sample.read_bytes(), sample.name)
    *events, skipped = [json.loads(line) for line in answer.read_text(encoding="utf-8").splitlines()]
    again = f"if the new answer is right: .venv/bin/python scripts/refresh_cases.py {name}"
    assert [event.to_dict() for event in reading.events] == events, again
    assert reading.skipped.counts == skipped["skipped"], again


@pytest.mark.parametrize("name", ["csv", "jsonl", "text"])
def test_every_sample_has_its_answer(name: str) -> None:
    answers = {answer.stem for answer in ANSWERS if answer.parents[1].name == name}
    assert answers == samples_of(name).keys()


def test_every_sample_but_plain_text_is_recognised_as_its_format() -> None:
    from ttpline.telemetry._sniff import select

    everyone = [readers().get(name) for name in NAMES]
    for name in NAMES:
        for file, data in samples_of(name).items():
            if name != "text":
                assert select(data, everyone, file).name == name
