"""Which lines without marks are taken for a shell's history, and which never are."""

import pytest

from ttpline.telemetry.bash_history import READER

PROSE = "make sure that it works\nfind out who did it\nwho was it\nless is more\n"
SCRIPT = "#!/bin/sh\ncd /srv\nls\nrm -f x\n"
INDENTED = "if true\n  ls\nfi\nwhoami\nls\n"
SETTINGS = "host=web7\nuser=amy\nport=22\nhome=/srv\n"
TABLE = "date,host,user\n2026-01-02,web7,amy\n2026-01-03,web7,amy\n2026-01-04,web7,amy\n"


def test_typed_commands_are_a_likely_history() -> None:
    assert READER.sniff(b"whoami\nls -la | wc -l\nsudo -u amy cat /etc/shadow\n# a note\ncd /srv\n") == 0.55


@pytest.mark.parametrize("text", [SCRIPT, INDENTED, SETTINGS, TABLE, "ls\n", "whoami\nid\n", "\0ls\nls\nls\nls\n"])
def test_other_texts_are_not(text: str) -> None:
    assert READER.sniff(text.encode()) == 0.0


def test_prose_whose_sentences_all_begin_like_commands_is_the_known_mistake() -> None:
    """Four of four lines begin with a program's name here; ordinary prose has fewer than nine in ten."""
    assert READER.sniff(PROSE.encode()) == 0.55
    assert READER.sniff(PROSE.encode() + b"so much for that\nthe rest is silence\n") == 0.0
