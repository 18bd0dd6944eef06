"""Readers that are not imported for a file would not have been sure of it, and are where they may be."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ttpline.telemetry._late import HINTS, LateReader, candidates, loaded
from ttpline.telemetry._sniff import NamedReader, sniff
from ttpline.telemetry.base import readers

CASES = Path(__file__).parents[1] / "cases" / "telemetry"
SAMPLES = [file.read_bytes() for file in sorted(CASES.glob("*/*")) if file.is_file()]
REGISTRY = readers(plugins=False)
MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\0", b"\n", b" ", b"\t", b"#TYPE x\n", b"<13>", b"x", b"\xff")


def same(data: bytes, name: str = "") -> bool:
    everyone = [REGISTRY.get(one) for one in REGISTRY.names()]
    return sniff(data, candidates(REGISTRY), name) == sniff(data, everyone, name)


def test_every_hint_is_of_a_format() -> None:
    assert HINTS.keys() <= set(REGISTRY.names())


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "utf-16-be"])
def test_samples_are_told_as_without_hints(codec: str) -> None:
    for sample in SAMPLES:
        data = sample if codec == "utf-8" else sample.decode(errors="replace").encode(codec)
        assert same(data)


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    before=st.lists(st.sampled_from(MARKS), max_size=3),
    sample=st.sampled_from(SAMPLES),
    cut=st.tuples(st.integers(0, 600), st.integers(1, 3000)),
    behind=st.binary(max_size=20),
)
def test_pieces_of_samples_are_told_as_without_hints(
    before: list[bytes], sample: bytes, cut: tuple[int, int], behind: bytes
) -> None:
    assert same(b"".join(before) + sample[cut[0] : cut[0] + cut[1]] + behind)


def test_a_mark_before_bytes_that_are_no_utf_16_is_told_as_without_hints() -> None:
    for sample in SAMPLES:
        assert same(b"\xff\xfe" + sample) and same(b"\xfe\xff" + sample)


@pytest.mark.parametrize(
    "name", [".bash_history", "x.zhistory", "/a/.histfile.1", "ConsoleHost_history.txt", "fish_history", "audit.log"]
)
def test_names_tell_as_without_hints(name: str) -> None:
    assert same(b"ls -la\nid\n", name)


def test_only_histories_are_known_by_their_names() -> None:
    for name in HINTS:
        reader = REGISTRY.get(name)
        names = [str(one) for one in getattr(sys.modules[type(reader).__module__], "NAMES", ())]
        assert isinstance(reader, NamedReader) == bool(names)
        assert all("hist" in one for one in names)


def test_what_stands_for_a_reader_gives_it() -> None:
    assert loaded(LateReader(REGISTRY, "evtx")) is REGISTRY.get("evtx")


def test_a_run_over_an_audit_log_imports_no_reader_of_json(tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    log.write_text('type=EXECVE msg=audit(1700000000.001:7): argc=1 a0="id"\n')
    code = (
        "import sys; from ttpline.telemetry._inputs import read; "
        "assert [event.argv for event in read(sys.argv[1])] == [('id',)]; "
        "print(*(name for name in sys.modules if name.startswith('ttpline.telemetry.')))"
    )
    run = subprocess.run([sys.executable, "-c", code, str(log)], capture_output=True, text=True, check=True)
    found = {name.split(".")[2] for name in run.stdout.split()}
    assert "auditd" in found
    assert not found & {"ecs", "osquery", "evtx", "parquet", "windows_csv", "syslog", "journald", "auoms"}
