"""Which ATT&CK version labels are in, and what becomes of those in another."""

import pytest

from ttpline.datasets.labels import resolve_labels
from ttpline.errors import LabelError


def cells(*labels: str) -> list[tuple[str, str]]:
    return [(label, f"mine.csv, row {number}") for number, label in enumerate(labels, start=2)]


def test_labels_in_use_in_both_versions_stay_in_the_older_one() -> None:
    found = resolve_labels(cells("T1033", "normal", "Z999: Other", "T1003.008: /etc/passwd and /etc/shadow"))
    assert found.labels == ("T1033", "Normal", "Z999", "T1003.008")
    assert (found.attack_version, found.conversions) == ("18.1", ())


def test_labels_that_only_the_newer_version_knows_decide_for_it() -> None:
    found = resolve_labels(cells("T1033", "T1685", "T1685.001"))
    assert (found.attack_version, found.labels) == ("19.2", ("T1033", "T1685", "T1685.001"))


def test_a_few_newer_labels_among_older_ones_are_converted_and_reported() -> None:
    found = resolve_labels(cells("T1562.001", "T1562.002", "T1562.003", "T1685.001", "T1685.001"))
    assert found.labels == ("T1562.001", "T1562.002", "T1562.003", "T1562.002", "T1562.002")
    [(written, used, rows, reason)] = found.conversions
    assert (written, used, rows) == ("T1685.001", "T1562.002", 2)
    assert "19.2 to 18.1" in reason


def test_a_label_of_another_version_is_refused_when_one_was_named() -> None:
    with pytest.raises(LabelError, match=r"row 3: label T1685 is not in ATT&CK 18\.1.*--attack-version 19"):
        resolve_labels(cells("T1033", "T1685"), "18")


def test_a_revoked_label_becomes_the_one_that_replaced_it() -> None:
    found = resolve_labels(cells("T1033", "T1086"))  # PowerShell, before there were sub-techniques
    assert found.labels == ("T1033", "T1059.001")
    assert found.conversions[0][:3] == ("T1086", "T1059.001", 1)


@pytest.mark.parametrize("label", ["T9999", "T1059.999", "TA0001", "S0001", "none", "T105", "'; DROP"])
def test_what_no_version_knows_is_an_error_with_a_remedy(label: str) -> None:
    with pytest.raises(LabelError) as caught:
        resolve_labels(cells("T1033", label))
    assert caught.value.where == "mine.csv, row 3"
    assert caught.value.remedy
