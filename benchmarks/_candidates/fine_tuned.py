"""The same small encoder, fine-tuned: a linear layer on the mean of its states, all weights learned from the attacks.

Alone it ranks techniques by its logits; beside the hybrid both are averaged. One thread, a fixed seed, no download. Two
candidates that ask for the same training rows share one fine-tuning.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks._candidates.encoder import MOST_TOKENS, load
from benchmarks._candidates.linear import LinearSvm, Reads
from benchmarks._candidates.sample import Places, Sample, Scores, places_of
from ttpline.models._hybrid_params import HybridParams

BATCHES_SORTED = 16
"""Batches are of commands of like length out of so many batches drawn, so that little is padded."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """AdamW in mixed precision; the rates rise over the first steps and fall to nothing, the new layer's is higher."""

    epochs: int = 8
    rate: float = 2e-4
    head_rate: float = 2e-3
    decay: float = 0.01
    batch: int = 32
    dropout: float = 0.1
    warming: float = 0.1


@dataclass(frozen=True, slots=True)
class Tuned:
    """A fine-tuned encoder with its layer, and what learning took."""

    labels: tuple[str, ...]
    encoder: Any
    head: Any
    seconds: float


class Tuner:
    """Fine-tunes a fresh encoder from ``fresh`` (torch, tokeniser, model) for each set of training rows it meets."""

    def __init__(self, recipe: Recipe | None = None, fresh: Callable[[], tuple[Any, Any, Any]] = load) -> None:
        self.recipe = recipe or Recipe()
        self._fresh = fresh
        self._torch, self._tokeniser, _ = fresh()
        self._known: dict[tuple[int, ...], Tuned] = {}

    def tuned(self, train: Sequence[Sample], seed: int) -> Tuned:
        """Learned from ``train``, which has to live as long as this object."""
        key = (seed, *(id(one) for one in train))
        if key not in self._known:
            self._known[key] = self._tune(train, seed)
        return self._known[key]

    def _tune(self, train: Sequence[Sample], seed: int) -> Tuned:
        torch, recipe = self._torch, self.recipe
        start = time.process_time()
        labels = tuple(sorted({one.label for one in train}))
        truth = torch.as_tensor(places_of(labels, (one.label for one in train)))
        tokens = self._tokens(train)
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            encoder = self._fresh()[2].train()
            head = torch.nn.Linear(encoder.get_input_embeddings().embedding_dim, len(labels))
            groups = [
                {"params": encoder.parameters(), "lr": recipe.rate},
                {"params": head.parameters(), "lr": recipe.head_rate},
            ]
            adam = torch.optim.AdamW(groups, weight_decay=recipe.decay)
            order = list(batches([len(one) for one in tokens], recipe.batch, recipe.epochs, seed))
            pace = torch.optim.lr_scheduler.LambdaLR(adam, lambda step: _pace(step, len(order), recipe.warming))
            for batch in order:
                with torch.autocast("cpu", torch.bfloat16):  # 2.4 times as fast here
                    mean = self._mean(encoder, [tokens[at] for at in batch.tolist()])
                logits = head(torch.nn.functional.dropout(mean, recipe.dropout))
                loss = torch.nn.functional.cross_entropy(logits, truth[batch])
                adam.zero_grad()
                loss.backward()
                adam.step()
                pace.step()
        torch.set_num_threads(threads)
        return Tuned(labels, encoder.eval(), head.eval(), time.process_time() - start)

    def logits(self, tuned: Tuned, samples: Sequence[Sample]) -> Scores:
        """``[samples, tuned.labels]``."""
        found = np.empty((len(samples), len(tuned.labels)))
        tokens = self._tokens(samples)
        order = np.argsort([len(one) for one in tokens], kind="stable")
        with self._torch.inference_mode():
            for at in range(0, len(order), self.recipe.batch):
                batch = order[at : at + self.recipe.batch]
                mean = self._mean(tuned.encoder, [tokens[place] for place in batch.tolist()])
                found[batch] = tuned.head(mean).numpy()
        return found

    def _tokens(self, samples: Sequence[Sample]) -> list[list[int]]:
        texts = [one.text for one in samples]
        return list(self._tokeniser(texts, truncation=True, max_length=MOST_TOKENS)["input_ids"])

    def _mean(self, encoder: Any, tokens: Sequence[Sequence[int]]) -> Any:
        torch = self._torch
        longest = max(len(one) for one in tokens)
        numbers = torch.zeros((len(tokens), longest), dtype=torch.long)
        mask = torch.zeros((len(tokens), longest))
        for row, one in enumerate(tokens):
            numbers[row, : len(one)] = torch.as_tensor(one)
            mask[row, : len(one)] = 1.0
        states = encoder(input_ids=numbers, attention_mask=mask).last_hidden_state.float()
        return (states * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)


def batches(lengths: Sequence[int], size: int, epochs: int, seed: int) -> Iterator[Places]:
    """Every place once an epoch, in random batches of like length."""
    random = np.random.default_rng(seed)
    for _ in range(epochs):
        order = random.permutation(len(lengths))
        found: list[Places] = []
        for at in range(0, len(order), size * BATCHES_SORTED):
            drawn = order[at : at + size * BATCHES_SORTED]
            drawn = drawn[np.argsort(np.array(lengths)[drawn], kind="stable")]
            found += [drawn[start : start + size] for start in range(0, len(drawn), size)]
        yield from (found[place] for place in random.permutation(len(found)).tolist())


def _pace(step: int, steps: int, warming: float) -> float:
    done = step / steps
    return done / warming + 1 / steps if done < warming else (1 - done) / (1 - warming)


def standardised(scores: Scores) -> Scores:
    """Each row with mean 0 and deviation 1."""
    spread = np.maximum(scores.std(axis=1, keepdims=True), 1e-9)
    return np.asarray((scores - scores.mean(axis=1, keepdims=True)) / spread, np.float64)


class FineTuned:
    """The encoder's logits; with ``beside`` averaged with the hybrid's margins, both standardised over the labels."""

    def __init__(self, name: str, tuner: Tuner, params: HybridParams, *, beside: bool) -> None:
        self.name = name
        self._tuner = tuner
        self._hybrid = LinearSvm("beside", Reads(), params) if beside else None
        self.labels: tuple[str, ...] = ()
        self.shared_fit_s = 0.0

    def fit(self, train: Sequence[Sample], seed: int) -> None:
        start = time.process_time()
        self._tuned = self._tuner.tuned(train, seed)
        self.shared_fit_s = max(0.0, self._tuned.seconds - (time.process_time() - start))
        self.labels = self._tuned.labels
        if self._hybrid is not None:
            self._hybrid.fit(train, seed)

    def scores(self, test: Sequence[Sample]) -> Scores:
        found = self._tuner.logits(self._tuned, test)
        if self._hybrid is None:
            return found
        return standardised(found) + standardised(self._hybrid.scores(test))

    def reading_s(self, understanding_s: float) -> float:
        return understanding_s
