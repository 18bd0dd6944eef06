"""Commands as a hybrid model has read them."""

from collections.abc import Sequence
from dataclasses import dataclass

from ttpline.commands.facts import Understanding
from ttpline.models._block import Block, Counted
from ttpline.models._characters import CharacterFeatures
from ttpline.models._meaning_block import MeaningBlock, MeaningRows
from ttpline.models._meaning_features import as_column_text
from ttpline.models._words import Occurrences


@dataclass(frozen=True, slots=True)
class Read:
    """What was understood, the texts as columns hold them, and the features of both with their values: all that
    probabilities and evidence are made of."""

    found: Sequence[Understanding]
    texts: list[str]
    meaning: MeaningRows
    occurrences: Occurrences
    counted: Counted

    @classmethod
    def of(
        cls, found: Sequence[Understanding], characters: CharacterFeatures, text: Block, meaning: MeaningBlock
    ) -> "Read":
        """``characters`` are the features of ``text``."""
        texts = [as_column_text(one.text) for one in found]
        occurrences = characters.of_texts(texts, positions=True)
        return cls(found, texts, meaning.rows(found), occurrences, text.weigh(occurrences, len(texts)))
