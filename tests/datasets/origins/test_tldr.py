"""tldr pages from small files of their format, written here."""

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttpline.datasets.load import load_csv
from ttpline.datasets.origins._tldr_offensive import is_offensive_command, is_offensive_page
from ttpline.datasets.origins._tldr_pages import examples, title
from ttpline.datasets.origins._tldr_values import Filler
from ttpline.datasets.origins.base import BuildReport, BuildRequest
from ttpline.datasets.origins.tldr import COLUMNS, build
from ttpline.errors import DatasetError


def page(tool: str, *commands: str) -> str:
    return f"# {tool}\n\n> Does something with `text` in it.\n\n" + "".join(
        f"- Do it ({index}):\n\n`{command}`\n\n" for index, command in enumerate(commands)
    )


def checkout(root: Path, **pages: str) -> Path:
    """``linux__ls="…"`` becomes ``pages/linux/ls.md``."""
    for name, text in pages.items():
        folder, _, tool = name.partition("__")
        path = root / "repo/pages" / folder / f"{tool.replace('_', '-')}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root / "repo"


def run(
    repo: Path, seed: int | None = None, common_rows: int | None = None
) -> tuple[BuildReport, list[dict[str, str]]]:
    output = repo.parent / "out.csv"
    built = build(BuildRequest({"repo": repo}, output, repo.parent / "out.json", seed=seed, common_rows=common_rows))
    with output.open(newline="", encoding="utf-8") as file:
        return built, list(csv.DictReader(file))


def fill(example: str, *, platform: str = "linux", seed: int = 1, index: int = 0) -> str:
    return Filler(seed, platform, "linux/x.md").fill(example, index)


def test_an_example_is_a_row_with_every_column(tmp_path: Path) -> None:
    _, rows = run(checkout(tmp_path, linux__a2enmod=page("a2enmod", "sudo a2enmod -q")))
    assert tuple(rows[0]) == COLUMNS
    assert rows[0] == {
        "command": "sudo a2enmod -q", "platform": "linux", "source": "tldr-pages", "source_ref": "linux/a2enmod.md",
        "license": "CC-BY-4.0",
    }  # fmt: skip


def test_every_folder_has_its_platform_and_other_folders_are_not_read(tmp_path: Path) -> None:
    pages = {f"{folder}__x": page("x", f"x --{folder}") for folder in ("linux", "osx", "windows", "common", "sunos")}
    _, rows = run(checkout(tmp_path, **pages))
    assert [(row["command"], row["platform"]) for row in rows] == [
        ("x --linux", "linux"), ("x --osx", "macos"), ("x --windows", "windows"), ("x --common", "common")
    ]  # fmt: skip


def test_rows_of_common_pages_are_drawn_and_all_others_kept(tmp_path: Path) -> None:
    linux, common = page("x", *(f"x {n}" for n in range(8))), page("y", *(f"y {n}" for n in range(8)))
    repo = checkout(tmp_path, linux__x=linux, common__y=common)
    whole = run(repo)[1]
    built, rows = run(repo, common_rows=3)
    assert [row for row in rows if row["platform"] == "linux"] == whole[:8]
    drawn = [row for row in rows if row["platform"] == "common"]
    assert len(drawn) == 3 and drawn == [row for row in whole if row in drawn], "in their order"
    assert built.facts["left_out"] == {"common, not drawn": 5} and built.facts["duplicates"] == 0
    checkout(tmp_path, common__z=page("z", "z 1"))
    again = [row for row in run(repo, common_rows=3)[1] if row["platform"] == "common"]
    assert sum(row in drawn for row in again) >= 2, "a new row takes the place of one at most"


def test_pages_in_other_languages_are_not_read(tmp_path: Path) -> None:
    repo = checkout(tmp_path, common__x=page("x", "x --english"))
    for name in ("pages.de/common/x.md", "pages.pt_BR/linux/x.md", "pages/common/sub/x.md", "x.md"):
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text(page("x", "x --other"))
    assert [row["command"] for row in run(repo)[1]] == ["x --english"]


def test_every_tool_that_the_description_leaves_out_is_left_out(shared: Path) -> None:
    text = (shared / "data/README.md").read_text(encoding="utf-8")
    listed = re.search(r"whose tool is overtly offensive: ([^;]+);", text)
    assert listed is not None
    names = listed[1].split()
    assert len(names) > 150
    assert [name for name in names if not is_offensive_page(name)] == []


def test_only_lines_of_code_are_examples() -> None:
    text = page("x", "x {{a}}") + "See `other`.\n\n``x `date` ``\n"
    assert list(examples(text)) == ["x {{a}}", "x `date`"]
    assert title(text) == "x"


def test_offensive_tools_are_left_out_and_counted(tmp_path: Path) -> None:
    repo = checkout(
        tmp_path,
        common__nmap=page("nmap", "nmap 192.0.2.1"),
        common__nxc_smb=page("nxc smb", "nxc smb x"),
        common__nc=page("nc", "nc -l 80", "sudo hydra -l x"),
    )
    built, rows = run(repo)
    assert [row["command"] for row in rows] == ["nc -l 80"]
    assert built.facts["left_out"] == {"offensive tool": 3}


@pytest.mark.parametrize(
    ("command", "is_offensive"),
    [("sudo /usr/bin/nmap x", True), ("sqlmap.exe -u x", True), ("ping.py x", True), ("ping x", False), ("", False)],
)
def test_an_offensive_command_is_known_by_its_program(command: str, is_offensive: bool) -> None:
    assert is_offensive_command(command) is is_offensive


def test_building_twice_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    text = page("cp", *(f"cp {{{{path/to/file{n}}}}} {{{{path/to/directory}}}}" for n in range(8)))
    repo = checkout(tmp_path, common__cp=text)
    run(repo)
    first = (tmp_path / "out.csv").read_bytes()
    run(repo)
    assert (tmp_path / "out.csv").read_bytes() == first
    run(repo, seed=2)
    assert (tmp_path / "out.csv").read_bytes() != first


def test_a_new_page_does_not_change_the_values_of_others(tmp_path: Path) -> None:
    repo = checkout(tmp_path, common__cp=page("cp", "cp {{path/to/file}} {{path/to/directory}}"))
    before = run(repo)[1]
    checkout(tmp_path, common__aa=page("aa", "aa {{path/to/file}}"))
    assert before[0] in run(repo)[1]


def test_equal_placeholders_of_one_example_have_one_value() -> None:
    for index in range(20):
        first, second = fill("mv {{path/to/file}} {{path/to/file}}.bak", index=index).removeprefix("mv ").split(" ")
        assert second == f"{first}.bak"


def test_one_form_of_an_option_is_chosen_throughout_a_command() -> None:
    made = {fill("ls {{[-a|--all]}} {{[-l|--long]}}", index=index) for index in range(30)}
    assert made == {"ls -a -l", "ls --all --long"}


@pytest.mark.parametrize(
    ("placeholder", "form"),
    [
        ("{{path/to/file.tar.gz}}", r"\S+/[a-z]+\.tar\.gz"),
        ("{{path/to/directory}}", r"[\w./]+"),
        ("{{1..9}}", r"[1-9]"),
        ("{{on|off}}", r"on|off"),
        ("{{https://example.com}}", r"https://example\.com"),
        ("{{8080}}", r"8080"),
        ("{{username}}@{{remote_host}}", r"[\w-]+@[\w.]+"),
        ("{{user@host}}", r"[\w-]+@[\w.]+"),
        ("{{ip_address}}", r"[\d.]+"),
        ("{{package1 package2 ...}}", r"\w+( \w+)?"),
        ("{{/dev/sda}}", r"/dev/sda"),
        ("{{--level=number}}", r"--level=\d+"),
        ("{{wonderful_thing}}", r"\w+"),
    ],
)
def test_placeholders_have_plausible_values(placeholder: str, form: str) -> None:
    for index in range(20):
        value = fill(placeholder, index=index)
        assert re.fullmatch(form, value), value


def test_paths_are_those_of_the_platform() -> None:
    assert all("\\" in fill("{{path\\to\\file}}", platform="windows", index=index) for index in range(10))
    assert not any("\\" in fill("{{path/to/file}}", platform="macos", index=index) for index in range(10))


def test_escaped_braces_are_literal() -> None:
    assert fill(r"docker ps --format '\{\{.Names\}\}'") == "docker ps --format '{{.Names}}'"


def test_pages_that_cannot_be_read_are_noted(tmp_path: Path) -> None:
    repo = checkout(tmp_path, common__a=page("a", "a -b"))
    (repo / "pages/common/bad.md").write_bytes(b"# bad\n\n`\xff`\n")
    (repo / "pages/common/big.md").write_bytes(b"x" * (2 << 20))
    built, rows = run(repo)
    assert len(rows) == 1
    assert built.unreadable == 2
    assert built.facts["notes"] == ["common/bad.md: is not UTF-8", "common/big.md: is larger than 1,048,576 bytes"]


def test_a_folder_without_pages_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "repo").mkdir()
    with pytest.raises(DatasetError, match="holds no page"):
        run(tmp_path / "repo")


def test_the_table_is_read_by_the_loader(tmp_path: Path) -> None:
    run(checkout(tmp_path, linux__ls=page("ls", "ls -l")))
    assert [row.label for row in load_csv(tmp_path / "out.csv", normal=True).rows] == ["Normal"]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="{}[]|.-@/\\ab1 =", max_size=60))
def test_no_placeholder_breaks_the_filler(example: str) -> None:
    assert fill(example) == fill(example)
