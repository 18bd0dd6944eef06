"""``--jobs 2`` writes and says what ``--jobs 1`` does, whoever makes the lines of the events."""

import gzip
import re
from pathlib import Path

import pytest

from ttpline.cli.main import run
from ttpline.telemetry import _processes

EXECVE = b'type=EXECVE msg=audit(1718000000.%03d:%d): argc=2 a0="id" a1="%d"\n'
HEX = b"type=EXECVE msg=audit(1718000001.%03d:%d): argc=2 a0=6964 a1=FF20C285F48FBEBF\n"
"""An argument of bytes that are no UTF-8, a control character that some terminals obey, and a reserved character."""
SECRET = b'type=EXECVE msg=audit(1718000002.%03d:%d): argc=3 a0="mysql" a1="-psecret%d" a2="x"\n'


@pytest.fixture(autouse=True)
def always_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_processes, "LEAST_BYTES", 0)


def log(start: int, count: int) -> bytes:
    lines = [EXECVE % (number % 1000, number, number) for number in range(start, start + count)]
    lines += [HEX % (number, 10 * start + number) for number in range(5)]
    lines += [SECRET % (number, 10 * start + number, number) for number in range(5)]
    return b"".join(lines)


@pytest.fixture(params=["a file a process", "more files than processes"])
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Logs of which the later tell events of the earlier again, one by one and as a whole."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "a.log").write_bytes(log(1000, 9000) + b"no record\n")
    (folder / "b.log").write_bytes(log(9990, 40) + log(1000, 9) + b"no record either\n")
    if request.param != "a file a process":
        (folder / "c.gz").write_bytes(gzip.compress(log(1000, 9000) + log(20_000, 3)))
        (folder / "d").write_bytes(b"\x7fELF\0 is no log")
        (folder / "e.csv").write_bytes(b"command,host,event_id\nls,h,1\n\nwho,h,2\n")
        (folder / "f.txt").write_bytes(b"")
        events = '{{"event_id":"e1","command_line":"{}","origin":"input","complete":true,"session":7}}\n'
        (folder / "g.jsonl").write_text(events.format("who") * 2 + events.format("w"))
    return folder


@pytest.mark.parametrize(
    "flags",
    [
        ["ingest", "--to", "jsonl:{}/1", "--skipped", "{}/s", "--strict"],
        ["ingest", "--to", "jsonl:{}/1", "--to", "jsonl:{}/2"],
        ["ingest", "--to", "jsonl:{}/1", "--to", "csv:{}/2"],
        ["ingest", "--to", "jsonl:{}/1", "--mask", "--skipped", "{}/s"],
        ["ingest", "--to", "csv:{}/1", "--from", "auditd"],
        ["ingest", "--to", "jsonl:{}/1", "--from", "auditd"],
        ["ingest"],
        ["classify", "--to", "jsonl:{}/1", "--model", "{model}", "--platform", "linux"],
    ],
)
def test_two_jobs_write_what_one_writes(
    flags: list[str], folder: Path, tmp_path: Path, model_dir: str, capfd: pytest.CaptureFixture[str]
) -> None:
    ends = []
    for jobs in ("1", "2"):
        out = tmp_path / jobs
        out.mkdir()
        code = run([*(flag.format(out, model=model_dir) for flag in flags), str(folder), "--jobs", jobs])
        said = capfd.readouterr()
        written = {file.name: file.read_bytes() for file in out.iterdir()}
        ends.append((code, said.out, re.sub(r"[\d.]+ s$", "", said.err.strip()), written))
    assert ends[1] == ends[0]
    assert any(ends[0][3].values()) or ends[0][1]
    assert "told again: " in ends[0][2]
