"""Names of programs, parameters and options."""

import pytest

from ttpline.commands._powershell_aliases import ALIASES
from ttpline.commands.dialect import Dialect
from ttpline.commands.parse import parameter_name, program_name

PARAMETERS = [
    ("powershell", "-e", "encodedcommand"),
    ("powershell", "-Enc", "encodedcommand"),
    ("powershell", "-ec", "encodedcommand"),
    ("powershell", "/EncodedCommand", "encodedcommand"),
    ("powershell", "-ep", "executionpolicy"),
    ("powershell", "-ex", "executionpolicy"),
    ("powershell", "-Exec", "executionpolicy"),
    ("powershell", "-NoP", "noprofile"),
    ("powershell", "-noni", "noninteractive"),
    ("powershell", "-W", "windowstyle"),
    ("powershell", "-wind", "windowstyle"),
    ("powershell", "-c", "command"),
    ("powershell", "–c", "command"),
    ("powershell", "-f", "file"),
    ("powershell", "-sta", "sta"),
    ("powershell", "-no", None),
    ("powershell", "-xyz", None),
    ("powershell", "whoami", None),
    ("get-childitem", "-Rec", "recurse"),
    ("get-childitem", "-Force", "force"),
    ("get-childitem", "-f", None),
    ("get-childitem", "-ea", "erroraction"),
    ("invoke-webrequest", "-Uri:http://192.0.2.1", "uri"),
    ("invoke-webrequest", "-useb", "usebasicparsing"),
    ("set-mppreference", "-DisableRealtimeMon", "disablerealtimemonitoring"),
    ("start-process", "-Arg", "argumentlist"),
    ("unknown-thing", "-Path", None),
    ("get-childitem", "-", None),
]


NAMES = [
    ("/usr/bin/python3.11", Dialect.POSIX, "python"),
    ("python3-config", Dialect.POSIX, "python"),
    ("PYTHON.EXE", Dialect.CMD, "python"),
    (r"C:\Windows\System32\net1.exe", Dialect.CMD, "net"),
    (r"C:\Windows\System32\cmd.exe", Dialect.POSIX, "cmd"),
    ("gci", Dialect.POWERSHELL, "get-childitem"),
    ("gci.exe", Dialect.POWERSHELL, "gci"),
    (r".\ls", Dialect.POWERSHELL, "ls"),
    ("ls", Dialect.POSIX, "ls"),
    ("rundll32", Dialect.CMD, "rundll32"),
    ("base64", Dialect.POSIX, "base64"),
    ("procdump64.exe", Dialect.CMD, "procdump"),
    ("example.com", Dialect.POSIX, "example.com"),
    ("$(id)", Dialect.POSIX, ""),
    ("", Dialect.POSIX, ""),
]


@pytest.mark.parametrize(("program", "word", "name"), PARAMETERS)
def test_parameters_are_spelt_out_where_only_one_fits(program: str, word: str, name: str | None) -> None:
    assert parameter_name(program, word) == name


@pytest.mark.parametrize(("word", "dialect", "name"), NAMES)
def test_a_program_has_one_name(word: str, dialect: Dialect, name: str) -> None:
    assert program_name(word, dialect) == name


def test_every_alias_is_lower_case_and_leads_to_a_command() -> None:
    for alias, cmdlet in ALIASES.items():
        assert alias == alias.lower() and cmdlet == cmdlet.lower()
        assert cmdlet not in ALIASES or cmdlet == "mkdir"
