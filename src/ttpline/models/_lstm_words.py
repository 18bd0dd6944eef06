"""Commands as rows of word numbers, exactly as Keras' ``Tokenizer(num_words, oov_token="<unk>")`` makes them.

Keras' rules (``keras.preprocessing.text``, documented there): lower case; each character of ``filters`` becomes a
blank (tab and newline always do); words are what stands between blanks. Word numbers go by frequency in the training
commands, ties by first appearance; 0 is padding, 1 is ``<unk>``, and only numbers below ``num_words`` are used. Then
``pad_sequences`` with ``padding="post", truncating="post"``.

>>> index = WordIndex.learn(["ls -la /tmp", "ls /tmp/x"], vocabulary=5, lowercase=True, filters="-/")
>>> index.words, index.ids(["ls /etc /tmp"], 5).tolist()
(('ls', 'tmp', 'la'), [[2, 1, 3, 0, 0]])
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int32]
Span = tuple[int, int]

PADDING = 0
UNKNOWN = 1
FIRST_WORD = 2
UNKNOWN_WORD = "<unk>"
ALWAYS_FILTERED = "\t\n"

_WORD = re.compile("[^ ]+")


class WordIndex:
    """``words[i]`` has the number ``i + 2``."""

    def __init__(self, words: Sequence[str], *, lowercase: bool, filters: str) -> None:
        self.words = tuple(words)
        self.lowercase = lowercase
        self._to_blank = str.maketrans(dict.fromkeys(filters + ALWAYS_FILTERED, " "))
        self._number = {word: at for at, word in enumerate(self.words, FIRST_WORD)}

    @classmethod
    def learn(cls, texts: Iterable[str], *, vocabulary: int, lowercase: bool, filters: str) -> "WordIndex":
        """The most frequent words of ``texts``: at most ``vocabulary`` numbers with padding and ``<unk>``."""
        index = cls((), lowercase=lowercase, filters=filters)
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(index.split(text))
        counts.pop(UNKNOWN_WORD, None)  # it has a number already
        ranked = sorted(counts, key=lambda word: -counts[word])  # stable: ties by first appearance
        return cls(ranked[: max(0, vocabulary - FIRST_WORD)], lowercase=lowercase, filters=filters)

    def __len__(self) -> int:
        """Numbers there are, padding and ``<unk>`` among them."""
        return len(self.words) + FIRST_WORD

    def split(self, text: str) -> list[str]:
        """The words of ``text``."""
        return [word for word in self._separated(text).split(" ") if word]

    def ids(self, texts: Sequence[str], length: int) -> Ids:
        """Word numbers, int32 ``[len(texts), length]``: cut at the end, or padded there."""
        ids = np.zeros((len(texts), length), np.int32)
        number = self._number
        for row, text in enumerate(texts):
            words = self.split(text)[:length]
            ids[row, : len(words)] = [number.get(word, UNKNOWN) for word in words]
        return ids

    def spans(self, text: str, length: int) -> list[Span]:
        """Where in ``text`` its first ``length`` words stand, ``(start, end)`` half open.

        >>> WordIndex((), lowercase=True, filters="/").spans("\u0130x/etc", 5)
        [(0, 2), (3, 6)]
        """
        separated = self._separated(text)
        found = [match.span() for match, _ in zip(_WORD.finditer(separated), range(length), strict=False)]
        if len(separated) == len(text):
            return found
        # A few letters are longer in lower case (the Turkish capital I with a dot): map each place back.
        origin = [at for at, letter in enumerate(text) for _ in letter.lower()]
        return [(origin[start], origin[end - 1] + 1) for start, end in found]

    def _separated(self, text: str) -> str:
        # Lower case first, as Keras does: a final sigma depends on what follows, filtered or not.
        return (text.lower() if self.lowercase else text).translate(self._to_blank)
