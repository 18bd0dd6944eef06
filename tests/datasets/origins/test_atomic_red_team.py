"""Atomic Red Team from small files of its format, written here."""

import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ttpline.datasets.load import load_csv
from ttpline.datasets.origins._atomic_commands import fill_cmd_literals, fill_posix_literals
from ttpline.datasets.origins._atomic_mask import mask_ids, place_tests
from ttpline.datasets.origins._atomic_meaning import reason_to_leave
from ttpline.datasets.origins._atomic_technique import Techniques
from ttpline.datasets.origins._atomic_tests import fill
from ttpline.datasets.origins._atomic_yaml import read_yaml
from ttpline.datasets.origins._scripts_powershell import split_powershell
from ttpline.datasets.origins.atomic_red_team import COLUMNS, ORIGIN, build, platform_of
from ttpline.datasets.origins.base import BuildReport, BuildRequest
from ttpline.errors import DatasetError

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def a_file(technique: str, *tests: str) -> str:
    return f"attack_technique: {technique}\ndisplay_name: Something\natomic_tests:\n" + "".join(tests)


def one_test(guid: str, command: str, *, executor: str = "sh", platforms: str = "linux", arguments: str = "") -> str:
    script = "\n".join(f"      {line}" for line in command.splitlines())
    return (
        f"- name: Something\n  auto_generated_guid: {guid}\n  description: None\n"
        f"  supported_platforms: [{platforms}]\n{arguments}"
        f"  executor:\n    name: {executor}\n    command: |\n{script}\n"
        "    cleanup_command: rm /tmp/never\n"
    )


def checkout(root: Path, **files: str) -> Path:
    repo = root / "repo"
    for technique, text in files.items():
        name = technique.replace("_", ".")
        (repo / "atomics" / name).mkdir(parents=True)
        (repo / "atomics" / name / f"{name}.yaml").write_text(text)
    (repo / ".git").mkdir(parents=True, exist_ok=True)
    (repo / ".git/HEAD").write_text("ref: refs/heads/main\n")
    (repo / ".git/packed-refs").write_text(f"# pack-refs\n{COMMIT} refs/heads/main\n")
    return repo


def run(repo: Path, **options: Any) -> tuple[BuildReport, list[dict[str, str]]]:
    output = repo.parent / "out.csv"
    built = build(BuildRequest(inputs={"repo": repo}, output=output, report=repo.parent / "out.json", **options))
    with output.open(newline="", encoding="utf-8") as file:
        return built, list(csv.DictReader(file))


def commands(repo: Path) -> list[str]:
    return [row["command"] for row in run(repo)[1]]


def test_a_test_is_a_row_a_command_with_every_column(tmp_path: Path) -> None:
    arguments = "  input_arguments:\n    file:\n      description: x\n      type: path\n      default: /etc/shadow\n"
    script = "sudo cat #{file} > /tmp/T1003.008.txt\nunshadow a b"
    text = a_file("T1003.008", one_test("g-1", script, arguments=arguments))
    built, rows = run(checkout(tmp_path, T1003_008=text))
    assert built.rows == 2
    assert tuple(rows[0]) == COLUMNS
    assert rows[0] == {
        "command": rows[0]["command"], "technique": "T1003", "subtechnique": "T1003.008",
        "technique_name": "OS Credential Dumping: /etc/passwd and /etc/shadow", "tactics": "credential-access",
        "platform": "linux", "executor": "sh", "source": "atomic-red-team", "source_ref": "g-1", "group": "g-1",
        "license": "MIT", "source_technique": "T1003.008", "platforms": "linux", "id_masked": "1",
    }  # fmt: skip
    assert "T1003" not in rows[0]["command"]
    assert rows[0]["command"].startswith("sudo cat /etc/shadow > /tmp/")
    assert rows[1]["id_masked"] == "0"


def test_the_report_names_commit_counts_and_what_was_left_out(tmp_path: Path) -> None:
    text = a_file(
        "T1082",
        one_test("g-1", "uname -a\nsleep 5\necho hello\nuname -a"),
        one_test("g-2", "do it", executor="manual"),
        one_test("g-3", "uname -a"),
    )
    repo = checkout(tmp_path, T1082=text, T1005="- [", T1006="a: 1")
    built, _ = run(repo)
    facts = json.loads((tmp_path / "out.json").read_text())
    assert facts["commit"] == COMMIT
    assert (facts["rows"], facts["duplicates"], facts["tests with commands"]) == (1, 2, 2)
    assert facts["left_out"] == {"message": 1, "waiting, moving, leaving": 1}
    assert facts["problems"] == {"file that cannot be read": 1, "file without tests": 1, "manual test": 1}
    assert built.unreadable == 1
    assert any("T1005.yaml" in value for _, value in built.lines)


@pytest.mark.parametrize(
    ("source", "technique", "subtechnique"),
    [
        ("T1685", "T1562", "T1562.001"),
        ("T1685.001", "T1562", "T1562.002"),
        ("T1685.005", "T1070", "T1070.001"),
        ("T1686", "T1562", "T1562.004"),
        ("T1690", "T1562", "T1562.003"),
        ("T1562.001", "T1562", "T1562.001"),
        ("T1027.018", "T1027", "T1027.018"),
        ("T1059.004", "T1059", "T1059.004"),
    ],
)
def test_ids_of_attack_19_are_written_as_those_of_18(source: str, technique: str, subtechnique: str) -> None:
    written = Techniques("18").written(source)
    assert written is not None
    assert (written.technique, written.subtechnique) == (technique, subtechnique)
    assert written.tactics
    assert written.name


def test_an_id_that_nobody_knows_is_counted(tmp_path: Path) -> None:
    repo = checkout(
        tmp_path, T1999=a_file("T1999", one_test("g", "id -a")), T1033=a_file("T1033", one_test("h", "id -a"))
    )
    built, rows = run(repo)
    assert [row["technique"] for row in rows] == ["T1033"]
    assert built.facts["problems"] == {"unknown technique T1999": 1}


def test_a_newer_numbering_can_be_asked_for(tmp_path: Path) -> None:
    repo = checkout(tmp_path, T1685=a_file("T1685", one_test("g", "systemctl stop auditd")))
    assert [row["subtechnique"] for row in run(repo, attack_version="19")[1]] == ["T1685"]


def test_the_table_is_read_by_the_loader(tmp_path: Path) -> None:
    run(checkout(tmp_path, T1685=a_file("T1685", one_test("g", "systemctl stop auditd"))))
    assert [row.label for row in load_csv(tmp_path / "out.csv").rows] == ["T1562.001"]


@pytest.mark.parametrize(
    ("platforms", "platform"),
    [
        (("windows", "linux"), "linux"),
        (("macos",), "macos"),
        (("containers",), "linux"),
        (("iaas:aws",), "other"),
        ((), "other"),
    ],
)
def test_a_test_for_several_platforms_is_under_the_first(platforms: tuple[str, ...], platform: str) -> None:
    assert platform_of(platforms) == platform


def test_looking_around_is_left_out_unless_it_is_the_technique(tmp_path: Path) -> None:
    script = "whoami\nuseradd eve"
    repo = checkout(
        tmp_path, T1136=a_file("T1136", one_test("g", script)), T1033=a_file("T1033", one_test("h", script))
    )
    found = [(row["technique"], row["command"]) for row in run(repo)[1]]
    assert found == [("T1033", "whoami"), ("T1033", "useradd eve"), ("T1136", "useradd eve")]


def test_looking_around_stays_where_there_is_nothing_else(tmp_path: Path) -> None:
    assert commands(checkout(tmp_path, T1136=a_file("T1136", one_test("g", "whoami")))) == ["whoami"]


def test_powershell_assignments_stay_with_those_that_use_them(tmp_path: Path) -> None:
    script = '$url = "http://192.0.2.1/a"\n$unused = 3\nWrite-Host "hi"\nInvoke-WebRequest $url\n'
    script += "Get-Process lsass\nwhoami /all"
    text = a_file("T1003", one_test("g", script, executor="powershell", platforms="windows"))
    assert commands(checkout(tmp_path, T1003=text)) == [
        '$url = "http://192.0.2.1/a"; Invoke-WebRequest $url',
        "Get-Process lsass",
    ]


@pytest.mark.parametrize(
    ("command", "executor", "reason"),
    [
        ("echo hello", "sh", "message"),
        ('echo "a > b"', "sh", "message"),
        ("Write-Host -ForegroundColor Red 'x'", "powershell", "message"),
        ("echo payload > /etc/cron.d/x", "sh", None),
        ("echo x | base64 -d | sh", "sh", None),
        ("echo $(id)", "sh", None),
        ("echo x>> a.txt", "cmd", None),
        ("x=1", "sh", "assignment"),
        ("x=$(id)", "sh", None),
        ("set x=1", "cmd", "assignment"),
        ("$x = 'a'", "powershell", "assignment"),
        ("$x = Get-Process", "powershell", None),
        ("sleep 3", "sh", "waiting, moving, leaving"),
        ("Start-Sleep -s 3", "powershell", "waiting, moving, leaving"),
        ("cd /tmp && curl http://192.0.2.1", "sh", None),
        ("cd /tmp", "sh", "waiting, moving, leaving"),
        ("mkdir -p /tmp/x", "sh", "folder or empty file for the test"),
        ("mkdir x && id", "sh", None),
        ("New-Item -ItemType Directory x", "powershell", "folder or empty file for the test"),
        ("cat /tmp/out", "sh", "the test's own output"),
        ("type out.txt", "cmd", None),
        ("exit 1", "sh", "waiting, moving, leaving"),
        ("true", "sh", "empty"),
        ("mkdirs x", "sh", None),
        ("touch -acmr /bin/sh /tmp/x", "sh", None),
        ("sudo touch /etc/cron.d/x", "sh", None),
        ("touch /tmp/x", "sh", "folder or empty file for the test"),
        ("export HISTFILE=/dev/null", "sh", None),
        ("export WORK=/tmp", "sh", "assignment"),
        ("set comspec=C:\\x.exe", "cmd", None),
        ("echo $HISTSIZE", "bash", None),
        ("echo result $x", "bash", "message"),
        ("exit-codes", "sh", None),
    ],
)
def test_what_carries_no_meaning_is_left_out_with_a_reason(command: str, executor: str, reason: str | None) -> None:
    assert reason_to_leave(command, executor, {"/tmp/out"}) == reason


def test_what_a_test_wrote_itself_and_then_shows_is_left_out(tmp_path: Path) -> None:
    text = a_file("T1046", one_test("g", "ss -lt > /tmp/ports\ncat /tmp/ports\ncat /etc/services"))
    assert commands(checkout(tmp_path, T1046=text)) == ["ss -lt > /tmp/ports", "cat /etc/services"]


def test_variables_set_once_to_a_literal_are_put_where_they_are_used() -> None:
    assert fill_posix_literals(["a=1", "x $a ${a} $ab"]) == ["a=1", "x 1 1 $ab"]
    assert fill_posix_literals(["a=1", "a=2", "x $a"])[2] == "x $a"
    assert fill_posix_literals(["a=$(id)", "x $a"])[1] == "x $a"
    assert fill_posix_literals(["for a in 1 2; do x $a; done", "a=3", "y $a"])[2] == "y $a"
    assert fill_cmd_literals(["set A=b c", "x %a%"])[1] == "x b c"
    assert fill_cmd_literals(['set "A=b"', "set A=c", "x %a%"])[2] == "x %a%"


def test_a_script_made_to_be_slow_is_not() -> None:
    many = [f"v{number}=1" for number in range(12_000)]
    assert fill_posix_literals([*many, "x $v3"])[-1] == "x 1"
    assert fill_cmd_literals([f"set {line}" for line in many])[-1] == "set v11999=1"
    assert reason_to_leave('echo "' + '\\"' * 30_000, "sh", ()) == "shorter than 2 or longer than 4000 characters"
    assert len(split_powershell("\n".join(f"$v{n} = $v{n + 1}" for n in range(5_000)))) == 5_000


def test_arguments_without_a_default_are_counted_and_named() -> None:
    problems: Counter[str] = Counter()
    assert fill("nc #{host} #{port}", {"port": "80"}, problems) == "nc host 80"
    assert problems == {"argument without a default": 1}


def test_defaults_that_name_each_other_end() -> None:
    problems: Counter[str] = Counter()
    assert fill("#{a}", {"a": "#{b}#{b}", "b": "#{a}#{a}"}, problems) == "b" * 8
    assert problems["argument without a default"] == 8


@pytest.mark.parametrize(
    ("command", "masked"),
    [
        ("touch /tmp/T1082.txt", True),
        ("net user T1136.001_Admin", True),
        ("ls /opt/T1003.008/src", True),
        ("x AtomicT1218Test", True),
        ("nc port1234", False),
        ("T12 T9999 T10820", False),
        ("New-Object T1", False),
    ],
)
def test_technique_ids_are_taken_out(command: str, masked: bool) -> None:
    text, was_masked = mask_ids(command, "guid")
    assert was_masked is masked
    assert (text == command) is not masked
    assert not masked or "T1" not in text


def test_the_folder_of_the_tests_is_an_ordinary_one_the_same_throughout_a_test() -> None:
    script = "$PathToAtomicsFolder/T1/a.sh PathToAtomicsFolder/b"
    once = place_tests(script, "guid", windows=False)
    assert "Atomics" not in once
    first, second = (word.rsplit("/", 1)[0].removesuffix("/T1") for word in once.split())
    assert first == second
    assert place_tests(r"PathToAtomicsFolder\..\ExternalPayloads\x.exe", "guid", windows=True).endswith(r"\x.exe")
    assert ".." not in place_tests(r"PathToAtomicsFolder\..\ExternalPayloads\x.exe", "guid", windows=True)


def test_equal_commands_are_one_row_and_rows_of_a_test_keep_together(tmp_path: Path) -> None:
    text = a_file("T1033", one_test("g", "id -u\nid -g"), one_test("h", "id -u\nid -n"))
    _, rows = run(checkout(tmp_path, T1033=text))
    assert [(row["command"], row["group"]) for row in rows] == [("id -u", "g"), ("id -g", "g"), ("id -n", "h")]


def test_building_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    repo = checkout(tmp_path, T1033=a_file("T1033", one_test("g", "id -u > /tmp/T1033")))
    run(repo)
    first = (tmp_path / "out.csv").read_bytes()
    run(repo)
    assert (tmp_path / "out.csv").read_bytes() == first


@pytest.mark.parametrize(
    "raw",
    [
        b"a: !!python/object/apply:os.system [id]",
        b"a: !x y",
        b"[" * 2000 + b"]" * 2000,
        b"a: &a [x]\nb: " + b"[" + b"*a, " * 30 + b"]",
        b"a: [",
        b"\xff\xfe\xff",
        b"a: b\n---\nc: d",
        b"[" + b"1," * 200_001 + b"]",
        b"x" * (8 * 1024 * 1024 + 1),
    ],
)
def test_yaml_that_does_more_than_hold_data_is_refused(raw: bytes) -> None:
    with pytest.raises(DatasetError, match=r"a\.yaml"):
        read_yaml(raw, "a.yaml")


def test_yaml_scalars_stay_as_they_are_written() -> None:
    raw = b"a: 0755\nb: 12:30\nc: yes\nd: 2024-01-31\ne: 1.50\nf: 0x1F\ng:\nh: ~\ni: '7'\nj: 1_000\nk: .inf\n"
    assert read_yaml(raw, "a.yaml") == {
        "a": "0755", "b": "12:30", "c": "yes", "d": "2024-01-31", "e": "1.50", "f": "0x1F", "g": None, "h": None,
        "i": "7", "j": "1_000", "k": ".inf",
    }  # fmt: skip


def test_defaults_of_every_type_are_put_in_as_they_are_written(tmp_path: Path) -> None:
    arguments = """  input_arguments:
    mode: {description: m, type: string, default: 0644}
    port: {description: p, type: integer, default: 8080}
    at: {description: a, type: string, default: 12:30}
    day: {description: d, type: string, default: 2024-01-31}
    flag: {description: f, type: string, default: true}
    file: {description: f, type: path, default: "/srv/#{name}.txt"}
    name: {description: n, type: string, default: plan}
    nothing: {description: x, type: string, default: }
    list: {description: x, type: string, default: [a, b]}
    none: {description: x, type: string}
"""
    command = "tool -m #{mode} -p #{port} -a #{at} -d #{day} -f #{flag} #{file} <#{nothing}> #{list} #{none} #{unknown}"
    built, rows = run(checkout(tmp_path, T1033=a_file("T1033", one_test("g", command, arguments=arguments))))
    assert rows[0]["command"] == (
        "tool -m 0644 -p 8080 -a 12:30 -d 2024-01-31 -f true /srv/plan.txt <> list none unknown"
    )
    assert built.facts["problems"] == {"argument without a default": 3}


def test_set_up_clean_up_and_manual_tests_are_left_out(tmp_path: Path) -> None:
    manual = (
        "- name: By hand\n  auto_generated_guid: m\n  supported_platforms: [linux]\n"
        "  executor:\n    name: manual\n    steps: |\n      1. net user steps\n"
    )
    dependencies = (
        "  dependency_executor_name: powershell\n  dependencies:\n  - description: needs it\n"
        "    prereq_command: |\n      if (Test-Path prereq) {exit 0} else {exit 1}\n"
        "    get_prereq_command: |\n      Invoke-WebRequest getprereq\n"
    )
    elevated = one_test("g", "usermod -aG wheel bob", arguments=dependencies).replace(
        "    name: sh\n", "    name: sh\n    elevation_required: true\n"
    )
    built, rows = run(checkout(tmp_path, T1098=a_file("T1098", manual, elevated)))
    assert [row["command"] for row in rows] == ["usermod -aG wheel bob"], "elevation adds no word, clean-up no row"
    assert built.facts["problems"] == {"manual test": 1}


def test_a_document_marker_before_the_file_is_nothing_and_two_documents_are_noted(tmp_path: Path) -> None:
    whole = a_file("T1033", one_test("g", "id -u"))
    repo = checkout(tmp_path, T1033=f"---\n{whole}", T1082=f"{whole}---\n{whole}")
    built, rows = run(repo)
    assert [row["command"] for row in rows] == ["id -u"]
    assert built.facts["problems"] == {"file that cannot be read": 1}
    assert "atomics/T1082/T1082.yaml" in built.facts["notes"][0]


def test_folders_beside_the_tests_are_not_read(tmp_path: Path) -> None:
    repo = checkout(tmp_path, T1033=a_file("T1033", one_test("g", "id -u")))
    for name in ("atomics/T1033/src/T1033.yaml", "atomics/Indexes/index.yaml", "atomics/T1033/T1033.md"):
        (repo / name).parent.mkdir(exist_ok=True)
        (repo / name).write_text(a_file("T1033", one_test("h", "uname -s")))
    assert commands(repo) == ["id -u"]


def test_the_tables_of_the_description_hold(shared: Path) -> None:
    """The ids that ``shared/data/README.md`` says differ, read from there."""
    text = (shared / "data/README.md").read_text(encoding="utf-8")
    pairs = re.findall(r"^\| (T\d{4}(?:\.\d{3})?) \| (T\d{4}(?:\.\d{3})?) \|$", text, re.MULTILINE)
    techniques = Techniques("18")
    found = {source: written.subtechnique for source, _ in pairs if (written := techniques.written(source))}
    assert len(pairs) == 10 and found == dict(pairs)


def test_a_billion_laughs_are_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    with pytest.raises(DatasetError, match="aliases"):
        read_yaml("\n".join(lines).encode(), "a.yaml")


@pytest.mark.parametrize(
    "test",
    [
        "- 3\n",
        "- name: x\n",
        "- name: x\n  executor: {name: sh}\n",
        "- name: x\n  executor: {name: sh, command: ''}\n",
        "- name: x\n  executor: {name: sh, command: id}\n",
        "- name: x\n  executor: {name: ruby, command: id}\n  auto_generated_guid: g\n",
        "- name: x\n  executor: {name: [1], command: id}\n  auto_generated_guid: g\n",
        f"- name: x\n  executor: {{name: sh, command: {'y' * 70_000}}}\n  auto_generated_guid: g\n",
    ],
)
def test_a_test_that_is_none_is_counted_and_the_next_is_read(test: str, tmp_path: Path) -> None:
    built, rows = run(checkout(tmp_path, T1033=a_file("T1033", test, one_test("g", "id -u"))))
    assert len(rows) == 1
    assert sum(built.facts["problems"].values()) == 1


def test_a_folder_without_tests_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds no test"):
        run(checkout(tmp_path))
    with pytest.raises(DatasetError, match="is not a folder"):
        build(BuildRequest({"repo": tmp_path / "no"}, tmp_path / "o", tmp_path / "r"))
    assert "git clone" in ORIGIN.how_to_get


def test_links_out_of_the_checkout_are_not_followed(tmp_path: Path) -> None:
    repo = checkout(tmp_path, T1033=a_file("T1033", one_test("g", "id -u")))
    outside = tmp_path / "T1082.yaml"
    outside.write_text(a_file("T1082", one_test("h", "uname -a")))
    (repo / "atomics/T1082").mkdir()
    (repo / "atomics/T1082/T1082.yaml").symlink_to(outside)
    assert commands(repo) == ["id -u"]
