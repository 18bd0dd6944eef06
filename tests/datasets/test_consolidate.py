"""Coarser labels."""

from ttpline.datasets.consolidate import rare_to_other, to_techniques, with_least_groups
from ttpline.datasets.dataset import make_dataset
from ttpline.domain.labelled import LabelledCommand


def test_rare_labels_become_z999_and_equal_rows_are_merged() -> None:
    rows = [LabelledCommand(f"cmd {letter}", "T1082", letter) for letter in "abc"]
    rows += [LabelledCommand("x", "T1033", "d", count=2), LabelledCommand("x", "T1018", "e", count=3)]
    rows += [LabelledCommand("ls", "Normal", "f")]
    found = rare_to_other(make_dataset("d", rows, attack_version="18.1"), 2)
    assert [(row.command_line, row.label, row.count) for row in found.rows[3:]] == [
        ("x", "Z999", 5.0),
        ("ls", "Normal", 1),
    ]
    assert found.manifest.labels == {"Normal": 1, "T1082": 3, "Z999": 1}


def test_sub_techniques_become_their_technique() -> None:
    rows = [LabelledCommand("a", "T1003.008", "g"), LabelledCommand("b", "Normal", "g")]
    assert [row.label for row in to_techniques(rows)] == ["T1003", "Normal"]


def test_labels_that_few_groups_show_can_be_left_out() -> None:
    rows = [LabelledCommand("a", "T1003", "g"), LabelledCommand("b", "T1003", "h"), LabelledCommand("c", "T1033", "g")]
    assert [row.command_line for row in with_least_groups(rows, 2)] == ["a", "b"]
