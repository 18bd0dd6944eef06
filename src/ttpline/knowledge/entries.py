"""The nouns of the knowledge, as its files have them. ``docs/knowledge.md`` is their language."""

from typing import Final

import msgspec

VERBS: Final = (
    "reads",
    "writes",
    "deletes",
    "changes",
    "runs",
    "lists",
    "searches",
    "downloads",
    "sends",
    "connects",
    "kills",
    "stops",
    "starts",
    "copies",
    "mentions",
)
"""What a program does with an argument. ``copies`` reads it and writes it elsewhere, ``mentions`` is none of them."""

FALLBACK: Final = {"copies": "reads"}
"""The verb whose claim holds where an object says nothing of this one; after it, ``mentions``."""

KINDS: Final = frozenset(
    {"shell", "interpreter", "admin", "discovery", "network", "transfer", "archive", "editor", "viewer", "build", "vcs"}
    | {"package-manager", "container", "cloud", "database", "browser", "service", "background", "offensive", "crypto"}
    | {"remote-admin", "compiler", "monitor"}
)
PLATFORMS: Final = ("linux", "windows", "macos")
STRONGEST: Final = 3
DEFAULT_SUSPICION: Final = 1
NORMAL: Final = "normal"
"""What ``speaks`` says for ordinary work."""


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What holds when something is seen. ``does``: "schtasks *creates a scheduled task*"; ``means``: words that
    combinations and models use; ``speaks``: technique -> -3 (against) to 3 (says it), and ``normal``; ``suspicion``:
    0 everyday work to 3 hardly ever ordinary."""

    does: str = ""
    means: tuple[str, ...] = ()
    speaks: dict[str, int] = {}
    suspicion: int = DEFAULT_SUSPICION


class Use(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A way of using a program: the terms that must all hold, and what then is claimed."""

    when: tuple[str, ...]
    claim: Claim


class Program(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``operands``: place (all, first, last, rest, after-first) -> verb; ``values``: option -> verb of its value."""

    names: tuple[str, ...]
    purpose: str = ""
    platforms: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    operands: dict[str, str] = {}
    values: dict[str, str] = {}
    uses: tuple[Use, ...] = ()


class ObjectClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Things that mean the same: ``phrase`` names them, ``claims`` says what each verb on them tells."""

    name: str
    phrase: str
    names: tuple[str, ...]
    claims: dict[str, Claim] = {}


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Text anywhere in the line: any of ``pieces``, or every one of them."""

    pieces: tuple[str, ...]
    every: bool
    claim: Claim


class Combination(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Meanings that say more together, of one simple command (``part``) or the line."""

    when: tuple[str, ...]
    scope: str
    claim: Claim


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A command and what the knowledge says first: any of ``answers``; none of them: no technique."""

    command: str
    answers: tuple[str, ...]
    platform: str | None
    entry: str
    """Where it stands: the file and the entry's name."""


class Knowledge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All entries of all files, in the files' order."""

    programs: tuple[Program, ...] = ()
    objects: tuple[ObjectClass, ...] = ()
    texts: tuple[Text, ...] = ()
    combinations: tuple[Combination, ...] = ()
