"""A set of files of an origin in a folder: downloaded or copied, verified, with a note of where each came from."""

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ttpline.datasets.origins._fetch_digest import check_digest_form, digest_of, is_match
from ttpline.datasets.origins._fetch_http import CHUNK_BYTES, Patience, check_url, download
from ttpline.datasets.origins._fetch_part import PartFile
from ttpline.datasets.origins.base import Origin, Progress, RemoteFile
from ttpline.errors import DatasetError, SinkError, UsageError


@dataclass(frozen=True, slots=True)
class Fetched:
    """One file that is there now. ``verified``: it has the digest that was known before; ``was_there``: nothing had
    to be fetched."""

    path: Path
    size: int
    sha256: str
    verified: bool
    was_there: bool


def choose(
    origin: Origin, set_name: str | None, source: str | None, digests: Mapping[str, str]
) -> tuple[RemoteFile, ...]:
    """The files of a set, from ``source`` if it is an address, with the digests that the user knows.

    ``UsageError`` when there is no such set or file, and a word on how to get it when nothing can be downloaded.
    """
    if not origin.file_sets:
        raise UsageError(f"{origin.name} has no files to fetch", remedy=origin.how_to_get)
    name = set_name or next(iter(origin.file_sets))
    if name not in origin.file_sets:
        raise UsageError(f"{origin.name} has no set {name!r}", remedy=f"there are: {', '.join(origin.file_sets)}")
    files = origin.file_sets[name].files
    for wanted, digest in digests.items():
        if wanted not in (file.name for file in files):
            raise UsageError(
                f"{wanted!r} is not in the set {name}", remedy=f"there are: {', '.join(file.name for file in files)}"
            )
        check_digest_form(digest)
    files = tuple(replace(file, digest=digests.get(file.name, file.digest)) for file in files)
    if source is not None and "://" in source:
        check_url(source)
        files = tuple(replace(file, url=f"{source.rstrip('/')}/{file.name}") for file in files)
    return files


def fetch(
    file: RemoteFile,
    folder: Path,
    source: Path | None,
    patience: Patience,
    progress: Progress,
    about: Mapping[str, str],
) -> Fetched:
    """Have ``file`` in ``folder``, from its address or from the folder ``source``, verified.

    A file with another digest than the known one is removed and an error; one whose digest is not known is kept, and
    its SHA-256 noted in ``NAME.json`` beside it with ``about``. A file that is there already is verified, not replaced.
    """
    target = folder / file.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SinkError(f"cannot be made: {error.strerror}", where=str(folder), remedy="choose with -o") from error
    if target.is_file():
        return _there_already(file, target)
    part = PartFile(target)
    if source is None:
        download(file, part, patience, progress)
    else:
        _copy(file, source, part, progress)
    if file.digest is not None and not is_match(part.path, file.digest):
        found = digest_of(part.path, file.digest.partition(":")[0])
        part.discard()
        raise _wrong(file, found, source)
    if file.digest is None and file.name.endswith(".zip") and not zipfile.is_zipfile(part.path):
        part.discard()
        raise _wrong(file, "no zip file", source)
    part.finish()
    sha256 = digest_of(target, "sha256")
    origin = file.url if source is None else str(source / file.name)
    _note(target, {"file": file.name, "from": origin, "bytes": target.stat().st_size, "sha256": sha256, **about})
    return Fetched(target, target.stat().st_size, sha256, file.digest is not None, was_there=False)


def _there_already(file: RemoteFile, target: Path) -> Fetched:
    if file.digest is not None and not is_match(target, file.digest):
        found = digest_of(target, file.digest.partition(":")[0])
        raise DatasetError(
            f"is there and is not the file that is meant: {found}, expected {file.digest}",
            where=str(target),
            remedy="move it away, or choose another folder with -o",
        )
    sha256 = digest_of(target, "sha256")
    return Fetched(target, target.stat().st_size, sha256, file.digest is not None or _noted(target) == sha256, True)


def _copy(file: RemoteFile, source: Path, part: PartFile, progress: Progress) -> None:
    path = source / file.name
    if not source.is_dir():
        raise DatasetError("is not a folder", where=str(source), remedy="give the folder that holds the files")
    if not path.is_file():
        raise DatasetError(f"does not hold {file.name}", where=str(source), remedy="give the folder that holds it")
    size = path.stat().st_size
    if size > file.max_bytes:
        raise DatasetError(f"is larger than {file.max_bytes:,} bytes: not the file that is meant", where=str(path))
    part.discard()  # with what a download noted about the bytes that were there
    try:
        with path.open("rb") as file_in:
            while chunk := file_in.read(CHUNK_BYTES):
                part.append(chunk)
                progress(len(chunk))
    except OSError as error:
        part.discard()
        raise DatasetError(f"cannot be read: {error.strerror}", where=str(path)) from error


def _wrong(file: RemoteFile, found: str, source: Path | None) -> DatasetError:
    return DatasetError(
        f"is not the file that is meant: {found}, expected {file.digest or 'a zip file'}",
        where=file.url if source is None else str(source / file.name),
        remedy="what came was removed; a proxy's page or another version may have been sent in its place"
        if source is None
        else "it is as it was, and nothing was kept of it; it may be another version",
    )


def _notes_of(target: Path) -> Path:
    return target.with_name(f"{target.name}.json")


def _note(target: Path, facts: Mapping[str, str | int]) -> None:
    try:
        _notes_of(target).write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise SinkError(f"cannot be written: {error.strerror}", where=str(_notes_of(target))) from error


def _noted(target: Path) -> str | None:
    try:
        found = json.loads(_notes_of(target).read_bytes())
    except (OSError, ValueError):
        return None
    return found.get("sha256") if isinstance(found, dict) else None
