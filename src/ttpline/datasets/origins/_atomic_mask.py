"""Takes out of a test's text what gives its label away: technique ids, and the folder that tests live in."""

import hashlib
import re

_ID = r"(?:(?<![A-Za-z0-9])[Tt]|(?<=[a-z])T)1\d{3}(?:[._]\d{3})?(?![0-9])"
_ID_FOLDER = re.compile(rf"(?<=[\\/]){_ID}[\\/]")
_ID_TEXT = re.compile(_ID)
_TESTS_FOLDER = re.compile(
    r"(?:\$\{?env:)?\$?\(?\bPathToAtomicsFolder\b\}?\)?(?:[\\/]+\.\.[\\/]+ExternalPayloads)?|"
    r"(?:/root|/tmp|/opt|\$HOME|~|[A-Za-z]:)?[\\/]+AtomicRedTeam[\\/]+atomics",
    re.IGNORECASE,
)

NEUTRAL_WORDS = ("data", "report", "notes", "backup", "update")
WINDOWS_FOLDERS = (r"C:\Temp\tools", r"C:\ProgramData\pkg", r"C:\Users\Public\Downloads", r"C:\Windows\Temp\setup")
POSIX_FOLDERS = ("/opt/tools", "/usr/local/share/pkg", "/var/tmp/setup", "/home/user/work")


def chosen(choices: tuple[str, ...], seed: str) -> str:
    """One of ``choices``, always the same for one ``seed``."""
    return choices[int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4], "big") % len(choices)]


def place_tests(script: str, guid: str, *, windows: bool) -> str:
    """The folder of the tests replaced by an ordinary one, the same throughout a test."""
    folder = chosen(WINDOWS_FOLDERS if windows else POSIX_FOLDERS, guid)
    return _TESTS_FOLDER.sub(lambda _: folder, script)


def mask_ids(command: str, guid: str) -> tuple[str, bool]:
    """``command`` without technique ids: dropped where one is a folder, else a neutral word; and whether one was there.

    >>> mask_ids("cp /opt/tools/T1082/src/a.sh /tmp/T1082.txt", "g")
    ('cp /opt/tools/src/a.sh /tmp/notes.txt', True)
    >>> mask_ids("nc -l port1234", "g")
    ('nc -l port1234', False)
    """
    masked = _ID_TEXT.sub(chosen(NEUTRAL_WORDS, guid), _ID_FOLDER.sub("", command))
    return masked, masked != command
