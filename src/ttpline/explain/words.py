"""Pieces of a command inside sentences: short, quoted, nothing in them can act on a terminal."""

import re
from typing import Final

from ttpline.attack.catalogue import load_catalogue
from ttpline.domain.prediction import NORMAL, OTHER
from ttpline.domain.printable import printable

QUOTED: Final = 60
"""Characters of a piece inside a sentence; its span says where the rest is."""
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def quoted(text: str) -> str:
    r"""``text`` in backticks, escaped and cut.

    >>> quoted("/etc/shadow"), quoted("\x1b[2J")
    ('`/etc/shadow`', '`\\u001b[2J`')
    """
    shown = printable(text[:QUOTED])
    return f"`{shown}…`" if len(text) > QUOTED else f"`{shown}`"


def cut(text: str, most: int) -> str:
    """The first ``most`` characters, and how many there are if there are more; text that JSON can hold."""
    whole = text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)
    return whole if len(whole) <= most else f"{whole[:most]}… ({len(whole):,} characters)"


def label_name(label: str, attack_version: str) -> str:
    """The whole name of a technique, ``no attack`` for Normal; an id that the catalogue lacks is its own name."""
    if label == NORMAL:
        return "no attack"
    if label == OTHER:
        return "another, rare technique"
    catalogue = load_catalogue(attack_version)
    return catalogue.technique(label).full_name if label in catalogue else label


def named(label: str, attack_version: str) -> str:
    """Name and id, as sentences have them.

    >>> named("T1053.005", "18.1"), named("Normal", "18.1")
    ('Scheduled Task/Job: Scheduled Task (T1053.005)', 'ordinary work')
    """
    if label in (NORMAL, NORMAL.lower()):
        return "ordinary work"
    return f"{label_name(label, attack_version)} ({label})"
