"""``--follow``: a run that goes on until it is told to stop."""

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING

from ttpline.cli._plugins import plugins_wanted
from ttpline.domain.printable import printable

if TYPE_CHECKING:
    from ttpline.cli._reading import Reading, Work
    from ttpline.scoring.summary import RunSummary
    from ttpline.scoring.targets import Target

Choice = Callable[[str, str, Sequence[tuple[str, float]]], None]


def follow(
    reading: "Reading",
    paths: Sequence[str],
    targets: "Sequence[Target]",
    extra: "Sequence[Target]",
    work: "Work",
    summary: "RunSummary",
    on_choice: Choice,
) -> None:
    """Read ``paths`` as they grow until a signal ends it or every pipe has ended; ``work`` scores and writes."""
    from ttpline.scoring.follow import Following, FollowState, check_follow
    from ttpline.scoring.mask import MaskedSinks, without_secrets
    from ttpline.scoring.skipped_file import SkippedFile
    from ttpline.scoring.targets import open_sinks
    from ttpline.sinks._output import keeping
    from ttpline.telemetry._followers import How
    from ttpline.telemetry._wanted import wanted_readers

    check_follow(targets, has_state=reading.state is not None)
    state = None if reading.state is None else FollowState.load(reading.state)
    found = wanted_readers(reading.format, reading.reader_options(), plugins=plugins_wanted())
    how = How(found, reading.format == "auto", reading.follow_wait, on_choice, _tell)
    kept = {} if state is None else state.outputs
    with (
        _stopping() as stop,
        keeping(kept),
        SkippedFile(reading.skipped) as skipped,
        open_sinks(targets, paths, plugins=plugins_wanted()) as sinks,
    ):
        following = Following(paths, how, sinks, skipped, [*targets, *extra], state, stop)
        batches = following.batches()
        batches = skipped.watch(without_secrets(batches) if reading.mask else batches)
        work(batches, MaskedSinks(sinks) if reading.mask else sinks, summary)


def _tell(what: str) -> None:
    print(printable(f"ttpline: {what}"), file=sys.stderr)


@contextmanager
def _stopping() -> Iterator[Event]:
    """Set by the first Ctrl-C or SIGTERM, which so ends the run in good order; a second one interrupts it."""
    stop = Event()

    def told(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, told) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
