"""Labelled CSVs of several shapes, and every way in which one can be wrong."""

from pathlib import Path

import pytest

from ttpline.datasets.load import Columns, load_csv, load_csvs
from ttpline.errors import DatasetError, LabelError


def write(folder: Path, text: str, name: str = "mine.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def test_a_table_of_ones_own_needs_only_command_and_technique(tmp_path: Path) -> None:
    data = load_csv(write(tmp_path, "command,technique\ncat /etc/shadow,T1003.008\nls -l,Normal\n"))
    assert [(row.command_line, row.label, row.count, row.origin) for row in data.rows] == [
        ("cat /etc/shadow", "T1003.008", 1.0, "mine"),
        ("ls -l", "Normal", 1.0, "mine"),
    ]
    assert data.manifest.labels == {"Normal": 1, "T1003.008": 1}
    assert data.manifest.attack_version == "18.1"


def test_the_columns_of_the_shared_data_are_understood(tmp_path: Path) -> None:
    text = (
        "command,technique,subtechnique,platform,source,source_ref,group,license\n"
        "whoami /all,T1033,,Windows,projectA,a.yaml,g-1,MIT\n"
        "crontab -l,T1053,T1053.003,linux,projectA,b.yaml,g-2,Apache-2.0\n"
    )
    first, second = load_csv(write(tmp_path, text)).rows
    assert (first.label, first.platform, first.group, first.origin, first.licence) == (
        "T1033",
        "windows",
        "g-1",
        "projectA",
        "MIT",
    )
    assert second.label == "T1053.003"


def test_the_study_table_is_read_by_its_grouped_label_and_count(tmp_path: Path) -> None:
    text = (
        "proctitle,technique,technique_grouped,count\n"
        "ls\0-la,T1083: File and Directory Discovery,T1083: File and Directory Discovery,12\n"
        "rare thing,T1125: Video Capture,Z999: Other Low-Frequency Techniques,1\n"
        "sshd,Normal,Normal,2.5\n"
    )
    rows = load_csv(write(tmp_path, text)).rows
    assert [(row.command_line, row.label, row.count) for row in rows] == [
        ("ls -la", "T1083", 12.0),
        ("rare thing", "Z999", 1.0),
        ("sshd", "Normal", 2.5),
    ]


def test_repeated_rows_are_merged_and_their_counts_added(tmp_path: Path) -> None:
    data = load_csv(write(tmp_path, "command,technique,count\nid,T1033,2\nid,T1033,3\nid,T1087,1\n"))
    assert [(row.label, row.count) for row in data.rows] == [("T1033", 5.0), ("T1087", 1.0)]
    assert (data.manifest.merged_rows, data.manifest.ambiguous_commands) == (1, 1)


def test_a_file_without_labels_can_be_given_as_normal(tmp_path: Path) -> None:
    attack = write(tmp_path, "command,technique\nid,T1033\n", "attack.csv")
    normal = write(tmp_path, "command,source,source_ref\nls,docs,ls.md\nls -l,docs,ls.md\n", "normal.csv")
    data = load_csvs([attack], [normal])
    assert [row.label for row in data.rows] == ["T1033", "Normal", "Normal"]
    assert data.rows[1].group == data.rows[2].group == "docs:ls.md"
    assert [file.name for file in data.manifest.files] == ["attack.csv", "normal.csv"]


def test_a_file_without_labels_says_how_to_give_it(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no column for the label.*'technique'.*'command', 'note'.*--normal"):
        load_csv(write(tmp_path, "command,note\nls,x\n"))


def test_a_labelled_file_is_not_taken_as_normal(tmp_path: Path) -> None:
    path = write(tmp_path, "command,technique\nls,Normal\nid,T1033\n")
    with pytest.raises(DatasetError, match=r"row 3: the file is given as normal .*'T1033'"):
        load_csv(path, normal=True)


def test_named_columns_are_taken_and_missing_ones_named(tmp_path: Path) -> None:
    path = write(tmp_path, "cmd,ttp,n\nid,T1033,4\n")
    assert load_csv(path, command="cmd", label="ttp", count="n").rows[0].count == 4.0
    with pytest.raises(DatasetError, match=r"looked for 'text', there are 'cmd', 'ttp', 'n'"):
        load_csv(path, command="text", label="ttp")
    with pytest.raises(DatasetError, match=r"no column for the count: looked for 'times'"):
        load_csvs([path], columns=Columns(command="cmd", label="ttp", count="times"))


@pytest.mark.parametrize("count", ["0", "-1", "many", "nan", "inf", "1e999", "", "1_000", "٣", "0x10", "1,5"])
def test_a_count_that_is_no_number_above_zero_is_refused_with_its_row(tmp_path: Path, count: str) -> None:
    path = write(tmp_path, f'command,technique,count\nid,T1033,1\nls,T1083,"{count}"\n')
    with pytest.raises(DatasetError, match=r"mine\.csv, row 3: count .* is not a number above 0"):
        load_csv(path)


def test_an_empty_command_and_an_empty_label_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="row 2: the command is empty"):
        load_csv(write(tmp_path, 'command,technique\n"  ",T1033\n'))
    with pytest.raises(DatasetError, match="row 2: the label is empty"):
        load_csv(write(tmp_path, "command,technique\nid,\n"))


def test_a_label_that_attack_does_not_know_names_file_row_and_near_ids(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match=r"mine\.csv, row 3: label T1003\.099 .*T1003") as caught:
        load_csv(write(tmp_path, "command,technique\nid,T1033\nls,T1003.099\n"))
    assert caught.value.remedy is not None and "T1003" in caught.value.remedy


def test_a_label_that_is_no_id_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match=r"row 2: label 'credential dumping' is no technique id"):
        load_csv(write(tmp_path, "command,technique\nid,credential dumping\n"))


def test_without_a_group_column_near_duplicates_share_a_group(tmp_path: Path) -> None:
    rows = load_csv(write(tmp_path, "command,technique\ncat /a/b,T1083\ncat /c/d,T1083\nid,T1033\n")).rows
    assert rows[0].group == rows[1].group != rows[2].group


def test_a_byte_order_mark_and_semicolons_are_no_trouble(tmp_path: Path) -> None:
    data = load_csv(write(tmp_path, '\ufeffcommand;technique\r\n"echo ""a;b""";T1033\r\n'))
    assert data.rows[0].command_line == 'echo "a;b"'


def test_the_digest_is_of_the_rows_in_any_order_and_changes_with_each_of_their_fields(tmp_path: Path) -> None:
    one = load_csv(write(tmp_path, "command,technique\nid,T1033\nls,Normal\n")).manifest.sha256
    other_order = load_csv(write(tmp_path, "command,technique\nls,Normal\nid,T1033\n")).manifest.sha256
    other_count = load_csv(write(tmp_path, "command,technique,count\nid,T1033,2\nls,Normal,1\n")).manifest.sha256
    assert one == other_order != other_count
    assert one.startswith("sha256:") and len(one) == 71


def test_the_shared_data_is_read_whole(shared: Path) -> None:
    folder = shared / "data"
    attack = [folder / "atomic_red_team.csv", folder / "other_authors.csv"]
    data = load_csvs(attack, [folder / "normal_commands.csv", folder / "normal_scripts.csv"])
    manifest = data.manifest
    assert (
        manifest.rows + manifest.merged_rows == sum(file.rows for file in manifest.files) == 3305 + 676 + 24826 + 2886
    )
    assert [(item.written, item.used) for item in manifest.conversions] == [("T1027.018", "T1027")]
