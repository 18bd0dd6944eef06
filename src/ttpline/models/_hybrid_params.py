"""Every parameter of ``hybrid``; the defaults are those of the built-in model (``docs/model.md`` has the trials)."""

from dataclasses import dataclass

from ttpline.errors import UsageError
from ttpline.models._characters import LONGEST_NGRAM

MOST_FEATURES = 2_000_000


@dataclass(frozen=True, slots=True)
class HybridParams:
    """Text, meaning, learning, and how far the knowledge is believed.

    ``char_ngram_min`` to ``char_ngram_max``: n-grams of characters within words, at least in ``char_min_df`` commands,
    at most ``char_max_features`` of them. ``meaning_min_df``: least commands that show a feature of meaning. ``C``:
    how closely the technique heads follow the data; ``verdict_C`` the same for attack or normal. ``vote_weight``: what
    one step of strength in the knowledge adds to a technique's margin. ``sharpness``: margins times this are
    logits. ``unseen_margin``: where a technique starts that only the knowledge knows, and ``unseen_vote_weight`` what
    a step of strength adds to it: there is nothing else to go by; ``knows_unseen``: whether those can be answered.
    ``use_counts``: a row weighs as often as it was seen.
    """

    char_ngram_min: int = 2
    char_ngram_max: int = 5
    char_max_features: int = 20_000
    char_min_df: int = 2
    meaning_min_df: int = 1
    C: float = 0.5
    verdict_C: float = 3.0
    vote_weight: float = 0.2
    sharpness: float = 4.0
    unseen_margin: float = -1.3
    unseen_vote_weight: float = 0.4
    knows_unseen: bool = False
    use_counts: bool = True
    max_iter: int = 5_000

    def __post_init__(self) -> None:
        if not 2 <= self.char_ngram_min <= self.char_ngram_max <= LONGEST_NGRAM:
            raise UsageError(f"n-grams must be from 2 to {LONGEST_NGRAM} characters, the shortest first")
        for name in ("char_max_features", "char_min_df", "meaning_min_df", "max_iter"):
            if not 1 <= getattr(self, name) <= MOST_FEATURES:
                raise UsageError(f"{name} must be between 1 and {MOST_FEATURES}, not {getattr(self, name)}")
        for name in ("C", "verdict_C", "sharpness"):
            if not 0 < getattr(self, name) <= 1e6:
                raise UsageError(f"{name} must be positive and at most 1e6, not {getattr(self, name)}")
        for name in ("vote_weight", "unseen_vote_weight"):
            if not 0 <= getattr(self, name) <= 100:
                raise UsageError(f"{name} must be between 0 and 100, not {getattr(self, name)}")
        if not -100 <= self.unseen_margin <= 100:
            raise UsageError(f"unseen_margin must be between -100 and 100, not {self.unseen_margin}")
