"""Values of PowerShell's expressions: constants of every Windows, lists, letters picked out of text."""

from typing import Final

from ttpline.commands._decoding.powershell_methods import MAX_ITEMS, NotConstantError, Value, items_of, number_of

CONSTANTS: Final = {
    "pshome": "C:\\Windows\\System32\\WindowsPowerShell\\v1.0",
    "shellid": "Microsoft.PowerShell",
    "env:comspec": "C:\\WINDOWS\\system32\\cmd.exe",
    "env:public": "C:\\Users\\Public",
    "env:windir": "C:\\Windows",
    "env:systemroot": "C:\\Windows",
    "env:systemdrive": "C:",
    "env:programfiles": "C:\\Program Files",
    "env:programdata": "C:\\ProgramData",
    "env:allusersprofile": "C:\\ProgramData",
    "env:os": "Windows_NT",
    "verbosepreference": "SilentlyContinue",
    "debugpreference": "SilentlyContinue",
    "errorview": "NormalView",
    "null": "",
    "true": "True",
    "false": "False",
}
"""The same on every Windows; only letters taken out of them are put in, never the whole."""


class Items(list["Value"]):
    """A list that was written with commas and without brackets, to which a comma adds."""


def code_of(value: Value) -> int:
    """A character counts as its code, as ``[char]`` does."""
    return ord(value) if isinstance(value, str) and len(value) == 1 and not value.isdigit() else number_of(value)


def indexed(value: Value, index: Value) -> Value:
    sequence: str | list[Value] = value if isinstance(value, str) else items_of(value)
    picked: list[Value] = []
    for place in items_of(index)[:MAX_ITEMS]:
        number = number_of(place)
        if -len(sequence) <= number < len(sequence):
            picked.append(sequence[number])
    if not picked:
        raise NotConstantError
    return picked if isinstance(index, list) else picked[0]
