"""One answer on a few lines: the verdict, ranked techniques with bars, and which parts of the command speak for each.

``render.py`` takes one command apart on a page; this is what fits between two prompts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ttpline.attack.catalogue import load_catalogue
from ttpline.domain.command import NormalisedCommand
from ttpline.domain.prediction import NORMAL, Evidence, Prediction, TechniqueScore, Verdict
from ttpline.domain.printable import printable
from ttpline.explain.case import AdditiveClassifier
from ttpline.explain.explanation import Share
from ttpline.explain.marks import SPEAKS_AGAINST, SPEAKS_FOR, marked
from ttpline.explain.shares import by_token
from ttpline.models.base import CommandClassifier
from ttpline.sinks._table_view import BAR, COLOURS, TITLES

PARTS = 4
"""Parts named with their weight; all that weigh something are marked in the command."""
SHOWN_PART = 40
"""Characters of one of them."""
INDENT = 4
EIGHTHS = " ▏▎▍▌▋▊▉█"
MOST_SURE = 0.999
"""Never 100 %: a model is never that sure."""


@dataclass(frozen=True, slots=True)
class Look:
    """``colour``: marks are colours, else brackets. ``ascii_only``: bars of ``#``. ``explains``: with the parts."""

    colour: bool = False
    ascii_only: bool = False
    explains: bool = True


def rendered_answer(
    command: NormalisedCommand, prediction: Prediction, model: CommandClassifier, look: Look
) -> RenderableType:
    """What ``model`` answered to ``command``; nothing in it can act on a terminal."""
    verdict = prediction.verdict
    lines: list[RenderableType] = [
        Text.assemble(
            (f" {TITLES[verdict]} ", COLOURS[verdict] + " reverse"), f" {percent(prediction.confidence)} sure"
        )
    ]
    if look.explains and verdict is Verdict.NORMAL and NORMAL in model.labels and isinstance(model, AdditiveClassifier):
        lines += _parts(command.text, _exact(command.text, NORMAL, model), look)
    widest = max((len(label_of(score)) for score in prediction.techniques), default=0)
    for score in prediction.techniques:
        lines.append(_ranked(score, prediction.attack_version, widest, look))
        shares = technique_shares(command.text, score, prediction, model)
        lines += _parts(command.text, shares, look, score.evidence)
    return Group(*lines)


def _ranked(score: TechniqueScore, attack_version: str, widest: int, look: Look) -> RenderableType:
    """One technique on a line: id, name and tactics, bar, probability."""
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(no_wrap=True, style="bold", width=widest)
    table.add_column(overflow="fold", ratio=1)
    table.add_column(no_wrap=True, style=COLOURS[Verdict.ATTACK], width=BAR)
    table.add_column(no_wrap=True, justify="right", width=len("99.9 %"))
    label, catalogue = label_of(score), load_catalogue(attack_version)
    name = Text(catalogue.technique(label).full_name if label in catalogue else printable(score.name))
    name.append(f"  {', '.join(score.tactics)}", style="dim")
    bar = probability_bar(score.probability, ascii_only=look.ascii_only)
    table.add_row(printable(label), name, bar, percent(score.probability))
    return table


def label_of(score: TechniqueScore) -> str:
    """The id that a score is about: the sub-technique where one stands out."""
    return score.subtechnique or score.technique


def percent(probability: float) -> str:
    """With one decimal.

    >>> percent(0.934), percent(1.0)
    ('93.4 %', '99.9 %')
    """
    return f"{100 * min(probability, MOST_SURE):.1f} %"


def probability_bar(probability: float, *, ascii_only: bool = False) -> str:
    """At most ``BAR`` cells, to an eighth of one; something is always to be seen.

    >>> probability_bar(0.5), probability_bar(0.001), probability_bar(0.5, ascii_only=True)
    ('██████', '▏', '######')
    """
    if ascii_only:
        return "#" * max(1, round(BAR * probability))
    eighths = max(1, round(8 * BAR * probability))
    whole, rest = divmod(eighths, 8)
    return (EIGHTHS[8] * whole + EIGHTHS[rest]).rstrip()


def technique_shares(
    text: str, score: TechniqueScore, prediction: Prediction, model: CommandClassifier
) -> tuple[Share, ...]:
    """What each part of ``text`` adds to a technique, by place and without overlaps.

    Exact for a model that adds up, in its own labels and ATT&CK version; else what the prediction's evidence says.
    """
    label = label_of(score)
    is_own = label in model.labels and prediction.attack_version == model.attack_version
    if is_own and isinstance(model, AdditiveClassifier):
        return _exact(text, label, model)
    return by_token(text, [Share(*part.span, text[slice(*part.span)], part.weight) for part in score.evidence])


def _in_words(evidence: Sequence[Evidence]) -> list[RenderableType]:
    """Each piece of evidence on a line, with what the knowledge says of it; nothing where no entry is behind any."""
    if all(part.kind == "text" for part in evidence):
        return []
    return [_weighed(Share(*part.span, part.text, part.weight), _why(part)) for part in evidence[:PARTS]]


def _why(part: Evidence) -> str:
    return "" if part.kind == "text" else f" {printable(part.why)}"


def _exact(text: str, label: str, model: AdditiveClassifier) -> tuple[Share, ...]:
    parts, _ = model.explain_text(text, label)
    return by_token(text, [Share(start, end, text[start:end], weight) for (start, end), weight in parts])


def _parts(text: str, shares: tuple[Share, ...], look: Look, evidence: Sequence[Evidence] = ()) -> list[RenderableType]:
    """The command with its parts marked, and the strongest with their weights; nothing where no part weighs."""
    strongest = sorted(shares, key=lambda share: -abs(share.weight))[:PARTS]
    if not look.explains or not strongest:
        return []
    weights = _in_words(evidence) or [Text(" · ", style="dim").join(_weighed(share) for share in strongest)]
    return [Padding(Group(marked(text, shares, colour=look.colour), *weights), (0, 0, 0, INDENT), expand=False)]


def _weighed(share: Share, why: str = "") -> Text:
    shown = printable(share.text[:SHOWN_PART])
    shown = shown if len(share.text) <= SHOWN_PART else f"{shown}…"
    style = SPEAKS_FOR if share.weight > 0 else SPEAKS_AGAINST
    return Text.assemble((f"{share.weight:+.2f}", style), (f" {shown}", "dim"), why)
