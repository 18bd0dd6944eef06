"""Without the extra ``deep`` the family is still listed, and says what to install."""

import sys

import pytest

from ttpline.errors import MissingExtraError, NotFittedError
from ttpline.models._lstm_scoring import Scorer
from ttpline.models.base import families
from ttpline.models.lstm import Lstm
from ttpline.testing.check_classifier import sample_rows


def test_training_without_torch_names_the_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"torch is not installed; pip install 'ttpline\[deep\]'"):
        Lstm().fit(sample_rows(), [], 0)


def test_scoring_without_onnxruntime_names_the_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match=r"onnxruntime is not installed; pip install 'ttpline\[deep\]'"):
        Scorer(b"", 2, 1)


def test_the_family_is_listed_and_its_parameters_shown_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("torch", "onnxruntime"):
        monkeypatch.setitem(sys.modules, name, None)
    family = families(plugins=False).get("lstm")
    assert family.Params().vocabulary == 5000
    with pytest.raises(NotFittedError):
        family().probabilities(["id"])
