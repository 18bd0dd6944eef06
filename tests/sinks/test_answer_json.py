"""The fast way to an answer's JSON says what ``to_dict`` says."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ttpline.domain.command import NormalisedCommand
from ttpline.domain.prediction import Evidence, ModelRef, Prediction, TechniqueScore, Verdict
from ttpline.sinks._answer_json import answer_json

texts = st.text(max_size=12)
floats = st.floats(-40, 40) | st.floats(0, 1)
many = st.lists(texts, max_size=3).map(tuple)
evidence = st.builds(Evidence, texts, st.tuples(st.integers(0, 99), st.integers(0, 99)), texts, texts, floats)
scores = st.builds(
    TechniqueScore, texts, st.none() | texts, texts, many, floats, st.lists(evidence, max_size=3).map(tuple)
)
predictions = st.builds(
    Prediction,
    st.sampled_from(Verdict),
    floats,
    st.lists(scores, max_size=3).map(tuple),
    texts,
    st.builds(ModelRef, texts, texts),
)


@given(st.builds(NormalisedCommand, texts, texts, many, many), predictions)
def test_an_answer_is_what_its_dictionaries_say(command: NormalisedCommand, prediction: Prediction) -> None:
    expected = {"command": command.to_dict(), "prediction": prediction.to_dict()}
    assert answer_json(command, prediction) == msgspec.json.encode(expected)
