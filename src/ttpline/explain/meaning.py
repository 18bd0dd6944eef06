"""What a command means without any model: its layers undone, its parts, and what the knowledge says of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ttpline.domain.parsed import Span


@dataclass(frozen=True, slots=True)
class LayerMeaning:
    """One layer that was undone; ``span`` is its place in the text as it was before. Both texts are cut."""

    kind: str
    span: Span
    before: str
    after: str

    def to_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "span": list(self.span), "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True)
class FactMeaning:
    """An entry of the knowledge that holds, as a ``sentence``. ``speaks``: technique or ``normal`` -> -3 to 3."""

    kind: str
    entry: str
    span: Span
    text: str
    why: str
    sentence: str
    speaks: Mapping[str, int]
    suspicion: int

    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "entry": self.entry,
            "span": list(self.span),
            "text": self.text,
            "sentence": self.sentence,
            "speaks": dict(self.speaks),
            "suspicion": self.suspicion,
        }


@dataclass(frozen=True, slots=True)
class OptionMeaning:
    """An option as written and what the knowledge says of it; ``says`` is empty where it says nothing."""

    text: str
    span: Span
    says: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"text": self.text, "span": list(self.span), "says": list(self.says)}


@dataclass(frozen=True, slots=True)
class PartMeaning:
    """One simple command. ``purposes``: what its program is for, empty where the knowledge has no entry (``is_known``).

    ``joint`` says how it comes after the part before, ``wrappers`` which programs run it, outermost first.
    """

    program: str
    span: Span
    text: str
    joint: str
    wrappers: tuple[str, ...]
    is_known: bool
    purposes: tuple[str, ...]
    options: tuple[OptionMeaning, ...]
    facts: tuple[FactMeaning, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "program": self.program,
            "span": list(self.span),
            "text": self.text,
            "joint": self.joint,
            "wrappers": list(self.wrappers),
            "is_known": self.is_known,
            "purposes": list(self.purposes),
            "options": [option.to_dict() for option in self.options],
            "facts": [fact.to_dict() for fact in self.facts],
        }


@dataclass(frozen=True, slots=True)
class Meaning:
    """``text`` is the decoded text (cut), where all spans but those of layers are places in. ``facts`` are those of
    the line as a whole. Of long commands ``layers_left_out`` and ``parts_left_out`` are not listed."""

    text: str
    is_complete: bool
    is_damaged: bool
    layers: tuple[LayerMeaning, ...]
    layers_left_out: int
    parts: tuple[PartMeaning, ...]
    parts_left_out: int
    facts: tuple[FactMeaning, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "is_complete": self.is_complete,
            "is_damaged": self.is_damaged,
            "layers": [layer.to_dict() for layer in self.layers],
            "layers_left_out": self.layers_left_out,
            "parts": [part.to_dict() for part in self.parts],
            "parts_left_out": self.parts_left_out,
            "facts": [fact.to_dict() for fact in self.facts],
        }
