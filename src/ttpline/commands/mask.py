r"""Secrets in command text, replaced; what is left keeps its places.

>>> masked("mysql -u root -phunter2 shop").text
'mysql -u root -p[masked] shop'
>>> masked("mkdir -p /tmp/x").text
'mkdir -p /tmp/x'
>>> found = masked("PGPASSWORD=hunter2 psql -h db")
>>> found.text[slice(*found.span((19, 23)))]
'psql'

What counts as a secret is in ``docs/mask.md``. Nothing is looked up or run; time is linear in the text. Masking what
was masked changes nothing.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from ttpline.commands._masking.encoded import layered_secrets, run_secrets
from ttpline.commands._masking.named import named_secrets
from ttpline.commands._masking.programs import program_secrets
from ttpline.commands._masking.shapes import shaped_secrets, url_passwords
from ttpline.commands._masking.values import MASK, Span
from ttpline.commands._shell_of import shell_of

__all__ = ["MASK", "Masked", "Span", "masked", "masked_record", "with_cuts"]

MAY_HOLD: Final = (
    r"(?i)pass|pwd|pw[\s=:]|secret|token|key|auth|bearer|cookie|cred|://|sig=|psk|hashes|ntlm|rc4|aes[12]|plaintext"
    r"|github_pat_|akia|asia|abia|acca|aroa|aida|gh[opsur]_|xox|xapp|glpat|npm_|hf_|pypi-|dop_v1|[sr]k_|sk-|aiza|ya29|sg\.|hv[sb]\.|eyj"
    r"|\$[1256y]|\$2[abxy]|\$apr|\$argon|webhooks|[0-9a-f]{32}:|identified|pat=|sas=|sig=|hmac="
    r"|\s['\x22]?[-/](?:p|hp|u|w|a|k|h|rp|up|c|x|s)|net1?(?:\.exe)?['\x22]?\s|smb|rpcclient|winexe|sqlplus|\.py\b|impacket"
    r"|vault|wpa_|\bmc\b|setcredentials|mkpasswd|chpass|sudo|kinit|cryptsetup|\bsu\b|code="
)
"""One of these is in every text that holds a secret under no layer; for ``re`` and for polars alike."""
_MAY_HOLD = re.compile(MAY_HOLD).search

_BEGINS = re.compile(r"[\"'>,;|\t=:(\[\]$#]\s?")
_ENDS = re.compile(r"[\"<\t]")

MOST_ROUNDS: Final = 4
"""A mask may bare what a secret hid, such as the end of a token; more rounds than two were never seen."""


@dataclass(frozen=True)
class Masked:
    """``text`` with every secret replaced by ``MASK``; ``cuts`` are the places of the secrets in ``original``, in
    order and apart. The same object serves for a text that holds none."""

    original: str
    text: str
    cuts: tuple[Span, ...] = ()

    @cached_property
    def _starts(self) -> list[int]:
        return [start for start, _ in self.cuts]

    @cached_property
    def _ends(self) -> list[int]:
        return [end for _, end in self.cuts]

    @cached_property
    def _moved(self) -> list[int]:
        """How far what follows the first n cuts has moved."""
        moved = [0]
        for start, end in self.cuts:
            moved.append(moved[-1] + len(MASK) - (end - start))
        return moved

    def span(self, span: Span) -> Span:
        """Where ``span`` of the original is in ``text``. One that begins or ends inside of a secret takes in its mask
        as a whole; every other one slices to the same characters as before."""
        start, end = span
        before = bisect_right(self._ends, start)
        first = self._starts[before] if before < len(self.cuts) else len(self.original) + 1
        new_start = min(start, first) + self._moved[before] if start < end else start + self._moved[before]
        if start >= end:
            inside = start > first
            place = (first if inside else start) + self._moved[before]
            return place, place
        passed = bisect_left(self._starts, end)
        stop = max(end, self._ends[passed - 1]) if passed else end
        return new_start, stop + self._moved[passed]

    def holds(self, span: Span) -> bool:
        """Whether any character of ``span`` is of a secret."""
        before = bisect_right(self._ends, span[0])
        return before < len(self.cuts) and self._starts[before] < span[1]

    @property
    def secrets(self) -> tuple[str, ...]:
        """What was replaced, longest first, each once; for texts that quote the original without a place."""
        return tuple(sorted({self.original[start:end] for start, end in self.cuts}, key=lambda one: (-len(one), one)))

    def said(self, text: str) -> str:
        """``text``, a sentence that quotes pieces of the original, without its secrets."""
        for secret in self.secrets:
            if len(secret) >= LEAST_QUOTED:
                text = text.replace(secret, MASK)
        return text

    def quoted(self, text: str) -> str:
        """``text``, which is a command and quotes pieces of the original, without these secrets and any other."""
        return masked(self.said(text)).text


LEAST_QUOTED: Final = 4
"""Characters: replacing every ``1`` of a sentence, because a password is 1, tells more than it hides."""


def masked(text: str) -> Masked:
    """``text`` without the secrets in it, in any layer that ``commands.decode`` undoes."""
    cuts: tuple[Span, ...] = ()
    result = Masked(text, text)
    for _ in range(MOST_ROUNDS):
        found = [_place_before(result, span) for span in _secrets(result.text)]
        merged = with_cuts(text, [*cuts, *found])
        if merged.cuts == cuts:
            return result
        cuts, result = merged.cuts, merged
    return result


def masked_record(text: str) -> str:
    """The beginning of a record of some log without the secrets in it, also where a command begins within it.

    Meant for samples of a few hundred characters: it looks once from every place where a command may begin.
    """
    spans = list(masked(text).cuts)
    for begin in _BEGINS.finditer(text):
        end = _ENDS.search(text, begin.end())
        for piece in {text[begin.end() :], text[begin.end() : end.start() if end else len(text)]}:
            spans += [(start + begin.end(), stop + begin.end()) for start, stop in masked(piece).cuts]
    return with_cuts(text, spans).text


def with_cuts(text: str, spans: Sequence[Span]) -> Masked:
    """``text`` with the places ``spans`` masked, found by somebody else."""
    cuts = _merged([span for span in spans if span[0] < span[1]])
    return Masked(text, _replaced(text, cuts), cuts)


def _place_before(result: Masked, span: Span) -> Span:
    """Where ``span`` of the masked text is in the original; a mask counts as the whole secret."""
    return _back(result, span[0], is_end=False), _back(result, span[1], is_end=True)


def _back(result: Masked, place: int, *, is_end: bool) -> int:
    moved = 0
    for start, end in result.cuts:
        at = start + moved
        if place <= at if is_end else place < at:
            break
        if place <= at + len(MASK) if is_end else place < at + len(MASK):
            return end if is_end else start
        moved += len(MASK) - (end - start)
    return place - moved


def _secrets(text: str, *, layers: bool = True) -> list[Span]:
    """Spans in ``text``, in no order, overlapping ones too."""
    found: list[Span] = []
    if _MAY_HOLD(text):
        dialect = shell_of(text)
        found += named_secrets(text, dialect)
        found += shaped_secrets(text)
        found += url_passwords(text)
        found += program_secrets(text)
    if layers:
        found += layered_secrets(text, _without_layers)
        found += run_secrets(text, _without_layers)
    return [(start, end) for start, end in found if start < end and text[start:end] != MASK]


def _without_layers(text: str) -> list[Span]:
    return _secrets(text, layers=False)


def _merged(spans: Sequence[Span]) -> tuple[Span, ...]:
    """In order and apart; of those that touch the union."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _replaced(text: str, cuts: Sequence[Span]) -> str:
    pieces: list[str] = []
    at = 0
    for start, end in cuts:
        pieces += (text[at:start], MASK)
        at = end
    return "".join((*pieces, text[at:]))
