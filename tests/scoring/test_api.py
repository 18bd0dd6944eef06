"""``ttpline.classify``, ``ttpline.load_model`` and ``ttpline.read``."""

from pathlib import Path

import pytest

import ttpline
from ttpline.errors import ModelError
from ttpline.models.base import CommandClassifier
from ttpline.testing.small_model import small_model


@pytest.fixture(scope="module")
def model() -> CommandClassifier:
    return small_model()


def test_classify_answers_in_order_and_equal_commands_equally(model: CommandClassifier) -> None:
    answers = ttpline.classify(["cat /etc/shadow", "ls -la", "cat /etc/shadow"], model=model)
    assert [answer.verdict.value for answer in answers] == ["attack", "normal", "attack"]
    assert answers[0] is answers[2]


@pytest.mark.parametrize("command", ["", "\udcff", "\ud800", "a\udc80\U0010ffff", "\0"])
def test_classify_takes_any_text_python_has(model: CommandClassifier, command: str) -> None:
    assert len(ttpline.classify([command], model=model)) == 1


def test_bytes_that_are_no_utf8_come_back_as_lone_surrogates(model: CommandClassifier) -> None:
    for technique in ttpline.classify(["cat /etc/shadow \udcff"], model=model)[0].techniques:
        assert not [part for part in technique.evidence if "\U0010ffff" in part.text]


def test_a_saved_model_is_loaded_by_its_folder(model: CommandClassifier, tmp_path: Path) -> None:
    model.save(tmp_path / "mine")
    loaded = ttpline.load_model(str(tmp_path / "mine"))
    assert loaded.labels == model.labels
    assert ttpline.classify(["id"], model=str(tmp_path / "mine"))[0].model.name == "mine"


def test_a_missing_model_is_an_error() -> None:
    with pytest.raises(ModelError, match="/no/model"):
        ttpline.load_model("/no/model")


def test_read_gives_events(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("id\nls\n")
    assert [event.command_line for event in ttpline.read(str(tmp_path / "a.txt"), "text")] == ["id", "ls"]
