"""What attackers, broken disks and tired people do to a command line tool, on the real command."""

import gzip
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

Ttpline = Callable[..., subprocess.CompletedProcess[bytes]]

TERMINAL_ESCAPES = b"echo \x1b]0;owned\x07\x1b[2J\x1b[31m\xc2\x9b5n\r\n"


def last_line(result: subprocess.CompletedProcess[bytes]) -> str:
    return result.stderr.decode().splitlines()[-1]


@pytest.mark.parametrize("kind", ["jsonl", "csv", "table"])
def test_terminal_escapes_never_reach_the_terminal(ttpline: Ttpline, model_dir: str, kind: str) -> None:
    stdin = TERMINAL_ESCAPES + b"cat /etc/shadow # \x1b[2J\xe2\x80\xae\n"
    result = ttpline("classify", "--from", "text", "--model", model_dir, "--to", kind, stdin=stdin)
    assert result.returncode == 0
    shown = result.stdout + result.stderr
    assert not {byte for byte in shown if byte < 32} - set(b"\n\r" if kind == "csv" else b"\n")
    assert b"\xc2\x9b" not in shown


def test_a_name_with_terminal_escapes_is_shown_escaped(ttpline: Ttpline, tmp_path: Path) -> None:
    name = tmp_path / "a\x1b[31m\udcff.log"
    name.write_bytes(b"nothing that any reader knows\n")
    result = ttpline("ingest", str(name))
    assert result.returncode == 3
    assert b"a\\u001b[31m\\xff.log" in result.stderr
    assert b"\x1b" not in result.stderr


def test_formula_cells_do_not_run_in_a_spreadsheet(ttpline: Ttpline, model_dir: str) -> None:
    stdin = b"=cmd|' /C calc'!A0\n@SUM(A1)\n+1\n-2\n"
    result = ttpline("classify", "--from", "text", "--model", model_dir, "--to", "csv", stdin=stdin)
    lines = result.stdout.decode().splitlines()
    assert len(lines) == 5
    for line in lines[1:]:
        assert not [cell for cell in line.split(",") if cell.lstrip('"')[:1] in ("=", "+", "-", "@")]


def test_nul_long_lines_and_bytes_that_are_no_utf8_lose_nothing_else(
    ttpline: Ttpline, model_dir: str, tmp_path: Path
) -> None:
    log = tmp_path / "cmds.txt"
    log.write_bytes(b"cat\0/etc/shadow\n" + b"a" * 10_000_000 + b"\nbad \xff\xfe\xed\xa0\x80\nid\n")
    result = ttpline("classify", str(log), "--from", "text", "--model", model_dir)
    assert result.returncode == 0, result.stderr
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    found = {row["event"]["source"]["record"]: row for row in rows}
    skipped = int(last_line(result).split("(")[1].split()[0])
    assert len(rows) + skipped == 4
    assert found[1]["command"]["text"] == "cat /etc/shadow"
    assert found[1]["event"]["command_line"] == "cat\0/etc/shadow"
    assert found[3]["event"]["command_line"] == "bad \udcff\udcfe\udced\udca0\udc80"
    assert found[4]["event"]["command_line"] == "id"


def test_a_gzip_bomb_ends_with_a_clear_error_and_the_other_file_is_read(ttpline: Ttpline, tmp_path: Path) -> None:
    bomb, good = tmp_path / "bomb.gz", tmp_path / "good.txt"
    bomb.write_bytes(gzip.compress(gzip.compress(b"\0" * 200_000_000, 9), 9))
    good.write_bytes(b"id\n")
    result = ttpline("ingest", str(bomb), str(good), "--from", "text")
    assert result.returncode == 0
    assert b'"command_line":"id"' in result.stdout
    assert b"bomb.gz" in result.stderr and b"expands more than" in result.stderr


@pytest.mark.skipif(os.name != "posix", reason="pipes of a POSIX shell")
@pytest.mark.parametrize("kind", ["jsonl:-", "csv:-", "table:-"])
def test_a_closed_pipe_ends_quietly(executable: str, model_dir: str, tmp_path: Path, kind: str) -> None:
    log = tmp_path / "cmds.txt"
    log.write_text("".join(f"wget http://192.0.2.7/{at}\n" for at in range(20_000)))
    command = f"'{executable}' classify '{log}' --from text --model '{model_dir}' --to {kind} 2>err; echo $? >code"
    shown = subprocess.run(
        ["sh", "-c", f"{{ {command}; }} | head -n 1"], capture_output=True, cwd=tmp_path, timeout=120
    )
    assert shown.stdout.count(b"\n") == 1
    assert (tmp_path / "code").read_text() == "0\n"
    errors = (tmp_path / "err").read_text()
    assert "Traceback" not in errors and "rror" not in errors
    assert errors.splitlines()[-1].startswith("read ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("kind", ["jsonl", "csv", "table"])
def test_a_full_disk_is_5_and_names_the_target(ttpline: Ttpline, model_dir: str, tmp_path: Path, kind: str) -> None:
    good = tmp_path / "good.jsonl"
    flags = ["--to", f"{kind}:/dev/full", "--to", f"jsonl:{good}"]
    result = ttpline("classify", "--from", "text", "--model", model_dir, *flags, stdin=b"id\ncat /etc/shadow\n")
    assert result.returncode == 5
    assert b"/dev/full: cannot be written: No space left" in result.stderr
    assert b"Traceback" not in result.stderr
    assert len(good.read_text().splitlines()) == 2, "the other sink lost something"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("arguments", [["formats"], ["--version"], ["attack", "show", "T1003"]])
def test_a_full_stdout_is_5_without_a_traceback(executable: str, arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run([executable, *arguments], stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert result.returncode == 5
    assert b"stdout: cannot be written" in result.stderr
    assert b"Traceback" not in result.stderr


def test_an_unwritable_target_is_5_before_anything_is_read(ttpline: Ttpline, tmp_path: Path, model_dir: str) -> None:
    target = tmp_path / "no" / "such" / "folder" / "out.jsonl"
    result = ttpline("classify", "missing.log", "--model", model_dir, "--to", f"jsonl:{target}")
    assert result.returncode == 5
    assert str(target).encode() in result.stderr
    assert b"missing.log" not in result.stderr


def test_a_log_that_is_none_is_3_and_leaves_the_old_output(ttpline: Ttpline, tmp_path: Path) -> None:
    picture, out = tmp_path / "picture.png", tmp_path / "out.jsonl"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40)
    out.write_text("kept\n")
    result = ttpline("ingest", str(picture), "--to", f"jsonl:{out}")
    assert result.returncode == 3
    assert b"picture.png: unknown format" in result.stderr
    assert b"--from" in result.stderr
    assert last_line(result).startswith("read 0 events (1 skipped)")
    assert out.read_text() == "kept\n"


def test_a_missing_file_is_3(ttpline: Ttpline) -> None:
    result = ttpline("ingest", "/no/such/file.log")
    assert result.returncode == 3
    assert b"/no/such/file.log: it cannot be read (No such file" in result.stderr


def test_a_missing_model_is_4_and_leaves_the_old_output(ttpline: Ttpline, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("kept\n")
    result = ttpline("classify", "--from", "text", "--model", "/no/model", "--to", f"jsonl:{out}", stdin=b"id\n")
    assert result.returncode == 4
    assert b"/no/model" in result.stderr
    assert out.read_text() == "kept\n"


def test_a_model_of_a_newer_version_is_4_and_says_upgrade(ttpline: Ttpline, model_dir: str, tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    shutil.copytree(model_dir, newer)
    document = json.loads((newer / "model.json").read_text())
    (newer / "model.json").write_text(json.dumps({**document, "schema_version": 99}))
    result = ttpline("classify", "--from", "text", "--model", str(newer), stdin=b"id\n")
    assert result.returncode == 4
    assert b"99" in result.stderr and b"upgrade" in result.stderr


def test_a_flipped_bit_in_a_model_is_4(ttpline: Ttpline, model_dir: str, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(model_dir, damaged)
    weights = damaged / "weights.safetensors"
    raw = bytearray(weights.read_bytes())
    raw[-1] ^= 1
    weights.write_bytes(raw)
    assert ttpline("classify", "--from", "text", "--model", str(damaged), stdin=b"id\n").returncode == 4
    verified = ttpline("models", "verify", str(damaged))
    assert verified.returncode == 4
    assert b"weights.safetensors" in verified.stderr


def test_a_folder_of_a_hundred_mixed_files_is_read_and_the_rest_is_counted(ttpline: Ttpline, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    for at in range(100):
        path = folder / f"{at:03d}"
        match at % 5:
            case 0:
                path.write_text(f'type=EXECVE msg=audit(1700000000.001:{at}): argc=1 a0="id{at}"\n')
            case 1:
                path.write_bytes(
                    gzip.compress(f'type=EXECVE msg=audit(1700000000.1:{at}): argc=1 a0="gz{at}"\n'.encode())
                )
            case 2:
                path.write_bytes(os.urandom(64) + b"\0")
            case 3:
                path.touch()
            case _:
                path.write_text("command_line,host\n" + f"csv{at},web\n")
    result = ttpline("ingest", str(folder))
    assert result.returncode == 0
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(rows) == 60
    names = [row["source"]["uri"] for row in rows]
    assert names == sorted(names)
    assert last_line(result).startswith("read 60 events (20 skipped), 60 commands")
    assert b"20 \xc3\x97 unknown format" in result.stderr


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_is_130_without_a_traceback(executable: str, model_dir: str, tmp_path: Path, jobs: str) -> None:
    command = [
        executable,
        "classify",
        "--from",
        "text",
        "--model",
        model_dir,
        "--jobs",
        jobs,
        "--to",
        f"jsonl:{tmp_path / 'o'}",
    ]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdin is not None
    for start in range(0, 80_000, 1_000):  # enough for the workers to be started, then an open pipe
        process.stdin.write(b"".join(b"wget http://192.0.2.7/%d\n" % at for at in range(start, start + 1_000)))
    process.stdin.flush()
    time.sleep(2)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert b"Traceback" not in errors
    assert b"interrupted" in errors
    assert errors.splitlines()[-1].startswith(b"read ")


def test_one_output_for_two_sinks_is_2(ttpline: Ttpline, tmp_path: Path) -> None:
    target = tmp_path / "out"
    result = ttpline("ingest", "--from", "text", "--to", f"jsonl:{target}", "--to", f"csv:{target}", stdin=b"id\n")
    assert result.returncode == 2
    assert not target.exists()


def test_an_input_as_output_is_2_and_untouched(ttpline: Ttpline, tmp_path: Path) -> None:
    log = tmp_path / "cmds.txt"
    log.write_text("id\n")
    assert ttpline("ingest", str(log), "--from", "text", "--to", f"jsonl:{log}").returncode == 2
    assert log.read_text() == "id\n"


@pytest.mark.skipif(os.name != "posix", reason="a POSIX shell closes the streams")
@pytest.mark.parametrize(
    ("closing", "code"),
    [("<&-", 2), (">&-", 5), (f"--to jsonl:{os.devnull} >&-", 0), (f"--to jsonl:{os.devnull} 2>&-", 0)],
)
def test_a_closed_stream_is_no_traceback(executable: str, closing: str, code: int) -> None:
    pipe = "" if closing == "<&-" else "echo id | "
    result = subprocess.run(
        ["sh", "-c", f"{pipe}'{executable}' ingest --from text {closing}"], capture_output=True, timeout=60
    )
    assert result.returncode == code
    assert b"Traceback" not in result.stderr
    assert result.stdout == b""


def test_a_bug_is_70_and_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from ttpline.cli import formats
    from ttpline.cli.main import run

    def broken() -> None:
        raise ZeroDivisionError("of the test")

    monkeypatch.setattr(formats, "_listed", broken)
    assert run(["formats"]) == 70
    shown = capsys.readouterr().err
    assert "ZeroDivisionError: of the test" in shown
    assert "this is a bug" in shown


def test_the_file_behind_standard_input_is_no_output(executable: str, tmp_path: Path) -> None:
    log = tmp_path / "cmds.txt"
    log.write_text("id\n")
    with log.open("rb") as stdin:
        command = [executable, "ingest", "--from", "text", "--to", f"jsonl:{log}"]
        result = subprocess.run(command, stdin=stdin, capture_output=True, timeout=60)
    assert result.returncode == 2
    assert log.read_text() == "id\n"
