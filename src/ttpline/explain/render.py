"""An explanation as text: colours on a terminal, brackets elsewhere."""

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ttpline.domain.prediction import NORMAL, Prediction, Verdict
from ttpline.domain.printable import printable
from ttpline.explain.explain import by_token
from ttpline.explain.explanation import CommandExplanation, Explanation, RunnerUp, Share, Without

SHOWN_SHARES = 6
"""Parts listed for a technique; the others are summed in one line and complete in ``--json``."""
SHOWN_CHARACTERS = 2_000
"""Of the command."""
STRONG = 0.5
"""Fraction of the strongest weight from which a part is marked as strong."""
WEAK = 0.15
"""And from which it is marked at all."""
SPEAKS_FOR, SPEAKS_AGAINST = "green", "red"


def rendered(explanation: CommandExplanation, *, colour: bool) -> RenderableType:
    """The whole of it, top down: parse, answer, each technique, what would change it."""
    parts: list[RenderableType] = [_parse(explanation), _answer(explanation.prediction)]
    parts += [_technique(explanation.command.text, each, colour=colour) for each in explanation.explanations]
    if explanation.without:
        parts.append(_without(explanation.without))
    if explanation.runner_up is not None:
        parts.append(_runner_up(explanation.command.text, explanation.runner_up))
    return Group(*parts)


def _parse(explanation: CommandExplanation) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    command = explanation.command
    grid.add_row("command", Text(_cut(command.text), style="bold"))
    grid.add_row("dialect", explanation.dialect)
    if command.decoded:
        grid.add_row("decoded", " in ".join(command.decoded))
    for position, part in enumerate(command.parts, 1):
        grid.add_row(f"part {position}", Text(_cut(part)))
    return grid


def _cut(text: str) -> str:
    shown = printable(text[:SHOWN_CHARACTERS])
    return shown if len(text) <= SHOWN_CHARACTERS else f"{shown}… ({len(text):,} characters)"


def _answer(prediction: Prediction) -> RenderableType:
    style = {Verdict.ATTACK: "bold red", Verdict.NORMAL: "bold green", Verdict.UNCERTAIN: "bold yellow"}
    verdict = prediction.verdict
    line = Text.assemble(
        ("verdict  ", "dim"),
        (f"{verdict.value}", style[verdict]),
        f", {_percent(prediction.confidence)} sure",
        (f"   (model {printable(prediction.model.name)}, ATT&CK {prediction.attack_version})", "dim"),
    )
    return Padding(line, (1, 0, 0, 0))


def _technique(text: str, explanation: Explanation, *, colour: bool) -> RenderableType:
    tokens = by_token(text, explanation.shares)
    title = Text.assemble(
        (explanation.label, "bold"), f" {explanation.name}  ", (_percent(explanation.probability), "bold")
    )
    if explanation.tactics:
        title.append(f"  {', '.join(explanation.tactics)}", style="dim")
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    ranked = sorted(tokens, key=lambda share: -abs(share.weight))
    for share in ranked[:SHOWN_SHARES]:
        table.add_row(_weight(share.weight), Text(_cut(share.text)))
    rest = ranked[SHOWN_SHARES:]
    if rest:
        table.add_row(_weight(sum(share.weight for share in rest)), Text(f"{len(rest)} weaker parts", style="dim"))
    table.add_row(_weight(explanation.intercept), Text(_intercept_note(explanation), style="dim"))
    table.add_row(_weight(explanation.total, "bold"), Text(_total_note(explanation), style="bold"))
    marked = marked_colours(text, tokens) if colour else Text(marked_brackets(text, tokens))
    return Padding(Group(title, Padding(marked, (0, 0, 0, 2)), Padding(table, (0, 0, 0, 2))), (1, 0, 0, 0))


def _intercept_note(explanation: Explanation) -> str:
    if explanation.method == "additive":
        return "whatever the command: how frequent the label is in the training data"
    return "what no single part accounts for"


def _total_note(explanation: Explanation) -> str:
    if explanation.method == "additive":
        return "log-probability above the mean of all labels, exactly the sum"
    return "log-odds of the label; parts taken out one by one, so only nearly a sum"


def _weight(weight: float, style: str = "") -> Text:
    colour = SPEAKS_FOR if weight > 0 else SPEAKS_AGAINST
    return Text(f"{weight:+.2f}", style=f"{style} {colour}".strip())


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
        out.append(f"{printable(text[at : share.start])}[{sign} {printable(share.text)}]")
        at = share.end
    out.append(_cut(text[at:]))
    return "".join(out)


def marked_colours(text: str, shares: Sequence[Share]) -> Text:
    """The same in colours; strong parts are bold and underlined, so that they stand out without colour, too."""
    out, at = Text(), 0
    for share, level in _levels(shares):
        if share.start >= SHOWN_CHARACTERS:
            break
        out.append(printable(text[at : share.start]), style="dim")
        style = SPEAKS_FOR if level > 0 else SPEAKS_AGAINST
        out.append(printable(share.text), style=f"bold underline {style}" if abs(level) > 1 else style)
        at = share.end
    return out.append(_cut(text[at:]), style="dim")


def _without(tries: Sequence[Without]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for each in tries:
        table.add_row(Text(_cut(each.removed.text), style="bold"), _short_answer(each.prediction))
    return Padding(
        Group(Text("without one part, the answer is", style="bold"), Padding(table, (0, 0, 0, 2))), (1, 0, 0, 0)
    )


def _short_answer(prediction: Prediction) -> Text:
    text = Text(f"{prediction.verdict.value} {_percent(prediction.confidence)}")
    if prediction.techniques:
        best = prediction.techniques[0]
        text.append(f", {best.subtechnique or best.technique} {best.name} {_percent(best.probability)}", style="dim")
    return text


def _runner_up(text: str, runner_up: RunnerUp) -> RenderableType:
    tokens = sorted(by_token(text, runner_up.shares), key=lambda share: -abs(share.weight))[:SHOWN_SHARES]
    name = "" if runner_up.second == NORMAL else f" {runner_up.name}"
    title = Text.assemble(
        ("runner-up  ", "dim"),
        (runner_up.second, "bold"),
        f"{name}  {_percent(runner_up.probability)}",
        (f"   {runner_up.first} is ahead by {runner_up.gap:+.2f}, because of", "dim"),
    )
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for share in tokens:
        table.add_row(_weight(share.weight), Text(_cut(share.text)))
    table.add_row(_weight(runner_up.intercept), Text("whatever the command", style="dim"))
    return Padding(Group(title, Padding(table, (0, 0, 0, 2))), (1, 0, 0, 0))


def _percent(probability: float) -> str:
    return f"{100 * probability:.1f} %"


def show(explanation: CommandExplanation, console: Console) -> None:
    """Print to ``console``."""
    console.print(rendered(explanation, colour=console.is_terminal and not console.no_color))
