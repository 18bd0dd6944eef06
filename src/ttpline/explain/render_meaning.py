"""What a command means, as text: layers, parts with their options, and what the knowledge says of them."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ttpline.domain.printable import printable
from ttpline.explain.explanation import CommandExplanation
from ttpline.explain.marks import shown
from ttpline.explain.meaning import FactMeaning, LayerMeaning, Meaning, OptionMeaning, PartMeaning
from ttpline.explain.words import QUOTED, cut, quoted

SHOWN_LAYERS: Final = 8
SHOWN_PARTS: Final = 10
SHOWN_FACTS: Final = 8
"""Of one part."""
SHOWN_OPTIONS: Final = 10
SHOWN_TECHNIQUES: Final = 4
"""That one fact speaks for."""
SHOWN_LAYER: Final = 160
"""Characters of a layer before and after."""
_JOINTS: Final = {
    "pipe": "gets the output of the one before",
    "and": "if the one before succeeds",
    "or": "if the one before fails",
    "sequence": "then",
    "background": "at the same time",
    "substitution": "its output is put into the command around it",
}
_STRENGTHS: Final = {3: "strongly ", 2: "", 1: "weakly "}


def rendered_meaning(explanation: CommandExplanation) -> RenderableType:
    """The command, each layer that was undone, each part and what the knowledge says of it."""
    meaning = explanation.meaning
    grid = _grid()
    grid.add_row("command", Text(shown(_written(explanation)), style="bold"))
    grid.add_row("dialect", explanation.dialect)
    for number, layer in enumerate(meaning.layers[:SHOWN_LAYERS], 1):
        grid.add_row(f"layer {number}", _layer(layer))
    more = len(meaning.layers) - SHOWN_LAYERS
    if more > 0:
        grid.add_row("", Text(f"{more + meaning.layers_left_out:,} more layers", style="dim"))
    if meaning.layers:
        grid.add_row("decoded", Text(shown(meaning.text), style="bold"))
    lines: list[RenderableType] = [grid]
    for number, part in enumerate(meaning.parts[:SHOWN_PARTS], 1):
        lines.append(Padding(_part(number, part, is_all=part.text == meaning.text), (1, 0, 0, 0)))
    rest = max(0, len(meaning.parts) - SHOWN_PARTS) + meaning.parts_left_out
    if rest:
        lines.append(Text(f"{rest:,} more parts", style="dim"))
    if meaning.facts:
        lines.append(Padding(_whole_line(meaning), (1, 0, 0, 0)))
    return Group(*lines)


def _written(explanation: CommandExplanation) -> str:
    """As it was given; what the model reads of it may be decoded."""
    command = explanation.command
    return command.original.replace("\0", " ").strip() if command.decoded else command.text


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def _layer(layer: LayerMeaning) -> Text:
    return Text.assemble(
        (layer.kind, "bold"),
        f"  {printable(cut(layer.before, SHOWN_LAYER))}",
        ("  becomes  ", "dim"),
        printable(cut(layer.after, SHOWN_LAYER)) or "nothing",
    )


def _part(number: int, part: PartMeaning, *, is_all: bool) -> RenderableType:
    purpose = "; ".join(part.purposes) or ("" if part.is_known else "not in the knowledge")
    program = printable(cut(part.program, QUOTED)) or "no program"
    title = Text.assemble((f"part {number}  ", "dim"), (program, "bold"), f"  {printable(purpose)}")
    place = [_JOINTS[part.joint]] if part.joint in _JOINTS else []
    if part.wrappers:
        place.append(f"run by {' in '.join(printable(cut(name, QUOTED)) for name in reversed(part.wrappers))}")
    if place:
        title.append(f"  ({', '.join(place)})", style="dim")
    rows: list[RenderableType] = [] if is_all else [Text(shown(part.text), style="dim")]
    told = [option for option in part.options if option.says]
    rows += [
        Text.assemble(("option ", "dim"), f"{quoted(option.text)} {', '.join(option.says)}")
        for option in told[:SHOWN_OPTIONS]
    ]
    rows += _unknown_options(part.options)
    if part.facts:
        rows.append(_facts(part.facts))
    return Group(title, Padding(Group(*rows), (0, 0, 0, 2))) if rows else title


def _unknown_options(options: Sequence[OptionMeaning]) -> Iterator[Text]:
    unknown = list(dict.fromkeys(quoted(option.text) for option in options if not option.says))
    if unknown:
        listed = ", ".join(unknown[:SHOWN_OPTIONS])
        more = f" and {len(unknown) - SHOWN_OPTIONS} more" if len(unknown) > SHOWN_OPTIONS else ""
        yield Text(f"the knowledge says nothing of {listed}{more}", style="dim")


def _whole_line(meaning: Meaning) -> RenderableType:
    return Group(Text("the line as a whole", style="dim"), Padding(_facts(meaning.facts), (0, 0, 0, 2)))


def _facts(facts: Sequence[FactMeaning]) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for fact in facts[:SHOWN_FACTS]:
        table.add_row("-", Text.assemble(printable(fact.sentence), (spoken(fact), "dim")))
    if len(facts) > SHOWN_FACTS:
        table.add_row("-", Text(f"{len(facts) - SHOWN_FACTS} more", style="dim"))
    return table


def spoken(fact: FactMeaning) -> str:
    """For what a fact speaks, strongest first: ``: strongly T1053.005, weakly T1204.002``."""
    ranked = sorted(fact.speaks.items(), key=lambda item: (-item[1], item[0]))
    said = [
        f"{_STRENGTHS[strength]}{'ordinary work' if label == 'normal' else label}" if strength > 0 else f"not {label}"
        for label, strength in ranked
        if strength
    ]
    return f": {', '.join(said[:SHOWN_TECHNIQUES])}" if said else ""
