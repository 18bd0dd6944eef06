"""Word numbers as Keras' ``Tokenizer`` and ``pad_sequences`` give them; needs no extra."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttpline.errors import UsageError
from ttpline.models._lstm_params import KERAS_FILTERS, LstmParams
from ttpline.models._lstm_words import PADDING, UNKNOWN, WordIndex


def learn(texts: list[str], vocabulary: int = 5000, filters: str = KERAS_FILTERS) -> WordIndex:
    return WordIndex.learn(texts, vocabulary=vocabulary, lowercase=True, filters=filters)


def test_words_are_numbered_by_frequency_and_ties_by_first_appearance() -> None:
    index = learn(["b a", "c a", "b d"])
    assert index.words == ("b", "a", "c", "d")
    assert index.ids(["b a c d"], 4).tolist() == [[2, 3, 4, 5]]


def test_all_punctuation_but_the_apostrophe_parts_words() -> None:
    index = learn([])
    assert index.split("cat /etc/passwd|grep it's --color=auto\tx\ny_z") == [
        "cat", "etc", "passwd", "grep", "it's", "color", "auto", "x", "y", "z",
    ]  # fmt: skip


def test_blanks_that_keras_does_not_filter_stay_inside_words() -> None:
    assert learn([]).split("a\rb c\u00a0d") == ["a\rb", "c\u00a0d"]


def test_vocabulary_counts_padding_and_unknown() -> None:
    index = learn(["a a a b b c"], vocabulary=4)
    assert index.words == ("a", "b")
    assert len(index) == 4
    assert index.ids(["a b c"], 3).tolist() == [[2, 3, UNKNOWN]]


def test_a_long_command_is_cut_and_a_short_one_padded_at_its_end() -> None:
    index = learn(["a b c d"])
    assert index.ids(["d c b a", "a", ""], 3).tolist() == [[5, 4, 3], [2, PADDING, PADDING], [PADDING] * 3]


def test_the_unknown_word_is_never_a_word_of_its_own() -> None:
    index = learn(["<unk> <unk> a"], filters="")
    assert index.words == ("a",)
    assert index.ids(["<unk> a"], 2).tolist() == [[UNKNOWN, 2]]


def test_case_is_kept_when_asked_for() -> None:
    index = WordIndex.learn(["A a"], vocabulary=10, lowercase=False, filters="")
    assert index.words == ("A", "a")


@given(st.lists(st.text(alphabet=st.sampled_from("aB1 /.-_|'ΣσİI\u00a0\t\r"), max_size=30), max_size=6))
def test_spans_slice_back_to_the_words(texts: list[str]) -> None:
    index = learn(texts)
    for text in texts:
        spans = index.spans(text, 1000)
        # A sigma is written otherwise at the end of a word: folding makes both alike.
        found = [text[start:end].lower().casefold() for start, end in spans]
        assert found == [word.casefold() for word in index.split(text)]
        assert index.spans(text, 2) == spans[:2]


@given(st.lists(st.text(max_size=40), max_size=6), st.integers(1, 6))
def test_every_text_has_numbers_below_the_vocabulary(texts: list[str], length: int) -> None:
    ids = learn(texts, vocabulary=5).ids(texts, length)
    assert ids.shape == (len(texts), length)
    assert ((ids >= 0) & (ids < 5)).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"vocabulary": 2},
        {"length": 0},
        {"dropout": 1.0},
        {"dropout": -0.1},
        {"lr": 0.0},
        {"lr": float("nan")},
        {"units": 10**9},
        {"threads": 0},
        {"validation_fraction": 1.0},
    ],
)
def test_parameters_that_make_no_network_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        LstmParams(**wrong)  # type: ignore[arg-type]
