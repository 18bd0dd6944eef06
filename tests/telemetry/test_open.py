"""Opening: every compression, by content; damage ends a stream and is kept; nothing grows without bound."""

import bz2
import gzip
import io
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from ttpline.errors import TelemetryError
from ttpline.telemetry import _open
from ttpline.telemetry._open import InputStream, open_input

TEXT = b"".join(b"echo %d %d\n" % (number, number * number * 7919 % 1_000_003) for number in range(20_000))


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd,
}
each = pytest.mark.parametrize("name", list(COMPRESSIONS))


def opened(tmp_path: Path, data: bytes, max_expansion: int = _open.MAX_EXPANSION) -> tuple[bytes, InputStream]:
    file = tmp_path / "input.bin"
    file.write_bytes(data)
    stream, uri = open_input(str(file), max_expansion=max_expansion)
    assert uri == str(file)
    with stream:
        return stream.read(), stream


def test_plain_file_is_read_as_it_is(tmp_path: Path) -> None:
    assert opened(tmp_path, TEXT)[0] == TEXT


@each
def test_compression_is_known_by_content_not_by_name(tmp_path: Path, name: str) -> None:
    data, stream = opened(tmp_path, COMPRESSIONS[name](TEXT))
    assert data == TEXT
    assert stream.damage is None


@each
def test_members_one_after_another_are_read_as_one(tmp_path: Path, name: str) -> None:
    compress = COMPRESSIONS[name]
    assert opened(tmp_path, compress(TEXT[:1000]) + compress(b"") + compress(TEXT[1000:]))[0] == TEXT


def test_skippable_zstd_frames_are_passed_over(tmp_path: Path) -> None:
    frame = b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd"
    assert opened(tmp_path, frame + zstd(TEXT) + frame)[0] == TEXT


@each
def test_zeros_after_the_end_are_padding(tmp_path: Path, name: str) -> None:
    data, stream = opened(tmp_path, COMPRESSIONS[name](TEXT) + b"\0" * 50_000)
    assert data == TEXT
    assert stream.damage is None


@each
def test_other_bytes_after_the_end_are_damage(tmp_path: Path, name: str) -> None:
    data, stream = opened(tmp_path, COMPRESSIONS[name](TEXT) + b"this is no member at all")
    assert data == TEXT
    assert stream.damage is not None and "followed by" in stream.damage.reason


@pytest.mark.parametrize("name", ["gzip", "xz", "zstd"])
def test_half_a_file_gives_what_stands_before_the_cut(tmp_path: Path, name: str) -> None:
    whole = COMPRESSIONS[name](TEXT)
    data, stream = opened(tmp_path, whole[: len(whole) // 2])
    assert len(data) > len(TEXT) // 4
    assert TEXT.startswith(data)
    assert stream.damage is not None and stream.damage.reason == f"{name} data ends too early"


def test_bzip2_gives_the_blocks_before_the_cut(tmp_path: Path) -> None:
    whole = bz2.compress(TEXT, compresslevel=1)  # blocks of 100 kB
    data, stream = opened(tmp_path, whole[: len(whole) // 2])
    assert data and TEXT.startswith(data)
    assert stream.damage is not None


def test_wrong_gzip_checksum_loses_no_byte(tmp_path: Path) -> None:
    whole = bytearray(gzip.compress(TEXT))
    whole[-6] ^= 1
    data, stream = opened(tmp_path, bytes(whole))
    assert data == TEXT
    assert stream.damage is not None and stream.damage.reason == "gzip data is damaged"


@pytest.mark.parametrize("name", ["bzip2", "xz", "zstd"])
def test_wrong_checksum_loses_no_more_than_a_block(tmp_path: Path, name: str) -> None:
    whole = bytearray(COMPRESSIONS[name](TEXT))
    whole[-3] ^= 1
    data, stream = opened(tmp_path, bytes(whole))
    assert TEXT.startswith(data) and len(TEXT) - len(data) <= 128 * 1024
    assert stream.damage is not None


def test_compressed_twice_is_expanded_twice(tmp_path: Path) -> None:
    data, stream = opened(tmp_path, lzma.compress(gzip.compress(TEXT)))
    assert data == TEXT
    assert stream.damage is None


def test_damage_inside_the_inner_layer_is_told_once(tmp_path: Path) -> None:
    data, stream = opened(tmp_path, lzma.compress(gzip.compress(TEXT))[:-2000])
    assert TEXT.startswith(data)
    assert stream.damage is not None and stream.damage.reason == "xz data ends too early"


def test_compressed_three_times_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TelemetryError, match="compressed more than 2 times"):
        opened(tmp_path, gzip.compress(gzip.compress(gzip.compress(TEXT))))


@pytest.mark.parametrize(
    ("head", "name"), [(b"PK\x03\x04", "zip"), (b"PK\x05\x06", "zip"), (b"7z\xbc\xaf\x27\x1c", "7-Zip")]
)
def test_archive_is_refused_with_what_to_do(tmp_path: Path, head: bytes, name: str) -> None:
    with pytest.raises(TelemetryError, match=f"a {name} archive.*; unpack it"):
        opened(tmp_path, head + b"\0" * 100)


@each
def test_bomb_is_stopped_at_the_ratio(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_open, "EXPANSION_FLOOR_BYTES", 1 << 20)
    bomb = COMPRESSIONS[name](b"\0" * (1 << 24))
    data, stream = opened(tmp_path, bomb, max_expansion=100)
    assert 0 < len(data) < 1 << 24
    assert stream.damage is not None
    assert str(stream.damage).endswith("expands more than 100 times; raise --max-expansion if you trust it")


@each
def test_bomb_is_read_when_it_is_trusted(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_open, "EXPANSION_FLOOR_BYTES", 1 << 20)
    bomb = COMPRESSIONS[name](b"\0" * (1 << 22))
    data, stream = opened(tmp_path, bomb, max_expansion=10**6)
    assert len(data) == 1 << 22
    assert stream.damage is None


def test_zstd_window_of_a_gigabyte_is_refused(tmp_path: Path) -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=30)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    data, stream = opened(tmp_path, compressor.compress(TEXT) + compressor.flush())
    assert data == b""
    assert stream.damage is not None and stream.damage.reason == "zstd data needs more than 128 MiB to expand"


def test_text_that_begins_like_bzip2_is_text(tmp_path: Path) -> None:
    assert opened(tmp_path, b"BZh9 is no command\n")[0] == b"BZh9 is no command\n"


def test_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(TelemetryError, match=r"nowhere\.log: it cannot be read \(No such file or directory\)"):
        open_input(str(tmp_path / "nowhere.log"))


def test_name_with_nul_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TelemetryError, match="it cannot be read"):
        open_input("a\0b")


def test_name_that_is_no_utf8_is_opened(tmp_path: Path) -> None:
    file = tmp_path / "audit-\udcff.log"
    file.write_bytes(b"id\n")
    stream, uri = open_input(str(file))
    with stream:
        assert stream.read() == b"id\n"
    assert uri.encode()  # column form: a lone surrogate would not encode


@each
def test_standard_input_may_be_compressed(name: str) -> None:
    stream, uri = open_input("-", stdin=io.BytesIO(COMPRESSIONS[name](TEXT)))
    assert (stream.read(), uri) == (TEXT, "-")


def test_standard_input_is_left_open() -> None:
    stdin = io.BytesIO(TEXT)
    stream, _ = open_input("-", stdin=stdin)
    stream.read()
    stream.close()
    assert not stdin.closed


def test_progress_counts_bytes_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.gz"
    file.write_bytes(gzip.compress(TEXT))
    taken: list[int] = []
    stream, _ = open_input(str(file), on_progress=taken.append)
    with stream:
        stream.read()
    assert sum(taken) == file.stat().st_size


def test_file_that_grows_is_read_to_the_end_seen_once(tmp_path: Path) -> None:
    file = tmp_path / "growing.log"
    file.write_bytes(b"first\n")
    stream, _ = open_input(str(file))
    with stream, file.open("ab") as more:
        assert stream.read(100) == b"first\n"
        assert stream.read(100) == b""
        more.write(b"second\n")
        more.flush()
        assert stream.read(100) == b""


def test_peeked_bytes_stay_to_be_read(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(TEXT)
    stream, _ = open_input(str(file))
    with stream:
        assert stream.peek(5).startswith(b"echo 0")
        assert stream.read(4) == b"echo"
        assert stream.position == 4
        assert stream.peek(3)[:2] == b" 0"
        assert stream.read() == TEXT[4:]
        assert stream.position == len(TEXT)
