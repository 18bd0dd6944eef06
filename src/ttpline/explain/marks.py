"""A command with its parts marked: colours on a terminal, brackets elsewhere."""

from collections.abc import Sequence

from rich.text import Text

from ttpline.domain.printable import printable
from ttpline.explain.explanation import Share
from ttpline.explain.words import cut

SHOWN_CHARACTERS = 1_000
"""Of one text on a page, a part of a command and what is around it alike; ``--json`` has more."""
STRONG = 0.5
"""Fraction of the strongest weight from which a part is marked as strong."""
WEAK = 0.15
"""And from which it is marked at all."""
SPEAKS_FOR, SPEAKS_AGAINST = "green", "red"


def shown(text: str) -> str:
    """Cut and escaped."""
    return printable(cut(text, SHOWN_CHARACTERS))


def weight_text(weight: float, style: str = "") -> Text:
    """With its sign, in its colour."""
    colour = SPEAKS_FOR if weight > 0 else SPEAKS_AGAINST
    return Text(f"{weight:+.2f}", style=f"{style} {colour}".strip())


def marked(text: str, shares: Sequence[Share], *, colour: bool) -> Text:
    """The command marked as the console can show it."""
    return marked_colours(text, shares) if colour else Text(marked_brackets(text, shares))


def marked_brackets(text: str, shares: Sequence[Share]) -> str:
    """The command with its parts marked: ``[++ strongly for]``, ``[+ for]``, ``[- against]``.

    >>> marked_brackets("cat /etc/shadow", [Share(0, 3, "cat", -0.5), Share(4, 15, "/etc/shadow", 2.0)])
    '[- cat] [++ /etc/shadow]'
    """
    out, at = [], 0
    for share, level in _levels(shares):
        if share.start >= SHOWN_CHARACTERS:
            break
        sign = ("+" if level > 0 else "-") * abs(level)
        out.append(f"{printable(text[at : share.start])}[{sign} {shown(share.text)}]")
        at = share.end
    out.append(shown(text[at:]))
    return "".join(out)


def marked_colours(text: str, shares: Sequence[Share]) -> Text:
    """The same in colours; strong parts are bold and underlined, so that they stand out without colour, too."""
    out, at = Text(), 0
    for share, level in _levels(shares):
        if share.start >= SHOWN_CHARACTERS:
            break
        out.append(printable(text[at : share.start]), style="dim")
        style = SPEAKS_FOR if level > 0 else SPEAKS_AGAINST
        out.append(shown(share.text), style=f"bold underline {style}" if abs(level) > 1 else style)
        at = share.end
    return out.append(shown(text[at:]), style="dim")


def _levels(shares: Sequence[Share]) -> list[tuple[Share, int]]:
    """Each share that is worth a mark, by place, and how strong: ±1 or ±2."""
    most = max((abs(share.weight) for share in shares), default=0.0)
    found = []
    for share in shares:
        size = abs(share.weight) / most if most else 0.0
        if size >= WEAK:
            level = 2 if size >= STRONG else 1
            found.append((share, level if share.weight > 0 else -level))
    return found
