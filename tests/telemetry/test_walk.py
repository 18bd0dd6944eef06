"""Folders: everything in them once, in a fixed order, and a word about what is left out."""

import os
import socket
from pathlib import Path

import pytest

from ttpline.domain.skipped import SkippedRecord
from ttpline.errors import UsageError
from ttpline.telemetry._walk import input_bytes, input_files


def walked(folder: Path) -> tuple[list[str], list[tuple[str, str]]]:
    """Files to read and what is left out, by path inside ``folder``."""
    files: list[str] = []
    left_out: list[tuple[str, str]] = []
    for item in input_files([str(folder)]):
        if isinstance(item, SkippedRecord):
            left_out.append((os.path.relpath(item.uri, folder), item.reason))
        else:
            files.append(os.path.relpath(item, folder))
    return files, left_out


def test_files_come_sorted_by_bytes_and_depth_first(tmp_path: Path) -> None:
    for name in ("b.log", "a/z.log", "a/b/c.log", "B.log", "é.log"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert walked(tmp_path) == (["B.log", "a/b/c.log", "a/z.log", "b.log", "é.log"], [])


def test_loop_of_links_ends_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/file").touch()
    (tmp_path / "a/up").symlink_to(tmp_path)
    assert walked(tmp_path) == (["a/file"], [("a/up", "the same file or folder was met before")])


def test_file_under_two_names_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "audit.log").write_text("x")
    (tmp_path / "current").symlink_to("audit.log")
    (tmp_path / "hard").hardlink_to(tmp_path / "audit.log")
    files, left_out = walked(tmp_path)
    assert files == ["audit.log"]
    assert [name for name, _ in left_out] == ["current", "hard"]


def test_dangling_link_and_special_files_are_told_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to("nowhere")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "null").symlink_to("/dev/null")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        files, left_out = walked(tmp_path)
    assert files == []
    assert left_out == [
        ("dangling", "it cannot be read (No such file or directory)"),
        ("fifo", "it is a named pipe"),
        ("null", "it is a device"),
        ("socket", "it is a socket"),
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every folder")
def test_folder_without_permission_is_told(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    assert walked(tmp_path) == ([], [("closed", "it cannot be read (Permission denied)")])


def test_named_paths_keep_their_order_and_are_not_looked_at() -> None:
    assert list(input_files(["b", "-", "a", "b"])) == ["b", "-", "a", "b"]


def test_standard_input_can_be_named_once() -> None:
    with pytest.raises(UsageError, match="read once"):
        input_files(["-", "-"])


def test_size_is_known_for_files_and_not_for_pipes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "b").write_bytes(b"123")
    assert input_bytes([str(tmp_path), str(tmp_path / "a"), str(tmp_path / "missing")]) == 13
    assert input_bytes([str(tmp_path), "-"]) is None
