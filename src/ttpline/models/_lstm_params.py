"""Every parameter of ``lstm``; the defaults are the reference study's, and where it is silent, Keras'."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ttpline.errors import UsageError

KERAS_FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'
"""What Keras' ``Tokenizer`` drops by default: all ASCII punctuation but the apostrophe. Tab and newline, which it drops
too, always part words here: as flags and in lists of parameters they could not be seen."""

MOST_WORDS = 2_000_000
MOST_TOKENS = 1_000
MOST_WIDTH = 4_096
MOST_BATCH = 65_536
MOST_EPOCHS = 10_000
MOST_THREADS = 256
"""Far above any use; they keep a damaged or hostile ``model.json`` from asking for all the memory."""


@dataclass(frozen=True, slots=True)
class LstmParams:
    """Text, then network, then training.

    ``vocabulary``: ids there are, padding (0) and ``<unk>`` (1) among them, as Keras' ``num_words`` counts.
    ``length``: tokens read of a command; what is shorter is padded at its end, what is longer is cut there.
    ``filters``: characters that part words, beside blank, tab and newline. ``mask_zero``: stop at the padding; the
    study's network runs over it. ``validation_fraction``: rows held back for early stopping where no development rows
    are given, whole groups at a time. ``use_counts``: a row weighs as often as it was seen, and
    ``use_counts_in_validation`` the same in the loss that early stopping watches; otherwise each row weighs 1.
    ``lr``, ``beta_1``, ``beta_2`` and ``epsilon`` are Adam's. ``threads``: processor threads for training and
    scoring.
    """

    vocabulary: int = 5000
    length: int = 20
    lowercase: bool = True
    filters: str = KERAS_FILTERS
    embedding: int = 100
    units: int = 64
    dropout: float = 0.5
    mask_zero: bool = False
    batch: int = 32
    epochs: int = 10
    patience: int = 3
    validation_fraction: float = 0.1
    use_counts: bool = True
    use_counts_in_validation: bool = True
    lr: float = 1e-3
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    threads: int = 1

    def __post_init__(self) -> None:
        for name, least, most in (
            ("vocabulary", 3, MOST_WORDS),
            ("length", 1, MOST_TOKENS),
            ("embedding", 1, MOST_WIDTH),
            ("units", 1, MOST_WIDTH),
            ("batch", 1, MOST_BATCH),
            ("epochs", 1, MOST_EPOCHS),
            ("patience", 1, MOST_EPOCHS),
            ("threads", 1, MOST_THREADS),
        ):
            if not least <= getattr(self, name) <= most:
                raise UsageError(f"{name} must be between {least} and {most}, not {getattr(self, name)}")
        for name in ("dropout", "validation_fraction", "beta_1", "beta_2"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise UsageError(f"{name} must be at least 0 and less than 1, not {getattr(self, name)}")
        for name in ("lr", "epsilon"):
            if not (getattr(self, name) > 0.0 and math.isfinite(getattr(self, name))):
                raise UsageError(f"{name} must be positive, not {getattr(self, name)}")


PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType({"study": MappingProxyType({})})
"""The study's parameters are the defaults."""

GRID: Mapping[str, tuple[Any, ...]] = MappingProxyType({"dropout": (0.2, 0.5), "lr": (5e-4, 1e-3, 2e-3)})
"""Around the study's values; the study tuned none of this."""
