"""How a tally looks: pure functions from counts to what rich draws."""

from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ttpline.attack.catalogue import DEFAULT_VERSION, load_catalogue
from ttpline.domain.prediction import Evidence, Prediction, Verdict
from ttpline.domain.printable import printable
from ttpline.sinks._tally import Line, Tally, TechniqueTally

COLOURS = {Verdict.ATTACK: "bold red", Verdict.UNCERTAIN: "yellow", Verdict.NORMAL: "green"}
TITLES = {Verdict.ATTACK: "ATTACK", Verdict.UNCERTAIN: "UNCERTAIN", Verdict.NORMAL: "NORMAL"}
HEADINGS = {Verdict.ATTACK: "attack", Verdict.UNCERTAIN: "likely"}
"""Over the confidence of the verdict attack, and over the probability of the technique."""
TITLE_HINTS = {
    Verdict.ATTACK: "",
    Verdict.UNCERTAIN: " · neither clearly attack nor normal",
}
REASONS = 2
"""Reasons under a command; all of them are in the JSON."""
WORDS = 3
"""Words named in the last of them."""
STATISTICAL = "text"
"""Evidence whose reason is always the same: the training data."""
SHOWN_PART = 40
"""Characters of a part named in a reason."""
COMMAND_LINES = 3
"""Screen lines a command may take before it is cut."""
NARROW = 100
"""Below this many columns, host and user stand in the line of the reasons instead of a column."""
BAR = 12
"""Cells of the longest bar."""


def attack_lines(tally: Tally, verdict: Verdict, width: int) -> Iterator[RenderableType]:
    """The title and the table of one verdict; nothing when there is none."""
    lines = list(tally.lines[verdict].values())
    if not lines:
        return
    events = tally.events[verdict]
    title = Text.assemble(
        (f" {TITLES[verdict]} ", COLOURS[verdict] + " reverse"),
        (f"  {_many(tally.distinct[verdict].total, 'command')}, {_many(events, 'event')}", "bold"),
        (TITLE_HINTS[verdict], "dim"),
    )
    yield Padding(title, (1, 0, 0, 0))
    yield _lines_table(lines, verdict, width)
    hidden = tally.hidden_events[verdict]
    if hidden:
        yield Text(
            f"… and {_many(hidden, 'event')} of less likely commands; all of them: --to jsonl:out.jsonl", style="italic"
        )


def _lines_table(lines: list[Line], verdict: Verdict, width: int) -> Table:
    is_wide = width >= NARROW
    has_place = any(line.host or line.user for line in lines)
    table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False, show_edge=False, header_style="bold dim")
    has_time = any(line.time for line in lines)
    if has_time:
        table.add_column("time (UTC)", no_wrap=True, style="dim")
    if is_wide and has_place:
        table.add_column("who", overflow="fold", max_width=20)
    table.add_column("command and reasons", ratio=3, overflow="fold")
    table.add_column("technique", ratio=2, overflow="fold", min_width=20)
    table.add_column(HEADINGS[verdict], justify="right", no_wrap=True, style=COLOURS[verdict])
    day = ""
    for line in lines:
        cells: list[RenderableType] = []
        if has_time:
            cells.append(Text(_short_time(line.time, day)))
            day = line.time[:10] or day
        place = _place(line) if has_place else ""
        if is_wide and has_place:
            cells.append(Text(place, style="cyan"))
        cells += [_command(line, "" if is_wide else place, width), _technique(line.prediction, is_wide=is_wide)]
        cells.append(Text(_figure(line.prediction)))
        table.add_row(*cells)
    return table


def _short_time(time: str, day: str) -> str:
    """The day only where it changes."""
    if not time:
        return "–"
    clock = time[11:19]
    return clock if time[:10] == day else f"{time[:10]}\n{clock}"


def _place(line: Line) -> str:
    return f"{line.user or '?'}@{line.host}" if line.host else line.user


def _command(line: Line, place: str, width: int) -> RenderableType:
    room = max(40, width // 2) * COMMAND_LINES
    shown = line.command if len(line.command) <= room else f"{line.command[: room - 1]}…"
    text = Text(shown, style="bold")
    if line.times > 1:
        text.append(f"  ×{line.times:,}", style="not bold magenta")
    reasons = [Text(reason, style="dim") for reason in _reasons(line.prediction)]
    if place:
        who = Text(place, style="cyan")
        reasons[:1] = [Text.assemble(who, "  ", *reasons[:1])]
    return Group(text, *(Padding(reason, (0, 0, 0, 1)) for reason in reasons))


def _reasons(prediction: Prediction) -> list[str]:
    """What somebody knows, a line each; the words that only the training data speaks for, together in one."""
    evidence = prediction.techniques[0].evidence if prediction.techniques else ()
    speaking = [part for part in evidence if part.weight > 0]
    known = [f"{_short(part)}: {printable(part.why)}" for part in speaking if part.kind != STATISTICAL]
    words = [_short(part) for part in speaking if part.kind == STATISTICAL]
    return known[:REASONS] + ([f"because of {' · '.join(words[:WORDS])}"] if words else [])


def _short(part: Evidence) -> str:
    text = printable(part.text)
    return text if len(text) <= SHOWN_PART else f"{text[: SHOWN_PART - 1]}…"


def _technique(prediction: Prediction, *, is_wide: bool) -> Text:
    if not prediction.techniques:
        return Text("–")
    best = prediction.techniques[0]
    technique = best.subtechnique or best.technique
    name = _shown_name(technique, best.name, prediction.attack_version, is_wide=is_wide)
    text = Text.assemble((technique, "bold"), f" {name}")
    text.append(f"\n{', '.join(best.tactics)}", style="dim")
    if prediction.verdict is Verdict.ATTACK:
        text.append(f" · {_percent(best.probability)}", style="dim")
    return text


def _figure(prediction: Prediction) -> str:
    """How sure the attack is; of an uncertain command, how likely the technique."""
    if prediction.verdict is Verdict.ATTACK or not prediction.techniques:
        return _percent(prediction.confidence)
    return _percent(prediction.techniques[0].probability)


def _shown_name(technique: str, name: str, attack_version: str, *, is_wide: bool) -> str:
    """With the name of the parent where there is room; ``name`` where the catalogue does not know the id."""
    catalogue = load_catalogue(attack_version)
    if technique not in catalogue:
        return name
    found = catalogue.technique(technique)
    return found.full_name if is_wide else found.name


def tactic_summary(tally: Tally, width: int) -> RenderableType:
    """Techniques of the attacks under their tactics, in the order of the matrix; a bar shows the share of events."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold dim")
    table.add_column("tactic", no_wrap=True)
    table.add_column("technique", overflow="fold")
    table.add_column("commands", justify="right")
    table.add_column("events", justify="right")
    table.add_column("", no_wrap=True)
    version = tally.attack_version or DEFAULT_VERSION
    most = max(technique.events for technique in tally.techniques.values())
    for tactic, techniques in _by_tactic(tally):
        for position, (technique, counts) in enumerate(techniques):
            bar = "█" * max(1, round(BAR * counts.events / most))
            full_name = _shown_name(technique, counts.name, version, is_wide=width >= NARROW)
            name = Text.assemble((technique, "bold"), f" {full_name}")
            first = Text(tactic if position == 0 else "", style="bold cyan")
            table.add_row(first, name, f"{counts.distinct.total:,}", f"{counts.events:,}", Text(bar, style="red"))
    title = Text.assemble((" ATT&CK ", "bold reverse"), (f"  {tally.attack_version}: attacks by tactic", "bold"))
    return Group(Padding(title, (1, 0, 0, 0)), table)


def _by_tactic(tally: Tally) -> Iterator[tuple[str, list[tuple[str, TechniqueTally]]]]:
    """A technique of several tactics stands under the first of them that the matrix has."""
    tactics = load_catalogue(tally.attack_version or DEFAULT_VERSION).tactics
    order = {tactic.shortname: position for position, tactic in enumerate(tactics)}
    names = {tactic.shortname: tactic.name for tactic in tactics}
    groups: dict[str, list[tuple[str, TechniqueTally]]] = {}
    for technique, counts in tally.techniques.items():
        first = min(counts.tactics, key=lambda name: order.get(name, len(order)), default="")
        groups.setdefault(first, []).append((technique, counts))
    for shortname in sorted(groups, key=lambda name: (order.get(name, len(order)), name)):
        ranked = sorted(groups[shortname], key=lambda item: (-item[1].events, item[0]))
        yield names.get(shortname, shortname or "no tactic"), ranked


def verdict_counts(tally: Tally) -> RenderableType:
    """One closing line: what was attack, uncertain, normal, and what ran nothing."""
    parts = [
        Text(f"{tally.events[verdict]:,} {TITLES[verdict].lower()}", style=COLOURS[verdict])
        for verdict in (Verdict.ATTACK, Verdict.UNCERTAIN, Verdict.NORMAL)
    ]
    if tally.failed:
        parts.append(Text(f"{tally.failed:,} failed to start and were not scored", style="dim"))
    return Padding(Text.assemble("events: ", Text(" · ").join(parts)), (1, 0, 0, 0))


def _percent(probability: float) -> str:
    """Never 100 %: a model is never that sure."""
    return f"{min(99, round(100 * probability))}%"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
