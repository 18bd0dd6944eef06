"""The evidence of a linear model is exact."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.models.conftest import VARIANTS, fitted

from ttpline.commands.normalise import model_text
from ttpline.errors import UnknownLabelError
from ttpline.models.tfidf_lr import TfidfLr

ModelOf = Callable[[str], TfidfLr]


def assert_adds_up(model: TfidfLr, text: str) -> None:
    logits = model.logits([text])[0].astype(np.float64)
    normalised = model_text(text)
    for index, label in enumerate(model.labels):
        parts, bias = model.explain_text(text, label)
        total = sum(weight for _, weight in parts) + bias
        assert total == pytest.approx(logits[index] - logits.mean(), abs=2e-5, rel=1e-5)
        assert all(0 <= start < end <= len(normalised) or not normalised for (start, end), _ in parts)
        assert parts == sorted(parts)


@pytest.mark.parametrize("variant", VARIANTS)
def test_parts_and_bias_sum_to_the_centred_logit(variant: str, model_of: ModelOf, texts: list[str]) -> None:
    for text in texts:
        assert_adds_up(model_of(variant), text)


@pytest.mark.parametrize("variant", ["word-1-3-sublinear", "char-4-8", "both"])
@given(text=st.text("cat /etc/shadow'\"|()nc:ÄİΣ\t\u00a0", max_size=60))
@settings(deadline=None, max_examples=60)
def test_parts_and_bias_sum_for_any_text(variant: str, text: str, model_of: ModelOf) -> None:
    assert_adds_up(model_of(variant), text)


def test_the_temperature_is_in_the_weights(texts: list[str]) -> None:
    model = fitted(VARIANTS["both"])
    model.temperature = 2.5
    assert_adds_up(model, texts[0])


def test_a_bigram_has_its_own_span_in_the_breakdown(model_of: ModelOf) -> None:
    parts, _ = model_of("word").explain_text("cat  /etc/shadow", "T1003.008")
    assert [span for span, _ in parts] == [(0, 3), (0, 16), (5, 16)]


def test_the_telling_word_leads_the_evidence(model_of: ModelOf) -> None:
    for variant in ("word", "both"):
        (parts,) = model_of(variant).evidence("sudo head -5 /etc/shadow", ["T1003.008"])
        assert "/etc/shadow" in parts[0].text
        assert parts[0].kind == "text"
        assert parts[0].why == f"{parts[0].text!r} speaks for T1003.008 in the training data"
        assert all(part.weight > 0 for part in parts)


def test_neighbours_whose_bigram_speaks_too_are_one_part(model_of: ModelOf) -> None:
    (parts,) = model_of("word").evidence("x; cat /etc/shadow", ["T1003.008"])
    assert parts[0].text == "cat /etc/shadow"
    assert parts[0].span == (3, 18)


def test_evidence_is_that_of_the_normalised_text(model_of: ModelOf) -> None:
    (parts,) = model_of("word").evidence("  cat\0/etc/shadow\0", ["T1003.008"])
    assert parts[0].span == (0, 15)


def test_a_command_of_unknown_words_has_no_evidence(model_of: ModelOf) -> None:
    model = model_of("word")
    assert model.evidence("qwx zzz", model.labels) == [()] * len(model.labels)


def test_evidence_is_the_same_alone_and_in_a_batch(model_of: ModelOf, texts: list[str]) -> None:
    model = model_of("both")
    for alone, together in zip(texts, model.predict(texts), strict=True):
        assert model.predict([alone]) == [together]


def test_a_label_that_was_not_trained_is_refused(model_of: ModelOf) -> None:
    with pytest.raises(UnknownLabelError, match="T0000"):
        model_of("word").explain_text("id", "T0000")
