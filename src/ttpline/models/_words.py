"""Word n-grams of many commands at once, as scikit-learn's vectoriser counts them."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ttpline.commands.tokens import token_lists, tokenise
from ttpline.models._lookup import KeyTable

if TYPE_CHECKING:
    import polars as pl

Indices = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Every time a known feature occurs: in which command, which feature, where, and how long it is.

    ``starts`` counts units (tokens, or characters of the joined buffer) over all commands of the batch; an n-gram
    covers ``lengths`` of them. Both are empty where positions were not asked for.
    """

    rows: Indices
    features: Indices
    starts: Indices
    lengths: Indices


class WordFeatures:
    """The vocabulary of word n-grams, numbered from 0 in the order given; words of an n-gram are joined by a blank."""

    def __init__(self, vocabulary: Sequence[str], shortest: int, longest: int, *, lowercase: bool) -> None:
        self.vocabulary = vocabulary
        self.shortest = shortest
        self.longest = longest
        self.lowercase = lowercase
        self._feature_of = {ngram: index for index, ngram in enumerate(vocabulary)}
        self._nodes: _Nodes | None = None

    def features_of(self, text: str) -> list[int]:
        """The known features of one text, repeated as often as they occur, in no particular order."""
        tokens = tokenise(text, lowercase=self.lowercase)
        known = self._feature_of
        found = [known[token] for token in tokens if token in known] if self.shortest == 1 else []
        for size in range(max(2, self.shortest), self.longest + 1):
            if size == 2:
                ngrams = [f"{first} {second}" for first, second in itertools.pairwise(tokens)]
            else:
                ngrams = [" ".join(tokens[at : at + size]) for at in range(len(tokens) - size + 1)]
            found += [known[ngram] for ngram in ngrams if ngram in known]
        return found

    def of_column(self, texts: "pl.Series") -> Occurrences:
        """The occurrences in ``texts`` without positions; tokens are found in Rust."""
        lists = token_lists(texts, lowercase=self.lowercase)
        sizes = lists.list.len().to_numpy().astype(np.int64)
        words = self._nodes_ready().words_of(lists.explode().drop_nulls())
        return self._ngrams(words, sizes, positions=False)

    def of_tokens(self, tokens: Sequence[str], sizes: npt.NDArray[np.int64]) -> Occurrences:
        """The occurrences, with positions, in commands whose ``tokens`` (already lower-case) stand one after another;
        ``sizes[i]`` of them are of command ``i``."""
        get = self._nodes_ready().word_ids.get
        return self._ngrams(np.array([get(token, -1) for token in tokens], np.int32), sizes, positions=True)

    def _nodes_ready(self) -> "_Nodes":
        if self._nodes is None:
            self._nodes = _Nodes(self.vocabulary)
        return self._nodes

    def _ngrams(self, words: Indices, sizes: npt.NDArray[np.int64], *, positions: bool) -> Occurrences:
        nodes = self._nodes_ready()
        row_of = np.repeat(np.arange(sizes.size, dtype=np.int32), sizes)
        found: list[tuple[Indices, Indices, Indices, Indices]] = []
        at = np.flatnonzero(words >= 0).astype(np.int32)
        node = words[at]
        for size in range(1, self.longest + 1):
            if size > 1:
                last = at + np.int32(size - 1)
                fits = last < words.size
                at, node, last = at[fits], node[fits], last[fits]
                fits = (row_of[last] == row_of[at]) & (words[last] >= 0)
                at = at[fits]
                node = nodes.children(node[fits], words[last[fits]])
                fits = node >= 0
                at, node = at[fits], node[fits]
            if size >= self.shortest:
                feature = nodes.feature_of[node]
                is_feature = feature >= 0
                start = at[is_feature]
                lengths = np.full(start.size if positions else 0, size, np.int32)
                found.append((row_of[start], feature[is_feature], start if positions else start[:0], lengths))
        rows, features, starts, lengths = (np.concatenate(column) for column in zip(*found, strict=True))
        return Occurrences(rows, features, starts, lengths)


class _Nodes:
    """The vocabulary as a prefix tree: nodes 0 to V-1 are the single words, then each longer prefix.

    Node -1 is an unknown word.
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        split = [tuple(ngram.split(" ")) for ngram in vocabulary]
        self.words = sorted({word for ngram in split for word in ngram})
        self.word_ids = {word: index for index, word in enumerate(self.words)}
        self._width = np.uint64(max(1, len(self.words)))
        node_of: dict[tuple[str, ...], int] = {(word,): index for word, index in self.word_ids.items()}
        features = [-1] * len(self.words)
        keys: list[int] = []
        for feature, ngram in enumerate(split):
            for size in range(2, len(ngram) + 1):
                if ngram[:size] not in node_of:
                    node_of[ngram[:size]] = len(features)
                    keys.append(node_of[ngram[: size - 1]] * len(self.words) + self.word_ids[ngram[size - 1]])
                    features.append(-1)
            features[node_of[ngram]] = feature
        self.feature_of = np.array(features, np.int32)
        self._dtype: pl.Enum | None = None
        self._children = KeyTable(np.array(keys, np.uint64))

    def words_of(self, tokens: "pl.Series") -> Indices:
        """The node of each token."""
        import polars as pl

        if not self.words:
            return np.full(tokens.len(), -1, np.int32)
        if self._dtype is None:
            self._dtype = pl.Enum(self.words)
        number = pl.col("token").cast(self._dtype, strict=False).to_physical().cast(pl.Int32).fill_null(-1)
        found: Indices = tokens.alias("token").to_frame().select(number).to_series().to_numpy()
        return found

    def children(self, nodes: Indices, words: Indices) -> Indices:
        """The node of each prefix (>= 0) with one more word (>= 0), or -1."""
        found = self._children.find(nodes.astype(np.uint64) * self._width + words.astype(np.uint64))
        return np.where(found >= 0, found + np.int32(len(self.words)), np.int32(-1)).astype(np.int32)
