"""Every parameter of ``tfidf-lr``; the defaults are the best ones of the reference study's grid search."""

from dataclasses import dataclass
from typing import Literal

from ttpline.errors import UsageError
from ttpline.models._characters import LONGEST_NGRAM

LONGEST_WORD_NGRAM = 5


@dataclass(frozen=True, slots=True)
class TfidfLrParams:
    """Features, then weighting, then the regression; the names are scikit-learn's where it has one.

    ``analyzer``: word (n-grams of the study's tokens) · char_wb (characters within words) · both. ``max_features``
    and ``char_max_features``: most n-grams kept, the most frequent first; None is all. ``min_df`` and ``max_df``: in
    how many commands an n-gram must and may occur, a count (int) or a share (float); ``char_min_df`` is the same for
    characters.
    """

    analyzer: Literal["word", "char_wb", "both"] = "word"
    lowercase: bool = True
    word_ngram_min: int = 1
    word_ngram_max: int = 2
    max_features: int | None = 5000
    min_df: int | float = 1
    max_df: int | float = 1.0
    char_ngram_min: int = 2
    char_ngram_max: int = 5
    char_max_features: int | None = 50_000
    char_min_df: int | float = 1
    use_idf: bool = True
    smooth_idf: bool = True
    sublinear_tf: bool = False
    norm: Literal["l2", "l1"] | None = "l2"
    C: float = 10.0
    penalty: Literal["l2", "l1", "elasticnet"] | None = "l2"
    l1_ratio: float = 0.5
    solver: Literal["lbfgs", "newton-cg", "newton-cholesky", "sag", "saga", "liblinear"] = "lbfgs"
    class_weight: Literal["balanced"] | None = None
    max_iter: int = 1000
    tol: float = 1e-4
    fit_intercept: bool = True

    def __post_init__(self) -> None:
        _within("word_ngram_min", self.word_ngram_min, 1, self.word_ngram_max)
        _within("word_ngram_max", self.word_ngram_max, 1, LONGEST_WORD_NGRAM)
        _within("char_ngram_min", self.char_ngram_min, 2, self.char_ngram_max)
        _within("char_ngram_max", self.char_ngram_max, 2, LONGEST_NGRAM)
        _within("l1_ratio", self.l1_ratio, 0, 1)
        for name in ("C", "tol", "max_iter"):
            if not getattr(self, name) > 0:
                raise UsageError(f"{name} must be positive, not {getattr(self, name)}")
        for name in ("max_features", "char_max_features"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(f"{name} must be at least 1, not {value}", remedy="leave it out to keep all")


def _within(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise UsageError(f"{name} must be between {least} and {most}, not {value}")
