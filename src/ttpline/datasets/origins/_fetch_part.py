"""A download that is not finished: its bytes in ``NAME.part`` and what they belong to in ``NAME.part.json``.

Bytes are only continued when the server can be asked whether they still belong to the file it has (a strong ETag or a
time of change), or when a known digest will tell at the end.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ttpline.errors import SinkError


@dataclass(frozen=True, slots=True)
class Validator:
    """What the server said about the version these bytes are of."""

    url: str
    etag: str | None = None
    last_modified: str | None = None

    @property
    def if_range(self) -> str | None:
        """The value of ``If-Range``; a weak ETag does not promise equal bytes."""
        if self.etag and self.etag.startswith('"'):
            return self.etag
        return self.last_modified


class PartFile:
    """The unfinished file beside ``target``. Every method raises ``SinkError`` when the disk refuses."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(f"{target.name}.part")
        self._notes = target.with_name(f"{target.name}.part.json")

    @property
    def size(self) -> int:
        """Bytes so far."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def validator(self, url: str) -> Validator | None:
        """What is known about the bytes so far; None when they are from elsewhere or nothing is known."""
        try:
            raw = json.loads(self._notes.read_bytes())
            found = Validator(str(raw["url"]), raw["etag"], raw["last_modified"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        texts = all(value is None or isinstance(value, str) for value in (found.etag, found.last_modified))
        return found if texts and found.url == url else None

    def begin(self, validator: Validator) -> None:
        """Forget the bytes so far and note what is coming."""
        try:
            self.path.open("wb").close()
            self._notes.write_text(json.dumps(asdict(validator)))
        except OSError as error:
            raise self._refused(error) from error

    def append(self, chunk: bytes) -> None:
        try:
            with self.path.open("ab") as file:
                file.write(chunk)
        except OSError as error:
            raise self._refused(error) from error

    def finish(self) -> None:
        """Give the file its name."""
        try:
            self.path.replace(self.target)
            self._notes.unlink(missing_ok=True)
        except OSError as error:
            raise self._refused(error) from error

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)
        self._notes.unlink(missing_ok=True)

    def _refused(self, error: OSError) -> SinkError:
        return SinkError(
            f"cannot be written: {error.strerror or error}",
            where=str(self.path),
            remedy="make room or name another folder with -o; the download goes on where it stopped",
        )
