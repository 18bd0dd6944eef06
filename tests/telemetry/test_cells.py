"""Cells as the kind of their field."""

from datetime import UTC, datetime

import pytest

from ttpline.telemetry._cells import CellError, cell_value, guess


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-03-01T10:00:00Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01 10:00:00.123456", datetime(2026, 3, 1, 10, 0, 0, 123456, tzinfo=UTC)),
        ("2026-03-01T10:00:00-05:00", datetime(2026, 3, 1, 15, tzinfo=UTC)),
        ("1772359200", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("1772359200.000001", datetime(2026, 3, 1, 10, 0, 0, 1, tzinfo=UTC)),
    ],
)
def test_times_are_read_to_the_microsecond(cell: str, expected: datetime) -> None:
    assert cell_value("time", cell) == expected


@pytest.mark.parametrize("cell", ["25:61", "yesterday", "9" * 19, "1.2.3", "2026-13-01T00:00:00Z", "٣"])
def test_what_is_no_time_is_refused(cell: str) -> None:
    with pytest.raises(CellError):
        cell_value("time", cell)


@pytest.mark.parametrize(("cell", "expected"), [("7", 7), ("-7", -7), (" 7 ", 7), ("0x1f", 31), ("", None)])
def test_whole_numbers_are_read(cell: str, expected: int | None) -> None:
    assert cell_value("pid", cell) == expected


@pytest.mark.parametrize("cell", ["x", "7.5", "٣", "1_000", "9" * 19, "9" * 5000, "0x", "--7"])
def test_what_is_no_whole_number_is_refused(cell: str) -> None:
    with pytest.raises(CellError):
        cell_value("pid", cell)


def test_platform_is_one_of_three_in_any_case() -> None:
    assert cell_value("platform", "Windows") == "windows"
    with pytest.raises(CellError):
        cell_value("platform", "plan9")


def test_reason_never_holds_the_cell() -> None:
    with pytest.raises(CellError) as caught:
        cell_value("success", "secret")
    assert "secret" not in str(caught.value)


def test_best_of_several_names_is_taken() -> None:
    assert guess(["cmd", "Command_Line"])["command_line"] == 1
