"""Every registered family keeps the contract of ``CommandClassifier``."""

from pathlib import Path

import pytest
from tests.models.conftest import VARIANTS

from ttpline.errors import MissingExtraError
from ttpline.models.base import families
from ttpline.models.tfidf_lr import TfidfLr
from ttpline.testing.check_classifier import check_classifier


@pytest.mark.parametrize("name", families(plugins=False).names())
def test_family_keeps_the_contract(name: str, tmp_path: Path) -> None:
    try:
        check_classifier(families().get(name), tmp_path)
    except MissingExtraError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("variant", VARIANTS)
def test_tfidf_lr_keeps_the_contract_with_other_parameters(variant: str, tmp_path: Path) -> None:
    check_classifier(lambda: TfidfLr(VARIANTS[variant]), tmp_path)


def test_private_modules_are_no_families() -> None:
    assert families(plugins=False).names() == sorted(
        path.stem.replace("_", "-")
        for path in (Path(__file__).parents[2] / "src/ttpline/models").glob("[a-z]*.py")
        if path.stem != "base"
    )
