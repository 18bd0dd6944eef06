"""The tests of one Atomic Red Team file, their arguments filled with the defaults."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

EXECUTORS = {"sh": "sh", "bash": "bash", "command_prompt": "cmd", "powershell": "powershell"}
MAX_SCRIPT_CHARACTERS = 1 << 16
"""Longer ones are data in the shape of a script; the longest published one has 9,000."""

_ARGUMENT = re.compile(r"#\{([\w.-]{1,100})\}")
_ROUNDS = 3  # a default can name another argument


@dataclass(frozen=True, slots=True)
class AtomicTest:
    """One test: ``technique`` as its file has it, ``platforms`` in its order, ``script`` filled."""

    guid: str
    technique: str
    platforms: tuple[str, ...]
    executor: str
    script: str
    outputs: frozenset[str]


def tests_of(document: Any, problems: Counter[str]) -> Iterator[AtomicTest]:
    """The automated tests of a parsed file in its order; what is no such test is counted."""
    if not isinstance(document, dict) or not isinstance(document.get("atomic_tests"), list):
        problems["file without tests"] += 1
        return
    technique = document.get("attack_technique")
    if not isinstance(technique, str) or not re.fullmatch(r"T\d{4}(\.\d{3})?", technique.strip()):
        problems["file without a technique id"] += 1
        return
    for raw in document["atomic_tests"]:
        test = _test(raw, technique.strip(), problems)
        if test is not None:
            yield test


def _test(raw: Any, technique: str, problems: Counter[str]) -> AtomicTest | None:
    if not isinstance(raw, dict) or not isinstance(raw.get("executor"), dict):
        problems["test without an executor"] += 1
        return None
    executor = raw["executor"]
    name = executor.get("name")
    if name == "manual":
        problems["manual test"] += 1
        return None
    if not isinstance(name, str) or name not in EXECUTORS:
        problems["test with an unknown executor"] += 1
        return None
    command, guid = executor.get("command"), raw.get("auto_generated_guid")
    if not isinstance(command, str) or not command.strip():
        problems["test without a command"] += 1
        return None
    if not isinstance(guid, str) or not guid.strip():
        problems["test without a GUID"] += 1  # its rows could not be kept together
        return None
    platforms = raw.get("supported_platforms")
    names = tuple(one for one in platforms if isinstance(one, str)) if isinstance(platforms, list) else ()
    defaults = _defaults(raw.get("input_arguments"))
    script = fill(command, defaults, problems)
    if len(script) > MAX_SCRIPT_CHARACTERS:
        problems["test with an overlong command"] += 1
        return None
    outputs = frozenset(value for key, value in defaults.items() if "output" in key.lower() and value)
    return AtomicTest(guid.strip(), technique, names, EXECUTORS[name], script, outputs)


def _defaults(arguments: Any) -> dict[str, str]:
    """By name, as written in the file; a list or a mapping is no default."""
    if not isinstance(arguments, dict):
        return {}
    found = {}
    for name, body in arguments.items():
        if not (isinstance(name, str) and isinstance(body, dict) and "default" in body):
            continue
        default = "" if body["default"] is None else body["default"]  # "default:" and no more is an empty argument
        if isinstance(default, str):
            found[name] = default
    return found


def fill(command: str, defaults: Mapping[str, str], problems: Counter[str]) -> str:
    """``command`` with every ``#{name}`` replaced; an argument without a default is counted and shown by its name.

    >>> fill("cat #{file}", {"file": "/tmp/#{name}", "name": "x"}, Counter())
    'cat /tmp/x'
    """
    for _ in range(_ROUNDS):
        if not _ARGUMENT.search(command) or len(command) > MAX_SCRIPT_CHARACTERS:
            return command
        command = _ARGUMENT.sub(lambda match: defaults.get(match[1], match[0]), command)
    missing = len(_ARGUMENT.findall(command))
    problems["argument without a default"] += missing
    return _ARGUMENT.sub(lambda match: match[1], command)
