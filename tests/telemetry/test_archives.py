"""Members of archives are inputs of their own; what cannot be read is told; nothing is written where a name says."""

import bz2
import gzip
import io
import lzma
import os
import random
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from ttpline.domain.skipped import SkippedRecord
from ttpline.errors import TelemetryError
from ttpline.telemetry import _archives, _open
from ttpline.telemetry._archive.tar import TarArchive
from ttpline.telemetry._archive.zip import ZipArchive
from ttpline.telemetry._archives import members
from ttpline.telemetry._compressed import DamagedError

LINES = b"".join(b"echo %d %d\n" % (number, number * number * 7919 % 1_000_003) for number in range(5_000))
FILES = {"a.log": b"id\n", "deep/er/b.log": LINES, "empty.log": b"", "last.log": b"whoami\n"}


def zipped(files: Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def tarred(files: Iterable[tuple[str, bytes]], format: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as archive:
        for name, data in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def unpacked(path: Path | str, **options: object) -> tuple[dict[str, bytes], list[tuple[str, str]]]:
    """Bytes by uri behind ``!/`` (or the whole uri), and what was not read; damage of a member as of its own."""
    found: dict[str, bytes] = {}
    told: list[tuple[str, str]] = []
    for member in members(str(path), **options):  # type: ignore[arg-type]
        uri = member.uri.partition("!/")[2] or member.uri
        if isinstance(member, SkippedRecord):
            assert member.record == 0
            told.append((uri, member.reason))
            continue
        with member.stream:
            found[uri] = member.stream.read()
            if member.stream.damage is not None:
                told.append((uri, member.stream.damage.reason))
    return found, told


def file_of(tmp_path: Path, data: bytes, name: str = "archive") -> Path:
    file = tmp_path / name
    file.write_bytes(data)
    return file


ZIP_METHODS = {"stored": zipfile.ZIP_STORED, "deflate": zipfile.ZIP_DEFLATED, "bzip2": zipfile.ZIP_BZIP2,
               "lzma": zipfile.ZIP_LZMA}  # fmt: skip
TAR_FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes, "gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}  # fmt: skip


def test_plain_file_is_its_own_member(tmp_path: Path) -> None:
    file = file_of(tmp_path, LINES)
    assert unpacked(file) == ({str(file): LINES}, [])


@pytest.mark.parametrize("method", list(ZIP_METHODS))
def test_zip_is_read_whatever_its_compression(tmp_path: Path, method: str) -> None:
    assert unpacked(file_of(tmp_path, zipped(FILES.items(), ZIP_METHODS[method]))) == (FILES, [])


@pytest.mark.parametrize("format", list(TAR_FORMATS))
@pytest.mark.parametrize("compression", list(COMPRESSIONS))
def test_tar_is_read_whatever_its_headers_and_compression(tmp_path: Path, format: str, compression: str) -> None:
    data = COMPRESSIONS[compression](tarred(FILES.items(), TAR_FORMATS[format]))
    assert unpacked(file_of(tmp_path, data)) == (FILES, [])


@pytest.mark.parametrize("format", ["gnu", "pax"])
def test_long_and_odd_names_of_tar_are_whole(tmp_path: Path, format: str) -> None:
    names = ["d/" * 120 + "long.log", "naïve/日本.log", "x" * 99, "y" * 100, "z" * 101]
    found, told = unpacked(file_of(tmp_path, tarred([(name, b"id\n") for name in names], TAR_FORMATS[format])))
    assert (list(found), told) == (names, [])


def test_member_may_itself_be_compressed(tmp_path: Path) -> None:
    inner = {"a.gz": gzip.compress(LINES), "b.xz": lzma.compress(LINES)}
    both: tuple[dict[str, bytes], list[tuple[str, str]]] = ({"a.gz": LINES, "b.xz": LINES}, [])
    assert unpacked(file_of(tmp_path, zipped(inner.items()))) == both
    assert unpacked(file_of(tmp_path, tarred(inner.items()))) == both


@pytest.mark.parametrize("outer", [zipped, tarred])
@pytest.mark.parametrize("inner", [zipped, tarred])
def test_archive_in_an_archive_is_read_and_deeper_ones_are_told(
    tmp_path: Path, outer: Callable[..., bytes], inner: Callable[..., bytes]
) -> None:
    deepest = inner([("c.log", b"id\n")])
    data = outer([("in", inner([("b.log", b"id\n"), ("deeper", deepest)])), ("a.log", b"whoami\n")])
    found, told = unpacked(file_of(tmp_path, data))
    assert found == {"in!/b.log": b"id\n", "a.log": b"whoami\n"}
    assert told == [("in!/deeper", _archives.TOO_DEEP)]


def test_standard_input_may_be_an_archive(tmp_path: Path) -> None:
    for data in (zipped(FILES.items()), tarred(FILES.items()), gzip.compress(zipped(FILES.items()))):
        assert unpacked("-", stdin=io.BytesIO(data)) == (FILES, [])


def test_named_pipe_may_be_an_archive(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    child = os.fork()
    if not child:
        pipe.write_bytes(zipped(FILES.items()))
        os._exit(0)
    assert unpacked(pipe) == (FILES, [])
    os.waitpid(child, 0)


@pytest.mark.parametrize("archived", [zipped, tarred])
def test_member_is_read_again_from_its_start(tmp_path: Path, archived: Callable[..., bytes]) -> None:
    for member in members(str(file_of(tmp_path, archived([("a.gz", gzip.compress(LINES)), ("b", LINES)])))):
        assert not isinstance(member, SkippedRecord) and member.again is not None
        with member.stream:
            assert member.stream.read(10)
            for _ in range(2):
                with member.again() as again:
                    assert again.read() == LINES
            assert member.stream.read() == LINES[10:]


@pytest.mark.parametrize("archived", [zipped, tarred])
def test_member_that_nobody_reads_is_passed_over(tmp_path: Path, archived: Callable[..., bytes]) -> None:
    uris = []
    for member in members(str(file_of(tmp_path, archived(FILES.items())))):
        assert not isinstance(member, SkippedRecord)
        uris.append(member.uri)
        member.stream.close()
    assert [uri.partition("!/")[2] for uri in uris] == list(FILES)


@pytest.mark.parametrize("archived", [zipped, tarred, lambda files: gzip.compress(tarred(files))])
def test_progress_counts_the_bytes_of_the_file(tmp_path: Path, archived: Callable[..., bytes]) -> None:
    noise = random.Random(7).randbytes(3_000_000)
    file = file_of(tmp_path, archived([*FILES.items(), ("noise", noise)]))
    taken: list[int] = []
    unpacked(file, on_progress=taken.append)
    assert sum(taken) == file.stat().st_size


def test_links_and_special_files_of_tar_are_told_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret\n")
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for kind, name in ((tarfile.SYMTYPE, "sym"), (tarfile.LNKTYPE, "hard"), (tarfile.FIFOTYPE, "fifo")):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, str(tmp_path / "secret")
            archive.addfile(entry)
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
    found, told = unpacked(file_of(tmp_path, out.getvalue()))
    assert (found, told) == ({}, [("sym", "a link"), ("hard", "a link"), ("fifo", "a device or a pipe")])


def test_link_in_zip_is_told_and_not_followed(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("link")
        entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
        archive.writestr("folder/", "")
    assert unpacked(file_of(tmp_path, out.getvalue())) == ({}, [("link", "a link")])


def test_encrypted_member_is_told_with_what_to_do_and_the_others_are_read(tmp_path: Path) -> None:
    data = bytearray(zipped([("secret.log", b"id\n"), ("open.log", b"id\n")]))
    data[6] |= 1
    directory = data.index(b"PK\x01\x02")
    data[directory + 8] |= 1
    *_, last = [item for item in members(str(file_of(tmp_path, bytes(data)))) if isinstance(item, SkippedRecord)]
    assert (last.reason, last.remedy) == (
        "a member that is encrypted", "unpack it with its password and give the folder",
    )  # fmt: skip
    assert unpacked(tmp_path / "archive")[0] == {"open.log": b"id\n"}


def test_unknown_compression_in_zip_is_told(tmp_path: Path) -> None:
    data = bytearray(zipped([("a.log", b"id\n")]))
    data[data.index(b"PK\x01\x02") + 10] = 9
    told = [("a.log", "a member compressed in a way that is not read")]
    assert unpacked(file_of(tmp_path, bytes(data))) == ({}, told)


def test_sparse_file_of_tar_is_told(tmp_path: Path) -> None:
    data = bytearray(tarred([("sparse", b"id\n"), ("b", b"id\n")], tarfile.GNU_FORMAT))
    data[156:157] = b"S"
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    assert unpacked(file_of(tmp_path, bytes(data))) == ({"b": b"id\n"}, [("sparse", "a sparse file")])


@pytest.mark.parametrize("archived", [zipped, tarred])
def test_names_cannot_leave_or_forge_a_line(tmp_path: Path, archived: Callable[..., bytes]) -> None:
    names = ["../../etc/cron.d/x", "/abs.log", "a\nb.log", "c\x1b[31m.log", "d\u202egol", "twice", "twice"]
    before = sorted(tmp_path.iterdir())
    with pytest.warns(UserWarning, match="Duplicate") if archived is zipped else _nothing():
        data = archived([(name, b"id\n") for name in names])
    file = file_of(tmp_path, data)
    found, told = unpacked(file)
    assert told == []
    assert list(found) == [
        "../../etc/cron.d/x", "/abs.log", "a\\x0ab.log", "c\\x1b[31m.log", "d\\u202egol", "twice", "twice (2)",
    ]  # fmt: skip
    assert sorted(tmp_path.iterdir()) == [*before, file]


class _nothing:
    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...


@pytest.mark.parametrize("archived", [zipped, tarred])
def test_too_many_members_are_told_and_the_first_are_read(
    tmp_path: Path, archived: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_archives, "MAX_MEMBERS", 3)
    found, told = unpacked(file_of(tmp_path, archived([(f"{n}.log", b"id\n") for n in range(9)])))
    assert list(found) == ["0.log", "1.log", "2.log"]
    assert [reason for _, reason in told] == [_archives.TOO_MANY]


@pytest.mark.parametrize("method", ["deflate", "bzip2", "lzma"])
def test_bomb_in_a_zip_is_stopped_at_the_ratio(tmp_path: Path, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_open, "EXPANSION_FLOOR_BYTES", 1 << 20)
    file = file_of(tmp_path, zipped([("bomb", b"\0" * (1 << 24))], ZIP_METHODS[method]))
    found, told = unpacked(file, max_expansion=100)
    assert len(found["bomb"]) < 1 << 24
    assert told == [("bomb", "zip data expands more than 100 times")]
    assert len(unpacked(file, max_expansion=10**6)[0]["bomb"]) == 1 << 24


def test_members_share_one_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_open, "EXPANSION_FLOOR_BYTES", 1 << 20)
    bombs = [(f"{n}", b"\0" * (1 << 19)) for n in range(50)]
    for archived in (zipped(bombs), tarred([(name, gzip.compress(data)) for name, data in bombs])):
        found, told = unpacked(file_of(tmp_path, archived), max_expansion=10)
        assert sum(map(len, found.values())) <= max(1 << 20, 10 * len(archived))
        assert {reason.partition(" ")[2] for _, reason in told} == {"data expands more than 10 times"}


def test_overlapping_members_share_the_bound_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory whose entries all name one member: reading it again takes nothing new from the disk."""
    monkeypatch.setattr(_open, "EXPANSION_FLOOR_BYTES", 1 << 20)
    data = zipped([("bomb", b"\0" * (1 << 19))])
    start, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    entry = data[start:end]
    count = 200
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(entry) * count, start, 0)
    file = file_of(tmp_path, data[:start] + entry * count + tail)
    found, _ = unpacked(file, max_expansion=10)
    assert sum(map(len, found.values())) <= max(1 << 20, 10 * file.stat().st_size)


def test_damaged_member_gives_what_comes_before_and_the_others_are_read(tmp_path: Path) -> None:
    data = bytearray(zipped(FILES.items()))
    at = data.index(b"deep/er/b.log") + 13 + 9_000
    data[at : at + 4] = b"\xff\xff\xff\xff"
    found, told = unpacked(file_of(tmp_path, bytes(data)))
    assert LINES.startswith(found["deep/er/b.log"][:1000])
    assert told == [("deep/er/b.log", "zip data is damaged")]
    assert found["last.log"] == b"whoami\n"


@pytest.mark.parametrize("has_descriptors", [False, True])
def test_zip_without_its_end_is_read_by_the_headers_of_its_members(tmp_path: Path, has_descriptors: bool) -> None:
    class Pipe(io.RawIOBase):
        """What cannot seek makes zipfile write sizes behind the data."""

        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            self.data += bytes(data)  # type: ignore[call-overload]
            return len(bytes(data))  # type: ignore[call-overload]

    pipe = Pipe()
    if has_descriptors:
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in FILES.items():
                archive.writestr(name, data)
    whole = bytes(pipe.data) if has_descriptors else zipped(FILES.items())
    cut = whole[: whole.index(b"last.log") + 5]
    found: dict[str, bytes] = {}
    with pytest.raises(TelemetryError, match="the zip archive ends too early"):
        for member in members(str(file_of(tmp_path, cut))):
            assert not isinstance(member, SkippedRecord)
            with member.stream:
                found[member.uri.partition("!/")[2]] = member.stream.read()
    assert {name: found[name] for name in ("a.log", "deep/er/b.log", "empty.log")} == {
        name: FILES[name] for name in ("a.log", "deep/er/b.log", "empty.log")
    }


def test_zip_behind_other_bytes_is_read(tmp_path: Path) -> None:
    archive = ZipArchive(io.BytesIO(b"#!/bin/sh\nexit\n" + zipped(FILES.items())), lambda _: None)
    found = {m.name: b"".join(archive.pieces(m)) for m in archive.members()}  # type: ignore[arg-type]
    assert found == FILES


def test_large_zip_is_read(tmp_path: Path) -> None:
    """zip64: as the library writes it when it is told that a member may be large."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open("a.log", "w", force_zip64=True) as member:
        member.write(LINES)
    assert unpacked(file_of(tmp_path, out.getvalue())) == ({"a.log": LINES}, [])


def test_many_members_need_zip64_too(tmp_path: Path) -> None:
    data = zipped([(f"{n}", b"") for n in range(65_600)], zipfile.ZIP_STORED)
    archive = ZipArchive(io.BytesIO(data), lambda _: None)
    assert sum(1 for _ in archive.members()) == 65_600


def test_cut_tar_gives_what_comes_before(tmp_path: Path) -> None:
    data = tarred(FILES.items(), tarfile.USTAR_FORMAT)
    cut = data[: data.index(b"deep/er") + 512 + 10_000]
    found, told = unpacked(file_of(tmp_path, cut))
    assert found == {"a.log": b"id\n", "deep/er/b.log": LINES[:10_000]}
    assert told == [("deep/er/b.log", "tar data ends too early")]


def test_cut_compressed_tar_is_told_once(tmp_path: Path) -> None:
    noise = random.Random(3).randbytes(100_000)
    data = gzip.compress(tarred([("a.log", b"id\n"), ("noise", noise)]))
    found, told = unpacked(file_of(tmp_path, data[:60_000]))
    assert noise.startswith(found["noise"])
    assert told == [("noise", "gzip data ends too early")]


def test_damaged_header_of_tar_is_passed_over(tmp_path: Path) -> None:
    data = bytearray(tarred([("a", b"id\n"), ("b", b"id\n"), ("c", b"id\n")], tarfile.USTAR_FORMAT))
    data[1024 + 30] ^= 0xFF
    found, told = unpacked(file_of(tmp_path, bytes(data)))
    assert (list(found), [reason for _, reason in told]) == (["a", "c"], ["a header of a tar archive that is damaged"])


def test_tars_one_after_another_are_read(tmp_path: Path) -> None:
    data = tarred([("a", b"1\n")]) + tarred([("b", b"2\n")])
    assert unpacked(file_of(tmp_path, data)) == ({"a": b"1\n", "b": b"2\n"}, [])


def test_seven_zip_in_an_archive_is_told(tmp_path: Path) -> None:
    file = file_of(tmp_path, zipped([("x.7z", b"7z\xbc\xaf\x27\x1c" + bytes(90)), ("a", b"id\n")]))
    assert unpacked(file) == ({"a": b"id\n"}, [("x.7z", "it is a 7-Zip archive, which is not read")])


def test_text_is_no_tar_and_zeros_are_none(tmp_path: Path) -> None:
    for data in (b"audit(1.2:3): " * 100, bytes(2_000)):
        assert list(unpacked(file_of(tmp_path, data))[0].values()) == [data]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_damaged_archives_raise_nothing_else(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([zipped(FILES.items()), tarred(FILES.items()), tarred(FILES.items(), 1)]))
    copy = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(copy) - 1))
        size = data.draw(st.integers(1, 8))
        copy[at : at + size] = data.draw(st.binary(max_size=12))
    try:
        for member in members("-", stdin=io.BytesIO(bytes(copy))):
            if not isinstance(member, SkippedRecord):
                with member.stream:
                    member.stream.read()
    except TelemetryError:
        pass


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=3000))
def test_any_bytes_as_an_archive_end(data: bytes) -> None:
    for archive in (ZipArchive(io.BytesIO(b"PK\x03\x04" + data), lambda _: None), TarArchive(io.BytesIO(data))):
        try:
            for _ in archive.members():
                pass
        except DamagedError:
            pass
