"""Every parameter of ``tfidf-lr``; the defaults are the best ones of the reference study's grid search."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

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


_STUDY: Mapping[str, Any] = MappingProxyType(
    {
        "analyzer": "word",
        "lowercase": True,
        "word_ngram_min": 1,
        "word_ngram_max": 2,
        "max_features": 5_000,
        "penalty": "l2",
        "solver": "lbfgs",
    }
)
"""What both of the study's runs have in common."""

_STUDY_TUNED: Mapping[str, Any] = MappingProxyType({**_STUDY, "C": 10.0, "class_weight": None, "max_iter": 1_000})

PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        # The study's first run: scikit-learn's defaults, but balanced, which alone gives an F1 above the accuracy.
        "study-default": MappingProxyType({**_STUDY, "C": 1.0, "class_weight": "balanced", "max_iter": 100}),
        # The best of the study's grid search.
        "study-tuned": _STUDY_TUNED,
        "study": _STUDY_TUNED,
        # The built-in model's features without its limits on size.
        "builtin": MappingProxyType(
            {
                "analyzer": "char_wb",
                "char_max_features": 20_000,
                "char_min_df": 2,
                "C": 10.0,
                "tol": 1e-3,
            }
        ),
    }
)
"""See ``docs/models/tfidf-lr.md`` for what of the study is known and what is guessed."""

GRID: Mapping[str, tuple[Any, ...]] = MappingProxyType({"C": (0.1, 1.0, 10.0), "class_weight": (None, "balanced")})
"""Holds the study's best point; the study's whole grid is not told."""

OF_REGRESSION = frozenset({"C", "penalty", "l1_ratio", "solver", "class_weight", "max_iter", "tol", "fit_intercept"})
"""Parameters that do not change the features."""


def _within(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise UsageError(f"{name} must be between {least} and {most}, not {value}")
