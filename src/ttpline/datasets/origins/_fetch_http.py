"""One file over HTTP, resumed and retried within bounds, by the standard library.

Why not pooch: it begins a cut download again from nothing. Here a cut connection costs what was under way: the next
request asks for the rest (``Range``) of the same version (``If-Range``).

Only ``http`` and ``https`` are spoken. A redirect to anything else is refused, and so is one from https to http.
"""

import http.client
import re
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import urlsplit

from ttpline.datasets.origins._fetch_part import PartFile, Validator
from ttpline.datasets.origins.base import Progress, RemoteFile
from ttpline.errors import DatasetError, UsageError

CHUNK_BYTES = 1 << 20
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", re.ASCII)
_UNSATISFIED = re.compile(r"bytes \*/(\d{1,18})", re.ASCII)
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers that may be others next time."""

OFFLINE_REMEDY = (
    "this machine may be offline or behind a proxy (set https_proxy); fetch the file elsewhere and give its folder "
    "with --from DIR"
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to go on. ``attempts``: in a row without a new byte; ``requests``: all together; waits in s."""

    attempts: int = 5
    requests: int = 200
    timeout_s: float = 30.0
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    sleep: Callable[[float], None] = time.sleep


class _Cut(Exception):
    """The connection failed in a way that may pass; ``wait_s`` if the server said how long."""

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        self.wait_s = wait_s
        super().__init__(reason)


def download(file: RemoteFile, part: PartFile, patience: Patience, progress: Progress) -> None:
    """Fill ``part`` with the whole of ``file.url``. What is there already is continued where that is safe."""
    check_url(file.url)
    failures = 0
    for _ in range(patience.requests):
        before = part.size
        try:
            _request(file, part, patience, progress)
            return
        except _Cut as cut:
            failures = 1 if part.size > before else failures + 1
            reason, wait_s = str(cut), cut.wait_s
        if failures >= patience.attempts:
            break
        doubled = patience.first_wait_s * 2 ** (failures - 1)
        patience.sleep(min(wait_s if wait_s is not None else doubled, patience.longest_wait_s))
    raise DatasetError(
        f"cannot be fetched: {reason}; {part.size:,} bytes are kept in {part.path.name}",
        where=file.url,
        remedy=f"run it again to go on; {OFFLINE_REMEDY}",
    )


def check_url(url: str) -> None:
    """``UsageError`` unless ``url`` is http or https with a host."""
    try:
        pieces = urlsplit(url)
        usable = pieces.scheme in ("http", "https") and bool(pieces.hostname)
        _ = pieces.port
    except ValueError:
        usable = False
    if not usable or not url.isascii() or any(char <= " " for char in url):
        raise UsageError(
            f"{url[:200]!r} is not an http or https address", remedy="give a folder as it is, without file://"
        )


def _request(file: RemoteFile, part: PartFile, patience: Patience, progress: Progress) -> None:
    """One request, as far as it gets."""
    request = urllib.request.Request(file.url, headers={"Accept-Encoding": "identity", "User-Agent": "ttpline"})
    have = _continue_from(file, part, request)
    try:
        response: Any = _opener().open(request, timeout=patience.timeout_s)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 416 and have and _total_of(error.headers.get("Content-Range")) == have:
                return  # all of it is here already
            if error.code == 416:
                part.discard()
                raise _Cut("the server has another file now") from error
            raise _refusal(file, error) from error
    except urllib.error.URLError as error:
        raise _unreachable(file, error.reason) from error
    except (http.client.HTTPException, OSError) as error:
        raise _Cut(f"{type(error).__name__}: {error}") from error
    with response:
        _take(file, part, response, have, progress)


def _continue_from(file: RemoteFile, part: PartFile, request: urllib.request.Request) -> int:
    have = part.size
    known = part.validator(file.url)
    if not have or known is None or (known.if_range is None and file.digest is None):
        return 0
    request.add_header("Range", f"bytes={have}-")
    if known.if_range is not None:
        request.add_header("If-Range", known.if_range)
    return have


def _take(file: RemoteFile, part: PartFile, response: Any, have: int, progress: Progress) -> None:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise DatasetError("the server packs the file though it was asked not to", where=file.url)
    total = _length(response)
    if response.status == 206:
        start, total = _range(file, response.headers.get("Content-Range"), have)
        if start != have:
            part.discard()
            raise _Cut("the server sent another part than it was asked for")
    elif response.status == 200:
        part.begin(Validator(file.url, response.headers.get("ETag"), response.headers.get("Last-Modified")))
        have = 0
    else:
        raise DatasetError(f"the server answered {response.status}", where=file.url)
    if total is not None and total > file.max_bytes:
        part.discard()
        raise _too_large(file)
    _copy(file, part, response, have, total, progress)


def _copy(
    file: RemoteFile, part: PartFile, response: IO[bytes], have: int, total: int | None, progress: Progress
) -> None:
    while True:
        try:
            chunk = response.read(CHUNK_BYTES)
        except http.client.IncompleteRead as error:
            part.append(error.partial)
            raise _Cut("the connection was cut") from error
        except (http.client.HTTPException, OSError) as error:
            raise _Cut(f"the connection was cut ({type(error).__name__}: {error})") from error
        if not chunk:
            break
        have += len(chunk)
        if have > (file.max_bytes if total is None else total):
            part.discard()
            raise _too_large(file)
        part.append(chunk)
        progress(len(chunk))
    if total is not None and have < total:
        raise _Cut(f"the connection was cut after {have:,} of {total:,} bytes")


def _range(file: RemoteFile, header: str | None, have: int) -> tuple[int, int | None]:
    match = _CONTENT_RANGE.fullmatch(header or "")
    if match is None:
        raise DatasetError(f"the server sent a part without saying which ({header!r})", where=file.url)
    return int(match[1]), None if match[3] == "*" else int(match[3])


def _length(response: Any) -> int | None:
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _total_of(header: str | None) -> int | None:
    match = _UNSATISFIED.fullmatch(header or "")
    return int(match[1]) if match else None


def _too_large(file: RemoteFile) -> DatasetError:
    return DatasetError(f"is larger than {file.max_bytes:,} bytes: not the file that is meant", where=file.url)


def _refusal(file: RemoteFile, error: urllib.error.HTTPError) -> Exception:
    if error.code in AGAIN:
        text = error.headers.get("Retry-After") or ""
        wait_s = float(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
        return _Cut(f"the server answered {error.code}", wait_s)
    if 300 <= error.code < 400:  # ours, or the library's own refusal of file, ftp and endless redirects
        reason = " ".join(str(error.reason).split())
        return DatasetError(
            f"a redirect is not followed: {reason}",
            where=file.url,
            remedy="give another address or a folder with --from",
        )
    return DatasetError(
        f"the server answered {error.code} {error.reason}",
        where=file.url,
        remedy="the file may have moved: look at the data's own page, and give its folder or address with --from",
    )


def _unreachable(file: RemoteFile, reason: Any) -> Exception:
    if isinstance(reason, socket.gaierror):
        name = urlsplit(file.url).hostname
        return DatasetError(f"{name} cannot be found: {reason.strerror}", where=file.url, remedy=OFFLINE_REMEDY)
    return _Cut(str(reason) if str(reason) else type(reason).__name__)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows only http and https, never from https to http."""

    max_redirections = 5

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        try:
            check_url(newurl)
        except UsageError:
            raise urllib.error.HTTPError(req.full_url, code, f"redirects to {newurl[:200]!r}", headers, fp) from None
        if req.type == "https" and urlsplit(newurl).scheme == "http":
            raise urllib.error.HTTPError(req.full_url, code, "redirects from https to http", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    """Nothing but HTTP: no file, ftp or data addresses."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _Redirects(),
    ):
        opener.add_handler(handler)
    return opener
