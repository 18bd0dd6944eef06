"""From one version to another and back: what MITRE's revocations say, and what cannot be told."""

from dataclasses import replace

import pytest

from ttpline.attack.catalogue import Catalogue, build_catalogue, load_catalogue
from ttpline.attack.crosswalk import Change, crosswalk, walk
from ttpline.attack.facts import Facts, Origin, Tactic, TechniqueFacts
from ttpline.errors import CatalogueError

# The table of ../shared/data/README.md: how Atomic Red Team's ids of ATT&CK 19 were written as ids of 18.
NEW_AND_OLD = {
    "T1685": "T1562.001",
    "T1685.001": "T1562.002",
    "T1685.002": "T1562.008",
    "T1685.004": "T1562.012",
    "T1685.005": "T1070.001",
    "T1685.006": "T1070.002",
    "T1686": "T1562.004",
    "T1688": "T1562.009",
    "T1689": "T1562.010",
    "T1690": "T1562.003",
}
PAIRS = [("18", "18"), ("18", "19"), ("19", "18"), ("19", "19")]


@pytest.mark.parametrize(("new", "old"), NEW_AND_OLD.items())
def test_the_known_pairs_hold_backwards(new: str, old: str) -> None:
    assert crosswalk(new, "19", "18").targets == (old,)


@pytest.mark.parametrize(("new", "old"), NEW_AND_OLD.items())
def test_the_known_pairs_hold_forwards(new: str, old: str) -> None:
    assert crosswalk(old, "18", "19").targets == (new,)


@pytest.mark.parametrize(("new", "old"), NEW_AND_OLD.items())
def test_of_the_known_pairs_only_the_merged_one_is_not_one_to_one(new: str, old: str) -> None:
    assert crosswalk(new, "19", "18").exact == crosswalk(old, "18", "19").exact == (new != "T1685")


def test_a_merge_names_what_else_became_the_same() -> None:
    forward = crosswalk("T1562.006", "18", "19")
    assert (forward.targets, forward.exact, forward.change) == (("T1685",), False, Change.MERGED)
    assert "T1562.001" in forward.reason
    back = crosswalk("T1685", "19", "18")
    assert back.also == ("T1562", "T1562.006")
    assert "same name" in back.reason


def test_a_split_names_all_its_parts() -> None:
    forward = crosswalk("T1211", "18", "19")
    assert (forward.targets, forward.exact, forward.change) == (("T1211", "T1687"), False, Change.SPLIT)
    assert crosswalk("T1687", "19", "18").targets == ("T1211",)
    back = crosswalk("T1211", "19", "18")
    assert (back.targets, back.exact) == (("T1211",), False)


def test_a_new_subtechnique_falls_back_to_its_parent() -> None:
    result = crosswalk("T1027.018", "19", "18")
    assert (result.targets, result.exact, result.change) == (("T1027",), False, Change.PARENT)


def test_a_new_subtechnique_of_a_new_parent_falls_back_to_what_the_parent_was() -> None:
    assert crosswalk("T1686.003", "19", "18").targets == ("T1562.004",)


def test_a_wholly_new_technique_has_no_counterpart() -> None:
    result = crosswalk("T1682", "19", "18")
    assert (result.targets, result.exact, result.change) == ((), False, Change.NONE)


def test_a_new_parent_tells_what_its_subtechniques_were() -> None:
    result = crosswalk("T1684", "19", "18")
    assert (result.targets, result.also) == ((), ("T1656", "T1672"))


def test_a_renamed_technique_stays_one_to_one_and_says_both_names() -> None:
    result = crosswalk("T1557.001", "18", "19")
    assert (result.targets, result.exact, result.change) == (("T1557.001",), True, Change.RENAMED)
    assert "LLMNR" in result.reason and "Name Resolution" in result.reason


def test_an_id_revoked_only_in_the_newer_version_is_itself_in_the_older() -> None:
    result = crosswalk("T1562.006", "19", "18")
    assert (result.targets, result.exact) == (("T1562.006",), False)


def test_an_id_revoked_before_both_versions_follows_each_versions_own_chain() -> None:
    assert crosswalk("T1089", "18", "19").targets == ("T1685",)
    assert crosswalk("T1089", "19", "18").targets == ("T1562.001",)
    assert crosswalk("T1150", "18", "19").targets == ("T1647",)


def test_within_one_version_a_revoked_id_leads_to_the_one_in_use() -> None:
    assert crosswalk("T1562.001", "19", "19").targets == ("T1685",)
    assert crosswalk("T1003", "19", "19").exact


def test_an_id_that_the_version_does_not_know_is_refused() -> None:
    with pytest.raises(CatalogueError, match="T1685"):
        crosswalk("T1685", "18", "19")


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_one_to_one_means_that_the_way_back_leads_home(source: str, target: str) -> None:
    exact = 0
    for technique in load_catalogue(source).techniques():
        there = crosswalk(technique.id, source, target)
        if there.exact:
            exact += 1
            back = crosswalk(there.targets[0], target, source)
            assert (back.targets, back.exact) == ((technique.id,), True)
    assert exact > 600


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_no_two_techniques_are_one_to_one_with_the_same(source: str, target: str) -> None:
    results = [crosswalk(technique.id, source, target) for technique in load_catalogue(source).techniques()]
    ends = [result.targets[0] for result in results if result.exact]
    assert len(ends) == len(set(ends))


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_every_target_is_not_revoked_and_every_result_has_a_reason(source: str, target: str) -> None:
    catalogue = load_catalogue(target)
    for technique in load_catalogue(source).techniques():
        result = crosswalk(technique.id, source, target)
        assert result.reason
        assert not any(catalogue.technique(end).revoked for end in (*result.targets, *result.also))
        assert not set(result.targets) & set(result.also)


def test_every_technique_in_use_in_18_has_a_counterpart_in_19() -> None:
    assert all(crosswalk(technique.id, "18", "19").targets for technique in load_catalogue("18").techniques_in_use())


@pytest.mark.parametrize(
    ("source", "target", "inexact"),
    [
        ("18", "19", "T1211 T1562 T1562.001 T1562.006"),
        ("19", "18", "T1027.018 T1211 T1682 T1683 T1683.001 T1683.002 T1684 T1685 T1686.003 T1687"),
    ],
)
def test_all_but_those_that_the_documentation_names_are_one_to_one(source: str, target: str, inexact: str) -> None:
    in_use = load_catalogue(source).techniques_in_use()
    assert [each.id for each in in_use if not crosswalk(each.id, source, target).exact] == inexact.split()


def test_the_json_names_the_full_versions() -> None:
    row = crosswalk("T1562.002", "18", "19").to_dict()
    assert row == {
        "technique": "T1562.002",
        "from_version": "18.1",
        "to_version": "19.2",
        "targets": ["T1685.001"],
        "exact": True,
        "change": "replaced",
        "reason": "revoked in 19.2, replaced by T1685.001",
        "also": [],
    }


def small(version: str, *techniques: TechniqueFacts) -> Catalogue:
    tactics = (Tactic("TA0002", "execution", "Execution"),)
    return build_catalogue(Facts(version, "notice", (Origin("test", "0" * 64, "all"),), tactics, techniques))


A, B, C, D = (TechniqueFacts(f"T900{number}", name, ("execution",)) for number, name in enumerate("ABCD", start=1))
A_GONE = replace(A, revoked=True)


def test_a_technique_revoked_in_favour_of_two_is_split() -> None:
    result = walk("T9001", small("18.0", A, B), small("20.0", replace(A_GONE, replaced_by=("T9002", "T9003")), B, C))
    assert (result.targets, result.change, result.exact) == (("T9002", "T9003"), Change.SPLIT, False)


def test_a_technique_revoked_for_nothing_has_no_counterpart() -> None:
    result = walk("T9001", small("18.0", A), small("20.0", A_GONE, B))
    assert (result.targets, result.change) == ((), Change.NONE)
    assert "without a replacement" in result.reason


def test_a_technique_merged_into_one_that_was_there_before_is_not_one_to_one() -> None:
    older, newer = small("18.0", A, B), small("20.0", replace(A_GONE, replaced_by=("T9002",)), B)
    assert not walk("T9001", older, newer).exact
    there = walk("T9002", older, newer)
    assert (there.targets, there.exact, there.change) == (("T9002",), False, Change.MERGED)
    back = walk("T9002", newer, older)
    assert (back.targets, back.also, back.exact) == (("T9002",), ("T9001",), False)


def test_merged_techniques_without_a_common_name_are_all_named_on_the_way_back() -> None:
    gone = (replace(A_GONE, replaced_by=("T9003",)), replace(B, revoked=True, replaced_by=("T9003",)))
    result = walk("T9003", small("20.0", *gone, C), small("18.0", A, B))
    assert (result.targets, result.change, result.exact) == (("T9001", "T9002"), Change.MERGED, False)


def test_an_id_that_a_newer_version_dropped_falls_back_to_its_parent() -> None:
    child = replace(A, id="T9001.001", name="Part of A")
    assert walk("T9001.001", small("18.0", A, child), small("20.0", A)).targets == ("T9001",)
    assert walk("T9002", small("18.0", A, B), small("20.0", A)).change is Change.NONE


def test_a_technique_born_and_revoked_between_two_versions_goes_back_through_its_heir() -> None:
    newest = small("20.0", A, replace(D, revoked=True, replaced_by=("T9001",)))
    assert walk("T9004", newest, small("18.0", A)).targets == ("T9001",)


def test_a_deprecated_technique_keeps_its_id_and_says_so() -> None:
    result = walk("T9001", small("18.0", A), small("20.0", replace(A, deprecated=True)))
    assert (result.targets, result.exact) == (("T9001",), True)
    assert "deprecated in 20.0" in result.reason


def test_what_was_split_off_a_revoked_technique_is_a_target_too() -> None:
    gone = replace(A_GONE, replaced_by=("T9002",))
    older, newer = small("18.0", A), small("20.0", gone, B, replace(C, split_from=("T9001",)))
    there = walk("T9001", older, newer)
    assert (there.targets, there.exact, there.change) == (("T9002", "T9003"), False, Change.SPLIT)
    assert {walk(end, newer, older).targets for end in there.targets} == {("T9001",)}
