"""Downloads against a real HTTP server on the loopback, which can be told to misbehave."""

import hashlib
import io
import json
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ttpline.datasets.origins._fetch import Fetched, choose, fetch
from ttpline.datasets.origins._fetch_digest import digest_of
from ttpline.datasets.origins._fetch_http import Patience, check_url
from ttpline.datasets.origins.base import Origin, RemoteFile, origins
from ttpline.datasets.origins.casinolimit import ORIGIN, STUDY_BLOB, STUDY_TABLE
from ttpline.errors import DatasetError, SinkError, UsageError

CONTENT = bytes(range(256)) * 4000
SHA256 = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
ABOUT = {"licence": "MIT", "citation": "made here"}


@dataclass
class Site:
    """What the server gives and how; ``cuts`` are the bytes after which it hangs up, one for each answer."""

    url: str = ""
    content: bytes = CONTENT
    etag: str | None = '"one"'
    honours_range: bool = True
    says_length: bool = True
    cuts: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    redirect: str | None = None
    asked: list[tuple[str | None, str | None]] = field(default_factory=list)
    stalls_at: int | None = None
    resume: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Silence."""

        def do_GET(self) -> None:
            ranged, condition = self.headers.get("Range"), self.headers.get("If-Range")
            site.asked.append((ranged, condition))
            if site.redirect is not None and self.path == "/file.bin":
                self.send_response(302)
                self.send_header("Location", site.redirect)
                self.end_headers()
                return
            if site.statuses and (status := site.statuses.pop(0)) != 200:
                self.send_response(status)
                for name, value in site.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                return
            start = 0
            if ranged and site.honours_range and condition in (None, site.etag):
                start = int(ranged.removeprefix("bytes=").removesuffix("-"))
                if start >= len(site.content):
                    self.send_response(416)
                    self.send_header("Content-Range", f"bytes */{len(site.content)}")
                    self.end_headers()
                    return
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{len(site.content) - 1}/{len(site.content)}")
            else:
                self.send_response(200)
            body = site.content[start:]
            if site.says_length:
                self.send_header("Content-Length", str(len(body)))
            if site.etag:
                self.send_header("ETag", site.etag)
            self.end_headers()
            cut = site.cuts.pop(0) if site.cuts else len(body)
            if site.stalls_at is not None:
                self.wfile.write(body[: site.stalls_at])
                self.wfile.flush()
                site.resume.wait(60)
                return
            self.wfile.write(body[:cut])

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


Get = Callable[..., Fetched]


@pytest.fixture
def get(site: Site, tmp_path: Path) -> Get:
    """Fetches ``file.bin`` into ``tmp_path/out``; ``waits`` of the last call are kept in ``get.waits``."""

    def run(
        digest: str | None = SHA256,
        *,
        name: str = "file.bin",
        max_bytes: int = 1 << 21,
        source: Path | None = None,
        waits: list[float] | None = None,
    ) -> Fetched:
        slept: list[float] = [] if waits is None else waits
        patience = Patience(attempts=3, timeout_s=5, sleep=slept.append)
        file = RemoteFile(name, f"{site.url}/{name}", max_bytes, digest)
        return fetch(file, tmp_path / "out", source, patience, lambda _size: None, ABOUT)

    return run


def test_a_file_is_downloaded_verified_and_noted(site: Site, get: Get) -> None:
    got = get()
    assert got.path.read_bytes() == CONTENT
    assert (got.verified, got.was_there, got.size) == (True, False, len(CONTENT))
    assert json.loads((got.path.parent / "file.bin.json").read_text()) == {
        "file": "file.bin", "from": f"{site.url}/file.bin", "bytes": len(CONTENT),
        "sha256": SHA256, **ABOUT,
    }  # fmt: skip
    assert sorted(path.name for path in got.path.parent.iterdir()) == ["file.bin", "file.bin.json"]


def test_a_cut_connection_is_continued_where_it_stopped(site: Site, get: Get) -> None:
    site.cuts = [300_000, 100_000]
    assert get().path.read_bytes() == CONTENT
    assert site.asked == [(None, None), ("bytes=300000-", '"one"'), ("bytes=400000-", '"one"')]


def test_a_download_given_up_is_continued_by_the_next(site: Site, get: Get, tmp_path: Path) -> None:
    site.cuts = [300_000, 0, 0, 0]
    waits: list[float] = []
    with pytest.raises(DatasetError, match="300,000 bytes are kept"):
        get(waits=waits)
    assert waits == [1.0, 2.0]
    assert (tmp_path / "out/file.bin.part").stat().st_size == 300_000
    site.asked.clear()
    site.cuts = []
    assert get().path.read_bytes() == CONTENT
    assert site.asked == [("bytes=300000-", '"one"')]


def test_a_file_that_changed_meanwhile_is_begun_again(site: Site, get: Get) -> None:
    site.cuts = [300_000, 0, 0, 0]
    with pytest.raises(DatasetError):
        get()
    site.etag, site.content = '"two"', CONTENT[::-1]
    got = get(f"sha256:{hashlib.sha256(CONTENT[::-1]).hexdigest()}")
    assert got.path.read_bytes() == CONTENT[::-1]


def test_a_server_that_ignores_ranges_is_read_from_the_start(site: Site, get: Get) -> None:
    site.honours_range, site.cuts = False, [300_000]
    assert get().path.read_bytes() == CONTENT


def test_without_validator_and_digest_nothing_is_continued(site: Site, get: Get) -> None:
    site.etag, site.cuts = None, [300_000]
    assert get(None).path.read_bytes() == CONTENT
    assert site.asked == [(None, None), (None, None)]


def test_a_weak_etag_is_no_validator_but_a_digest_tells(site: Site, get: Get) -> None:
    site.etag, site.cuts = 'W/"one"', [300_000]
    assert get().path.read_bytes() == CONTENT
    assert site.asked[1] == ("bytes=300000-", None)


def test_a_part_that_was_whole_already_is_finished(site: Site, get: Get, tmp_path: Path) -> None:
    site.cuts = [300_000, 0, 0, 0]
    with pytest.raises(DatasetError):
        get()
    (tmp_path / "out/file.bin.part").write_bytes(CONTENT)
    assert get().path.read_bytes() == CONTENT


def test_a_file_without_a_length_is_checked_by_its_digest(site: Site, get: Get) -> None:
    site.says_length = False
    assert get().verified
    site.cuts = [10]
    Path(get().path).unlink()
    with pytest.raises(DatasetError, match="is not the file that is meant"):
        get()


def test_a_wrong_file_is_removed_and_named(site: Site, get: Get, tmp_path: Path) -> None:
    site.content = b"<html>please log in</html>"
    with pytest.raises(DatasetError, match="is not the file that is meant: sha256:"):
        get()
    assert not list((tmp_path / "out").iterdir())


def test_a_page_in_place_of_a_zip_is_found_without_a_digest(site: Site, get: Get) -> None:
    site.content = b"<html>please log in</html>"
    with pytest.raises(DatasetError, match="no zip file, expected a zip file"):
        get(None, name="file.zip")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", "b")
    site.content = buffer.getvalue()
    got = get(None, name="file.zip")
    assert not got.verified
    assert got.sha256 == f"sha256:{hashlib.sha256(site.content).hexdigest()}"


def test_a_file_that_is_there_is_verified_and_not_fetched(site: Site, get: Get) -> None:
    get()
    site.asked.clear()
    got = get()
    assert got.was_there
    assert got.verified
    assert not site.asked
    got.path.write_bytes(b"mine")
    with pytest.raises(DatasetError, match="is there and is not the file that is meant"):
        get()
    assert got.path.read_bytes() == b"mine"


def test_what_is_not_there_is_not_asked_for_again(site: Site, get: Get) -> None:
    site.statuses = [404]
    with pytest.raises(DatasetError, match="404") as raised:
        get()
    assert "--from" in str(raised.value)
    assert len(site.asked) == 1


def test_a_busy_server_is_asked_again_when_it_says(site: Site, get: Get) -> None:
    site.statuses, site.headers = [503, 429], {"Retry-After": "7"}
    waits: list[float] = []
    assert get(waits=waits).verified
    assert waits == [7.0, 7.0]


def test_a_server_that_says_to_wait_for_a_day_is_asked_after_a_minute(site: Site, get: Get) -> None:
    site.statuses, site.headers = [503], {"Retry-After": "86400"}
    waits: list[float] = []
    get(waits=waits)
    assert waits == [60.0]


def test_a_copy_forgets_what_a_download_had_begun(site: Site, get: Get, tmp_path: Path) -> None:
    site.cuts = [1000, 0, 0, 0]
    with pytest.raises(DatasetError, match="cannot be fetched"):
        get()
    (tmp_path / "here").mkdir()
    (tmp_path / "here/file.bin").write_bytes(CONTENT)
    assert get(source=tmp_path / "here").path.read_bytes() == CONTENT
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["file.bin", "file.bin.json"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="signals are POSIX")
def test_a_killed_fetch_goes_on_where_it_was(site: Site, tmp_path: Path) -> None:
    """The command itself, over HTTP, killed with no chance to say goodbye."""
    name, output = STUDY_TABLE, tmp_path / "data"
    site.content = CONTENT * 4
    site.stalls_at = 3 * len(CONTENT)
    command = [
        sys.executable, "-m", "ttpline", "dataset", "fetch", "casinolimit", "--from", site.url, "-o", str(output),
        "--digest", f"{name}=sha256:{hashlib.sha256(site.content).hexdigest()}",
    ]  # fmt: skip
    program = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    part = output / f"{name}.part"
    deadline = time.monotonic() + 60
    while not (part.exists() and part.stat().st_size):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    program.kill()
    assert program.wait() == -signal.SIGKILL
    kept, site.stalls_at = part.stat().st_size, None
    site.resume.set()
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert site.asked[-1] == (f"bytes={kept}-", site.etag)
    assert (output / name).read_bytes() == site.content
    assert "verified" in done.stderr and "licence" in done.stderr and "cite" in done.stderr


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://192.0.2.1/x", "data:,x", "gopher://192.0.2.1"])
def test_a_redirect_to_anything_but_http_is_refused(target: str, site: Site, get: Get, tmp_path: Path) -> None:
    site.redirect = target
    with pytest.raises(DatasetError, match="redirect is not followed"):
        get()
    assert not list((tmp_path / "out").iterdir())


def test_a_redirect_within_http_is_followed_and_an_endless_one_is_not(site: Site, get: Get) -> None:
    site.redirect = f"{site.url}/elsewhere.bin"
    assert get().verified
    site.redirect = f"{site.url}/file.bin"
    get().path.unlink()
    with pytest.raises(DatasetError, match="redirect is not followed"):
        get()


@pytest.mark.parametrize("says_length", [True, False])
def test_more_bytes_than_the_file_can_have_are_refused(says_length: bool, site: Site, get: Get, tmp_path: Path) -> None:
    site.says_length = says_length
    with pytest.raises(DatasetError, match="is larger than 1,000 bytes"):
        get(max_bytes=1000)
    assert not list((tmp_path / "out").iterdir())


def test_a_full_disk_is_a_sink_error_that_says_how_to_go_on(get: Get, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/file.bin.part").symlink_to("/dev/full")
    with pytest.raises(SinkError, match=r"file\.bin\.part: cannot be written: No space left"):
        get()


def test_a_server_that_is_not_there_is_reported_with_a_way_out(tmp_path: Path) -> None:
    file = RemoteFile("a", "http://127.0.0.1:9/a", 10)
    patience = Patience(attempts=2, timeout_s=2, sleep=lambda _s: None)
    with pytest.raises(DatasetError, match=r"cannot be fetched.*may be offline.*--from DIR"):
        fetch(file, tmp_path, None, patience, lambda _size: None, ABOUT)


def test_a_name_that_nobody_knows_is_not_tried_for_long(tmp_path: Path) -> None:
    file = RemoteFile("a", "http://nothing.invalid/a", 10)
    with pytest.raises(DatasetError, match=r"nothing\.invalid cannot be found.*--from DIR"):
        fetch(file, tmp_path, None, Patience(sleep=lambda _s: pytest.fail("waited")), lambda _size: None, ABOUT)


def test_a_local_folder_is_a_source(get: Get, site: Site, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    with pytest.raises(DatasetError, match=r"does not hold file\.bin"):
        get(source=tmp_path / "here")
    with pytest.raises(DatasetError, match="is not a folder"):
        get(source=tmp_path / "nowhere")
    (tmp_path / "here/file.bin").write_bytes(b"another")
    with pytest.raises(DatasetError, match="is not the file that is meant"):
        get(source=tmp_path / "here")
    (tmp_path / "here/file.bin").write_bytes(CONTENT)
    assert get(source=tmp_path / "here").path.read_bytes() == CONTENT
    assert not site.asked


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://x/y", "http://", "http://a b/", "http://x:99999999/", "httpx://a"]
)
def test_addresses_that_are_no_http_are_refused(url: str) -> None:
    with pytest.raises(UsageError):
        check_url(url)


def test_a_git_blob_id_is_what_git_prints(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "hello").write_bytes(b"hello\n")
    assert digest_of(tmp_path / "empty", "git-blob") == "git-blob:e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert digest_of(tmp_path / "hello", "git-blob") == "git-blob:ce013625030ba8dba906f756967f9e9ca394464a"


def test_the_studys_table_is_asked_for_by_commit_and_blob() -> None:
    (file,) = choose(ORIGIN, None, None, {})
    assert file.digest == STUDY_BLOB
    assert file.url.endswith(f"/d930981e44d4645b2b218cebfeb01f1d738e1898/data/raw/{STUDY_TABLE}")
    (elsewhere,) = choose(ORIGIN, None, "http://127.0.0.1:1/mirror/", {})
    assert elsewhere.url == f"http://127.0.0.1:1/mirror/{STUDY_TABLE}"
    assert elsewhere.digest == STUDY_BLOB


def test_wrong_sets_files_and_digests_are_usage_errors() -> None:
    with pytest.raises(UsageError, match="there are: table, archive, archive-new"):
        choose(ORIGIN, "tables", None, {})
    with pytest.raises(UsageError, match="is not in the set"):
        choose(ORIGIN, "archive", None, {"other.zip": SHA256})
    with pytest.raises(UsageError, match="is not a digest"):
        choose(ORIGIN, "archive", None, {"syslogs.zip": "sha256:12"})
    with pytest.raises(UsageError, match="git clone"):
        choose(origins().get("tldr"), None, None, {})


@pytest.mark.parametrize("name", origins().names())
def test_every_origin_says_what_it_is(name: str) -> None:
    origin: Origin = origins().get(name)
    assert origin.name == name
    assert all((origin.description, origin.licence, origin.citation, origin.homepage, origin.inputs, origin.how_to_get))
