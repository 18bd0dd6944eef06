"""``models``, ``formats``, ``doctor`` and ``explain`` on the command line."""

import io
import json
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest

from ttpline.cli.main import run


def test_formats_lists_readers_and_sinks(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["formats", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["formats"]
    assert {("--from", "auditd"), ("--to", "jsonl")} <= {(row["use"], row["name"]) for row in rows}
    assert all(row["description"] for row in rows)


def test_sniff_says_how_sure_each_format_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "x"
    log.write_text('type=EXECVE msg=audit(1700000000.001:7): argc=1 a0="id"\n')
    assert run(["formats", "--sniff", str(log), "--json"]) == 0
    first = json.loads(capsys.readouterr().out)["formats"][0]
    assert first["format"] == "auditd" and first["sure"] > 0.5


def test_sniff_of_an_archive_says_it_of_each_member(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w") as tar:
        line = b'type=EXECVE msg=audit(1700000000.001:7): argc=1 a0="id"\n'
        entry = tarfile.TarInfo("audit.log")
        entry.size = len(line)
        tar.addfile(entry, io.BytesIO(line))
        link = tarfile.TarInfo("current")
        link.type, link.linkname = tarfile.SYMTYPE, "audit.log"
        tar.addfile(link)
    with zipfile.ZipFile(tmp_path / "case.zip", "w") as archive:
        archive.writestr("logs.tar", inner.getvalue())
        archive.writestr("mine.csv", "command,host\nls,h\n")
        archive.writestr("readme", "hello\n")
    assert run(["formats", "--sniff", str(tmp_path / "case.zip"), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["formats"]
    assert [(row["member"].partition("!/")[2], row["format"]) for row in rows] == [
        ("logs.tar!/audit.log", "auditd"),
        ("logs.tar!/current", ""),
        ("mine.csv", "csv"),
        ("readme", ""),
    ]
    assert rows[0]["sure"] > 0.5
    assert "link" in rows[1]["note"]


def test_sniff_of_a_cut_archive_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        entry = tarfile.TarInfo("mine.csv")
        entry.size = 5000
        tar.addfile(entry, io.BytesIO(b"command,host\n" + b"ls,h\n" * 1000))
    (tmp_path / "cut.tar").write_bytes(whole.getvalue()[:2000])
    assert run(["formats", "--sniff", str(tmp_path / "cut.tar"), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["formats"]
    assert row["format"] == "csv"
    assert row["note"] == "tar data ends too early"


def test_models_show_names_labels_and_digest(model_dir: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "show", model_dir, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["family"] == "tfidf-lr"
    assert facts["digest"].startswith("sha256:")
    assert "Normal" in facts["labels"]


def test_models_verify_says_sound(model_dir: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "verify", model_dir]) == 0
    assert "sound" in capsys.readouterr().out


@pytest.mark.parametrize("damage", ["missing", "extra"])
def test_models_verify_names_a_missing_or_extra_file(
    model_dir: str, tmp_path: Path, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "m"
    shutil.copytree(model_dir, folder)
    if damage == "missing":
        (folder / "vocabulary.json").unlink()
    else:
        (folder / "evil.py").write_text("")
    assert run(["models", "verify", str(folder)]) == 4
    assert ("vocabulary.json" if damage == "missing" else "evil.py") in capsys.readouterr().err


def test_models_list_names_the_families(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "list", "--json"]) == 0
    assert "tfidf-lr" in json.loads(capsys.readouterr().out)["families"]


def test_doctor_is_well_with_a_sound_model(model_dir: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--model", model_dir, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["ok"]
    assert {"python", "libraries", "ATT&CK", "model", "classify"} <= {each["check"] for each in report["checks"]}


def test_doctor_says_what_is_broken_and_checks_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--model", "/no/such/model"]) == 4
    shown = capsys.readouterr()
    assert "BROKEN  model" in shown.out
    assert "ok      threads" in shown.out
    assert "2 of 9 checks failed: model, classify" in shown.err


def test_explain_as_json_adds_up(model_dir: str, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["explain", "cat /etc/shadow", "--model", model_dir, "--json"]) == 0
    explanation = json.loads(capsysbinary.readouterr().out)["explanations"][0]
    total = explanation["intercept"] + sum(part["weight"] for part in explanation["parts"])
    assert total == pytest.approx(explanation["total"], abs=1e-5)


def test_explain_reads_a_command_from_standard_input(
    model_dir: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"cat /etc/shadow \xff\n")))
    assert run(["explain", "-", "--model", model_dir]) == 0
    assert "cat /etc/shadow \\xff" in capsys.readouterr().out


def test_explain_takes_one_command(model_dir: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "cat", "/etc/shadow", "--model", model_dir]) == 2
    assert "single quotes" in capsys.readouterr().err


def test_explain_runs_nothing(model_dir: str, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    assert run(["explain", f"$(touch {marker}); `touch {marker}`; touch {marker}", "--model", model_dir]) == 0
    assert not marker.exists()
