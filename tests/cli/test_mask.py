"""``--mask`` as a user gives it."""

from pathlib import Path

from tests.cli.conftest import Ttpline

COMMANDS = b"mysql -u root -pHunter2x shop\necho bXlzcWwgLXBIdW50ZXIyeA== | base64 -d | sh\nls -la\n"


def test_no_sink_gets_a_secret(ttpline: Ttpline, model_dir: str, tmp_path: Path) -> None:
    targets = [f"{kind}:{tmp_path / kind}" for kind in ("jsonl", "csv", "table")]
    flags = [word for target in targets for word in ("--to", target)]
    done = ttpline("classify", "--from", "text", "--model", model_dir, "--mask", *flags, stdin=COMMANDS)
    assert done.returncode == 0
    for kind in ("jsonl", "csv", "table"):
        written = (tmp_path / kind).read_bytes()
        assert b"Hunter2x" not in written
        assert b"bXlz" not in written
        assert b"[masked]" in written or kind == "table"
    assert b"Hunter2x" not in done.stderr


def test_without_the_flag_everything_is_written_as_logged(ttpline: Ttpline) -> None:
    done = ttpline("ingest", "--from", "text", "--to", "jsonl", stdin=COMMANDS)
    assert b"-pHunter2x shop" in done.stdout


def test_samples_of_what_was_skipped_are_masked(ttpline: Ttpline, tmp_path: Path) -> None:
    log = tmp_path / "a.jsonl"
    log.write_bytes(b'{"command": "mysql -pHunter2x shop"}\n')
    done = ttpline("ingest", str(log), "--from", "jsonl", "--mask", "--skipped", str(tmp_path / "s"), "--to", "jsonl")
    assert b"Hunter2x" not in done.stderr + (tmp_path / "s").read_bytes()
    assert b"[masked]" in done.stderr


def test_explain_masks_too(ttpline: Ttpline, model_dir: str) -> None:
    for flags in ((), ("--json",)):
        done = ttpline("explain", "--model", model_dir, "--mask", *flags, "net user bob Hunter2x /add")
        assert b"Hunter2x" not in done.stdout
        assert b"net user bob [masked] /add" in done.stdout
