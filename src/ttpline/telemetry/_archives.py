"""Members of zip and tar archives, and of archives in them, as inputs of their own; a plain file is its one member.

Nothing is unpacked to a place that an archive names: bytes go from the archive to the reader, and what has to be read
twice or out of order goes to a nameless temporary file. No link is followed. Members, their expansion and how deep
archives stand in archives are bounded.
"""

import tempfile
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import IO, BinaryIO, cast
from zlib import crc32

from ttpline.domain.skipped import SkippedRecord
from ttpline.errors import TelemetryError
from ttpline.telemetry._archive import Refused
from ttpline.telemetry._archive.tar import TarArchive, TarMember
from ttpline.telemetry._archive.zip import ZipArchive, ZipMember
from ttpline.telemetry._compressed import DamagedError
from ttpline.telemetry._open import (
    MAX_EXPANSION,
    STDIN,
    UNPACK,
    Expansion,
    InputStream,
    Opened,
    Progress,
    bounded,
    expand,
    open_any,
    open_file,
)

MAX_MEMBERS = 100_000
"""Of one file, archives in it included."""

MAX_DEPTH = 2
"""A zip in a tar is read; deeper nesting is only known from bombs."""

MAX_NAME = 4096
"""Characters of a member's path: what Linux allows. A longer one is cut and marked by its checksum."""

SPOOL_BYTES = 1 << 23
"""As much of a member is kept in memory before it goes to a temporary file."""

TOO_MANY = f"an archive of more than {MAX_MEMBERS:,} members: the others are not read"
TOO_DEEP = f"an archive that stands more than {MAX_DEPTH} deep in others"
DAMAGE_REMEDY = "fetch or copy the file again"

_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {
    code: f"\\u{code:04x}" for code in (0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}
"""Characters that would end a line, or turn its direction, where a path is shown."""


@dataclass(slots=True)
class Member:
    """One input: its bytes, its uri (``archive.zip!/path/in/it``), and the way to its bytes once more, if any.

    Whoever gets one closes ``stream``. ``again`` works until then, one reading at a time.
    """

    stream: InputStream
    uri: str
    again: Callable[[], InputStream] | None
    is_in_archive: bool = True


def members(
    path: str, *, max_expansion: int = MAX_EXPANSION, on_progress: Progress | None = None, stdin: BinaryIO | None = None
) -> Generator[Member | SkippedRecord]:
    """What is to be read of ``path``: the file itself, or each member of the archive that it is.

    ``on_progress`` hears of bytes of the file on disk. A member that cannot be read is a ``SkippedRecord`` (record 0).
    Raises ``TelemetryError`` when the file cannot be opened, or an archive is damaged: after what comes before.
    """
    opened = open_any(path, max_expansion=max_expansion, on_progress=on_progress, stdin=stdin)
    if opened.archive is None:
        again = None if path == STDIN else _reopener(path, max_expansion)
        yield Member(opened.stream, opened.uri, again, is_in_archive=False)
        return
    unpacking = _Unpacking(opened.expansion.fresh())
    with opened.stream:
        if opened.archive == "zip" and opened.stream.path is not None:
            yield from _zip_on_disk(path, opened, unpacking, on_progress)
        else:
            yield from unpacking.archive(opened.stream, opened.uri, opened.archive, 1)


def _reopener(path: str, max_expansion: int) -> Callable[[], InputStream]:
    return lambda: open_any(path, max_expansion=max_expansion).stream


def _zip_on_disk(
    path: str, opened: Opened, unpacking: "_Unpacking", on_progress: Progress | None
) -> Iterator[Member | SkippedRecord]:
    """A zip archive that can be read where it is; bytes read twice are told once."""
    told = opened.expansion.taken[0]
    with open_file(path, opened.uri) as file:
        size = file.seek(0, 2)

        def read(count: int) -> None:
            nonlocal told
            count = min(count, max(size - told, 0))
            told += count
            opened.expansion.taken[0] = told
            if count and on_progress is not None:
                on_progress(count)

        yield from unpacking.zip(file, opened.uri, 1, read)
        read(size - told)  # gaps between members


@dataclass(slots=True)
class _Unpacking:
    """One file's archives: the bound that all of their members share."""

    expansion: Expansion
    count: int = 0
    _names: dict[int, int] = field(default_factory=dict)

    def archive(self, stream: InputStream, uri: str, kind: str, depth: int) -> Iterator[Member | SkippedRecord]:
        """The members of the archive that ``stream`` is."""
        if kind == "tar":
            yield from self._tar(stream, uri, depth)
            return
        with tempfile.SpooledTemporaryFile(SPOOL_BYTES) as spool:
            try:
                while piece := stream.read(1 << 20):
                    spool.write(piece)
            except OSError as error:
                raise _no_room(error, uri) from error
            try:
                yield from self.zip(cast(BinaryIO, spool), uri, depth, lambda _: None)
            except TelemetryError as error:
                raise stream.damage or error from error
            if stream.damage is not None:
                raise stream.damage

    def zip(
        self, file: BinaryIO, uri: str, depth: int, on_read: Callable[[int], None]
    ) -> Iterator[Member | SkippedRecord]:
        """The members of the zip archive in ``file``."""
        archive = ZipArchive(file, on_read)
        try:
            for entry in archive.members():
                if self._is_over():
                    yield SkippedRecord(uri, 0, TOO_MANY, "", UNPACK)
                    return
                if isinstance(entry, Refused):
                    yield self._refused(entry, uri)
                else:
                    yield from self._zip_member(archive, entry, uri, depth)
        except DamagedError as damage:
            raise TelemetryError(damage.reason, where=uri, remedy=DAMAGE_REMEDY) from damage
        except OSError as error:
            reason = f"it cannot be read ({error.strerror})"
            raise TelemetryError(reason, where=uri, remedy="check the disk or copy the file first") from error

    def _zip_member(
        self, archive: ZipArchive, entry: ZipMember, uri: str, depth: int
    ) -> Iterator[Member | SkippedRecord]:
        name = self._uri(uri, entry.name)

        def opened(expansion: Expansion) -> tuple[InputStream, str | None]:
            faults: list[TelemetryError] = []
            pieces = bounded(archive.pieces(entry), "zip", name, faults, expansion)
            stream, kind, _ = expand(InputStream(pieces, faults), name, faults, expansion)
            return stream, kind

        yield from self._opened(opened, name, depth)

    def _tar(self, stream: InputStream, uri: str, depth: int) -> Iterator[Member | SkippedRecord]:
        archive = TarArchive(cast(BinaryIO, stream))
        try:
            for entry in archive.members():
                if self._is_over():
                    yield SkippedRecord(uri, 0, TOO_MANY, "", UNPACK)
                    return
                if isinstance(entry, Refused):
                    yield self._refused(entry, uri)
                else:
                    with _Copied(entry, stream) as copied:
                        yield from self._tar_member(copied, self._uri(uri, entry.name), depth)
                    if copied.is_cut:
                        return  # which its own damage says
        except DamagedError as damage:
            error = TelemetryError(damage.reason, where=uri, remedy=DAMAGE_REMEDY)
            raise stream.damage or error from damage
        if stream.damage is not None:
            raise stream.damage

    def _tar_member(self, copied: "_Copied", name: str, depth: int) -> Iterator[Member | SkippedRecord]:
        def opened(expansion: Expansion) -> tuple[InputStream, str | None]:
            faults: list[TelemetryError] = []
            stream, kind, _ = expand(InputStream(copied.pieces(name, faults), faults), name, faults, expansion)
            return stream, kind

        yield from self._opened(opened, name, depth)

    def _opened(
        self, opened: Callable[[Expansion], tuple[InputStream, str | None]], uri: str, depth: int
    ) -> Iterator[Member | SkippedRecord]:
        """A member, or the members of the archive that it is; what is wrong with it is its own."""
        try:
            stream, kind = opened(self.expansion)
        except TelemetryError as error:
            yield SkippedRecord(uri, 0, error.reason, "", error.remedy)
            return
        if kind is None:
            with stream:
                yield Member(stream, uri, lambda: opened(self.expansion.fresh())[0])
            return
        with stream:
            if depth >= MAX_DEPTH:
                yield SkippedRecord(uri, 0, TOO_DEEP, "", UNPACK)
                return
            try:
                yield from self.archive(stream, uri, kind, depth + 1)
            except TelemetryError as error:
                yield SkippedRecord(uri, 0, error.reason, "", error.remedy)

    def _is_over(self) -> bool:
        self.count += 1
        return self.count > MAX_MEMBERS

    def _refused(self, entry: Refused, uri: str) -> SkippedRecord:
        return SkippedRecord(self._uri(uri, entry.name) if entry.name else uri, 0, entry.reason, "", entry.remedy)

    def _uri(self, archive: str, name: str) -> str:
        """``archive!/name``; a name that comes again is numbered, as ids are unique in a uri."""
        shown = name if len(name) <= MAX_NAME else f"{name[:MAX_NAME]}…{crc32(name.encode()):08x}"
        uri = f"{archive}!/{shown.translate(_CONTROLS)}"
        key = hash(uri)  # names may be long, and there may be many
        times = self._names[key] = self._names.get(key, 0) + 1
        return uri if times == 1 else f"{uri} ({times})"


class _Copied:
    """A member of a stream, kept as it goes by so that it can be read again."""

    def __init__(self, entry: TarMember, source: InputStream) -> None:
        self._entry = entry
        self._source = source
        self._live = self._from_archive()
        self._spool: IO[bytes] = tempfile.SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115 (closed by ``__exit__``)
        self._kept = 0
        self.is_cut = False

    def __enter__(self) -> "_Copied":
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.close()

    def pieces(self, uri: str, faults: list[TelemetryError]) -> Iterator[bytes]:
        """The member from its start."""
        at = 0
        while True:
            if at < self._kept:
                self._spool.seek(at)
                piece = self._spool.read(min(1 << 16, self._kept - at))
            else:
                try:
                    piece = next(self._live, b"")
                except OSError as error:
                    faults.append(_no_room(error, uri))
                    return
            if not piece:
                break
            at += len(piece)
            yield piece
        if self.is_cut:
            reason = self._source.damage.reason if self._source.damage else "tar data ends too early"
            faults.append(TelemetryError(reason, where=uri, remedy=DAMAGE_REMEDY))

    def _from_archive(self) -> Iterator[bytes]:
        try:
            for piece in self._entry.pieces():
                self._spool.seek(self._kept)
                self._spool.write(piece)
                self._kept += len(piece)
                yield piece
        except DamagedError:
            self.is_cut = True


def _no_room(error: OSError, uri: str) -> TelemetryError:
    reason = f"it cannot be kept in a temporary file ({error.strerror})"
    return TelemetryError(reason, where=uri, remedy="set TMPDIR to a larger disk")
