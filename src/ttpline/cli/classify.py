"""``ttpline classify``: telemetry in, scored commands out, in the order of the input."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from ttpline.cli import _options as options
from ttpline.cli._models import load
from ttpline.cli._reading import Reading, Work, run
from ttpline.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ttpline.columns.event_batch import EventBatch
    from ttpline.scoring.score import ScoreOptions
    from ttpline.scoring.summary import RunSummary
    from ttpline.scoring.targets import SinkSet

EPILOG = (
    "Examples:  ttpline classify /var/log/audit/audit.log   ·   "
    "ttpline classify /var/log/audit --to jsonl:out.jsonl --to csv:out.csv --jobs 4   ·   "
    "cat cmds.txt | ttpline classify --from text   ·   "
    "ttpline classify export.csv --column command_line=cmd --column host=machine   ·   "
    "ttpline classify --interactive"
)


def command(
    paths: options.Paths = None,
    format: options.From = "auto",
    to: options.To = None,
    model: options.Model = "builtin",
    top: options.Top = 3,
    min_confidence: Annotated[
        float, typer.Option(metavar="P", min=0.0, max=1.0, help="Below it the verdict is uncertain.")
    ] = 0.0,
    attack_version: options.AttackVersion = None,
    label_space: options.LabelSpace = "technique",
    platform: options.Platform = "auto",
    jobs: options.Jobs = 1,
    strict: options.Strict = False,
    skipped: options.Skipped = None,
    column: options.Columns = None,
    delimiter: options.Delimiter = None,
    header: options.Header = True,
    max_expansion: options.MaxExpansion = None,
    tz: options.Tz = "UTC",
    day_first: options.DayFirst = False,
    year: options.Year = None,
    mask: options.Mask = False,
    follow: options.Follow = False,
    state: options.State = None,
    follow_wait: options.FollowWait = 2.0,
    interactive: Annotated[
        bool, typer.Option("--interactive", "-i", help="Ask for commands at a prompt, answer each at once.")
    ] = False,
    no_history: Annotated[
        bool, typer.Option("--no-history", help="With --interactive: keep nothing of what is typed.")
    ] = False,
) -> int:
    """Read telemetry and say for every command which ATT&CK techniques it shows, how sure that is, and why."""
    if no_history and not interactive:
        raise UsageError("--no-history goes with --interactive")
    reading = Reading(
        paths or [],
        format,
        to or [],
        strict,
        skipped,
        column or [],
        delimiter,
        header,
        max_expansion,
        tz,
        day_first,
        year,
        jobs,
        mask,
        follow,
        state,
        follow_wait,
    )

    def how() -> "ScoreOptions":
        from ttpline.attack.catalogue import load_catalogue
        from ttpline.scoring.score import ScoreOptions

        return ScoreOptions(
            top_k=top,
            min_confidence=min_confidence,
            label_space=label_space,
            attack_version=load_catalogue(attack_version).version if attack_version else None,
            platform=None if platform == "auto" else platform,
            jobs=jobs,
        )

    if interactive:
        from ttpline.cli._interactive import check_flags, talk

        check_flags(reading, is_alone=platform == "auto" and jobs == 1)
        return talk(model, how(), keeps_history=not no_history)

    def prepare() -> Work:
        from ttpline.scoring.run import classify_batches

        score_options, classifier = how(), load(model)

        def work(batches: "Iterator[EventBatch]", sinks: "SinkSet", summary: "RunSummary") -> None:
            classify_batches(batches, classifier, score_options, sinks, summary, partial(load, model))

        return work

    return run(reading, prepare)
