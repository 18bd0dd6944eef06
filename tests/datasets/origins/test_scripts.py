"""Scripts become the commands that a history or a process monitor would record."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttpline.datasets.origins._scripts_cmd import split_cmd
from ttpline.datasets.origins._scripts_posix import split_posix
from ttpline.datasets.origins._scripts_powershell import (
    JOINED_CHARACTERS,
    join_statements,
    split_powershell,
    statements,
)


@pytest.mark.parametrize(
    ("script", "rows"),
    [
        ("id\n\n# a comment\nuname -a # and another\n", ["id", "uname -a"]),
        ("cat a | sort |\n  uniq -c\nid && \\\n  ls", ["cat a | sort | uniq -c", "id && ls"]),
        ("for f in a b; do\n  rm $f\n  ls\ndone\nid", ["for f in a b; do rm $f; ls; done", "id"]),
        ("if [ -f x ]; then\n  cat x\nelse\n  id\nfi", ["if [ -f x ]; then cat x; else id; fi"]),
        ("while true; do id; done\nls", ["while true; do id; done", "ls"]),
        ("case $x in\n  a) id;;\n  *) ls;;\nesac\npwd", ["case $x in a) id;; *) ls;; esac", "pwd"]),
        ("f() {\n  id\n  ls\n}\nf", ["f() { id; ls; }", "f"]),
        ("echo 'a\n  # b'\nid", ["echo 'a\\n  # b'", "id"]),
        ('python3 -c "import os\nprint(1)"\nid', ['python3 -c "import os\\nprint(1)"', "id"]),
        ("cat > x <<EOF\nif a\nEOF\nid", ["cat > x <<EOF\\nif a\\nEOF", "id"]),
        ("cat <<'E' | sh\nid\nE\nls", ["cat <<'E' | sh\\nid\\nE", "ls"]),
        ("grep '#' a\necho a#b", ["grep '#' a", "echo a#b"]),
        ("(cd /tmp\nls)\nid", ["(cd /tmp; ls)", "id"]),
        ("echo done\nid", ["echo done", "id"]),
        ("wc -l <<< x\nid", ["wc -l <<< x", "id"]),
        ("ls\r\nid\r\n", ["ls", "id"]),
        ("echo 'never closed\nid", ["echo 'never closed\\nid"]),
        ("echo it\\'s\nid", ["echo it\\'s", "id"]),
        # here-documents: where they end, and what follows them
        ("cat <<E\n\tE\n E\nE\nid", ["cat <<E\\n\tE\\n E\\nE", "id"]),
        ("cat <<-E\n\tx\n\tE\nid", ["cat <<-E\\n\tx\\n\tE", "id"]),
        ("cat <<E\nx\n  E\nid", ["cat <<E\\nx\\n  E", "id"]),
        ("cat <<E\nx", ["cat <<E\\nx"]),
        ("a <<A <<'B C'\n1\nA\n2\nB C\nid", ["a <<A <<'B C'\\n1\\nA\\n2\\nB C", "id"]),
        ("cat <<E |\nx\nE\nsort\nid", ["cat <<E |\\nx\\nE\\nsort", "id"]),
        ("cat <<E \\\n  | sh\nid\nE\nls", ["cat <<E | sh\\nid\\nE", "ls"]),
        ("if a; then\n  cat <<E\nit's\nE\nfi\nid", ["if a; then cat <<E\\nit's\\nE\\nfi", "id"]),
        ("x=$(cat <<E\nhi\nE\n)\nid", ["x=$(cat <<E\\nhi\\nE\\n)", "id"]),
        ("echo $((a<<b))\nid", ["echo $((a<<b))", "id"]),
        # comments and continued lines
        ("# not continued \\\nid", ["id"]),
        ("ls # neither \\\nid", ["ls", "id"]),
        ("awk '{ \\\n }' f\nid", ["awk '{ \\\\n }' f", "id"]),
        ('echo "a \\\n  b"\nid', ['echo "a   b"', "id"]),
        ("echo \\\n  if\nid", ["echo if", "id"]),
        ("a=(\n  x\n  y\n)\nid", ["a=( x y )", "id"]),
    ],
)
def test_a_shell_script_is_a_row_a_line_and_compounds_stay_one(script: str, rows: list[str]) -> None:
    assert split_posix(script) == rows


@pytest.mark.parametrize(
    ("script", "rows"),
    [
        ("rem note\n:: note\n@dir C:\\\nver", ["dir C:\\", "ver"]),
        ("reg add HKCU\\X ^\n  /v Y ^\n  /d 1", ["reg add HKCU\\X /v Y /d 1"]),
        (
            "if exist a (\n  del a\n  del b\n) else (\n  dir\n)\nver",
            ["if exist a ( del a & del b ) else ( dir )", "ver"],
        ),
        ("for %i in (a b) do (\n  type %i\n)", ["for %i in (a b) do ( type %i )"]),
        ("echo ( & ver", ["echo ( & ver"]),
        ('echo "(" > a\nver', ['echo "(" > a', "ver"]),
        ("goto end\n:end\nver", ["goto end", "ver"]),
        ("echo :(\nver", ["echo :(", "ver"]),
        ("echo (a\nver", ["echo (a", "ver"]),
        ("for %i in (a\n  b) do echo %i\nver", ["for %i in (a b) do echo %i", "ver"]),
        ("echo a & (\n  ver\n)\ndir", ["echo a & ( ver )", "dir"]),
        ("echo a^^\nver", ["echo a^^", "ver"]),
        ("a\r\nb", ["a", "b"]),
    ],
)
def test_a_batch_script_is_a_row_a_line_and_blocks_are_joined(script: str, rows: list[str]) -> None:
    assert split_cmd(script) == rows


@pytest.mark.parametrize(
    ("script", "rows"),
    [
        ("Get-Date\nGet-Host", ["Get-Date", "Get-Host"]),
        ("Get-Date; Get-Host", ["Get-Date", "Get-Host"]),
        ("Get-Process |\n  Sort-Object\nGet-Date", ["Get-Process | Sort-Object", "Get-Date"]),
        ("New-Item `\n  -Path x\nGet-Date", ["New-Item -Path x", "Get-Date"]),
        ("a |   \n  # why\n  b\n$x = 1, \n  2", ["a | b", "$x = 1, 2"]),
        ('$x = @"\nit\'s `\n"x"; y\n"@ | b\nc', ['$x = @"\\nit\'s `\\n"x"; y\\n"@ | b', "c"]),
        ("a `\n# ends it\n-b", ["a", "-b"]),
        ("if ($true) {\n  Get-Date\n  Get-Host\n}\nelse {\n  ls\n}", ["if ($true) { Get-Date; Get-Host } else { ls }"]),
        ("try {\n  a\n} catch {\n  b\n}\nc", ["try { a } catch { b }", "c"]),
        ("<# long\ncomment #>Get-Date # short", ["Get-Date"]),
        ('\'a # b; c\'\n"x `" y; z"', ["'a # b; c'", '"x `" y; z"']),
        ("$t = @'\na; b\n'@\nGet-Date", ["$t = @'\\na; b\\n'@", "Get-Date"]),
        ("Get-Item 'it''s; x'", ["Get-Item 'it''s; x'"]),
        ("$x = @{\n  a = 1\n  b = 2\n}\nGet-Date", ["$x = @{ a = 1; b = 2 }", "Get-Date"]),
        ("Start-Job {\n  ls\n}\nGet-Date", ["Start-Job { ls }", "Get-Date"]),
    ],
)
def test_a_powershell_script_is_its_statements(script: str, rows: list[str]) -> None:
    assert statements(script) == rows


@pytest.mark.parametrize(
    ("script", "rows"),
    [
        ("$a = 1\nGet-Date\nWrite-Error $a", ["$a = 1; Write-Error $a", "Get-Date"]),
        ("function Go { ls }\nGet-Date\ngo", ["function Go { ls }; go", "Get-Date"]),
        ("$env:X = 1\nls $env:X", ["$env:X = 1", "ls $env:X"]),
        ("ls $null\nrm $null", ["ls $null", "rm $null"]),
        ("$A = 1\nls ${a}", ["$A = 1; ls ${a}"]),
        ("Import-Module ./x.ps1\nInvoke-It -All", ["Import-Module ./x.ps1; Invoke-It -All"]),
        ("foreach ($f in ls) { rm $f }\nls $f", ["foreach ($f in ls) { rm $f }; ls $f"]),
    ],
)
def test_statements_that_share_something_are_one_row(script: str, rows: list[str]) -> None:
    assert split_powershell(script) == rows


def test_a_group_that_would_be_too_long_stays_apart() -> None:
    parts = ["$a = 1", "ls $a " + "x" * JOINED_CHARACTERS, "Get-Date"]
    assert join_statements(parts) == parts


@pytest.mark.parametrize(
    ("split", "script"),
    [
        (split_posix, "<<A\n A\n" * 8_000),
        (split_posix, "<<" * 32_000),
        (split_posix, "a='x\\\n" * 10_000),
        (split_cmd, "if (a^\n" * 9_000),
        (statements, "a |\n" * 16_000),
    ],
)
def test_a_script_made_to_be_slow_to_split_is_not(split: Callable[[str], list[str]], script: str) -> None:
    began = time.process_time()
    split(script)
    assert time.process_time() - began < 2


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="abif donesac;&|(){}'\"`\\\n\t #$<>E@^%=-", max_size=200))
def test_no_script_breaks_a_splitter_and_no_row_has_a_line_break(script: str) -> None:
    for split in (split_posix, split_cmd, split_powershell):
        for row in split(script):
            assert "\n" not in row or split is split_powershell
            assert row.strip()
