"""An explanation as text: colours on a terminal, brackets elsewhere."""

from collections.abc import Sequence
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ttpline.domain.prediction import NORMAL, Prediction, TechniqueScore, Verdict
from ttpline.domain.printable import printable
from ttpline.explain.explanation import CommandExplanation, Explanation, Reason, RunnerUp, Share, Without
from ttpline.explain.marks import marked, weight_text
from ttpline.explain.render_meaning import rendered_meaning
from ttpline.explain.shares import by_token
from ttpline.explain.words import QUOTED, cut, quoted

SHOWN_SHARES: Final = 4
"""Parts listed for a technique; the others are summed in one line and complete in ``--json``."""
SHOWN_UNCHANGED: Final = 3
"""Tries that change nothing."""
SHOWN_CHANGED: Final = 6
_STYLES: Final = {Verdict.ATTACK: "bold red", Verdict.NORMAL: "bold green", Verdict.UNCERTAIN: "bold yellow"}
_ABOVE: Final = (1, 0, 0, 0)
_INDENTED: Final = (0, 0, 0, 2)


def rendered(explanation: CommandExplanation, *, colour: bool) -> RenderableType:
    """The whole of it, top down: what it means, answer, each technique, the runner-up, what would change it."""
    scores = {score.subtechnique or score.technique: score for score in explanation.prediction.techniques}
    text = explanation.command.text
    parts: list[RenderableType] = [rendered_meaning(explanation), _answer(explanation)]
    parts += [_technique(text, each, scores.get(each.label), colour=colour) for each in explanation.explanations]
    if explanation.runner_up is not None:
        parts.append(_runner_up(explanation.runner_up))
    if explanation.without:
        parts.append(_tries(explanation.without))
    return Group(*parts)


def _answer(explanation: CommandExplanation) -> RenderableType:
    prediction = explanation.prediction
    line = Text.assemble(
        ("verdict  ", "dim"),
        (prediction.verdict.value, _STYLES[prediction.verdict]),
        f", {_percent(prediction.confidence)} sure",
        (f"   (model {printable(prediction.model.name)}, ATT&CK {prediction.attack_version})", "dim"),
    )
    return Padding(Group(line, *(Text(printable(note)) for note in explanation.notes)), _ABOVE)


def _technique(text: str, explanation: Explanation, score: TechniqueScore | None, *, colour: bool) -> RenderableType:
    is_exact = explanation.method == "additive"
    shares = by_token(text, explanation.shares) if is_exact else explanation.shares
    title = Text.assemble(
        (explanation.label, "bold"), f" {printable(explanation.name)}  ", (_percent(explanation.probability), "bold")
    )
    if score is not None and _percent(score.probability) != _percent(explanation.probability):
        title.append(f" ({score.technique} as a whole {_percent(score.probability)})")
    if explanation.tactics:
        title.append(f"  {', '.join(explanation.tactics)}", style="dim")
    lines: list[RenderableType] = [_reasons(explanation.reasons)] if explanation.reasons else []
    if not explanation.reasons:
        lines.append(Text("the model gives no evidence for it", style="dim"))
    lines.append(marked(text, shares, colour=colour))
    if is_exact:
        lines.append(_sum(explanation, shares))
    return Padding(Group(title, *(Padding(line, _INDENTED) for line in lines)), _ABOVE)


def _reasons(reasons: Sequence[Reason]) -> Table:
    table = _weights()
    for reason in reasons:
        table.add_row(weight_text(reason.weight), Text(printable(reason.sentence)))
    return table


def _weights() -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _sum(explanation: Explanation, shares: Sequence[Share]) -> Table:
    """The strongest parts, the others, and what every command gets, up to the total."""
    table = _weights()
    ranked = sorted(shares, key=lambda share: -abs(share.weight))
    for share in ranked[:SHOWN_SHARES]:
        table.add_row(weight_text(share.weight), Text(quoted(share.text)))
    rest = ranked[SHOWN_SHARES:]
    if rest:
        table.add_row(weight_text(sum(share.weight for share in rest)), Text(f"{len(rest)} weaker parts", style="dim"))
    note = "whatever the command: how frequent the label is in the training data"
    table.add_row(weight_text(explanation.intercept), Text(note, style="dim"))
    total = "log-probability above the mean of all labels, exactly the sum"
    table.add_row(weight_text(explanation.total, "bold"), Text(total, style="bold"))
    return table


def _runner_up(runner_up: RunnerUp) -> RenderableType:
    name = "" if runner_up.second == NORMAL else f" {printable(runner_up.name)}"
    title = Text.assemble(
        ("runner-up  ", "dim"),
        (runner_up.second, "bold"),
        f"{name}  {_percent(runner_up.probability)}",
        (f"   {runner_up.first} is ahead by {runner_up.gap:+.2f}; what separates them", "dim"),
    )
    if not runner_up.reasons:
        return Padding(Group(title, Padding(Text("no single part", style="dim"), _INDENTED)), _ABOVE)
    return Padding(Group(title, Padding(_reasons(runner_up.reasons), _INDENTED)), _ABOVE)


def _tries(tries: Sequence[Without]) -> RenderableType:
    changed = [one for one in tries if one.changes][:SHOWN_CHANGED]
    same = [one for one in tries if not one.changes][:SHOWN_UNCHANGED]
    lines: list[RenderableType] = [Text("what would change the answer", style="bold")]
    if not changed:
        lines[0] = Text("no single part changes the answer", style="bold")
    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for one in [*changed, *same]:
        table.add_row(_taken_out(one), _short_answer(one.prediction, changes=one.changes))
    return Padding(Group(*lines, Padding(table, _INDENTED)), _ABOVE)


def _taken_out(one: Without) -> Text:
    if one.what == "encoding":
        return Text("written plainly, without the encoding")
    return Text.assemble("without ", (quoted(one.removed.text.strip()), "bold"))


def _short_answer(prediction: Prediction, *, changes: bool) -> Text:
    text = Text("" if changes else "still ", style="dim")
    text.append(f"{prediction.verdict.value} {_percent(prediction.confidence)}", style="" if changes else "dim")
    if prediction.techniques:
        best = prediction.techniques[0]
        label = best.subtechnique or best.technique
        text.append(f", {label} {printable(cut(best.name, QUOTED))} {_percent(best.probability)}", style="dim")
    return text


def _percent(probability: float) -> str:
    return f"{100 * probability:.1f} %"


def show(explanation: CommandExplanation, console: Console) -> None:
    """Print to ``console``."""
    console.print(rendered(explanation, colour=console.is_terminal and not console.no_color))
