"""A run of ``--follow`` that can be started quickly and killed."""

import signal
from pathlib import Path
from threading import Event

from ttpline.scoring.follow import Following, FollowState
from ttpline.scoring.run import ingest_batches
from ttpline.scoring.skipped_file import SkippedFile
from ttpline.scoring.summary import RunSummary
from ttpline.scoring.targets import Target, open_sinks
from ttpline.sinks._output import keeping
from ttpline.telemetry import _follow, _followers
from ttpline.telemetry._followers import How
from ttpline.telemetry._wanted import wanted_readers


def follow(log: str, state_path: str, out: str, format: str, wait_s: float) -> None:
    """As ``ttpline ingest log --follow --state state_path --to jsonl:out``, looking more often; SIGTERM ends it."""
    for module in (_follow, _followers):
        setattr(module, "POLL_S", 0.002)  # noqa: B010  # its own process
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    Path(f"{out}.started").touch()
    state = FollowState.load(state_path)
    targets = [Target("jsonl", out)]
    how = How(wanted_readers(format, {}, plugins=False), False, wait_s)
    with keeping(state.outputs), open_sinks(targets, [log]) as sinks:
        following = Following([log], how, sinks, SkippedFile(None), targets, state, stop)
        ingest_batches(following.batches(), sinks, RunSummary())
    Path(f"{out}.done").touch()
