"""``ttpline ingest``: telemetry in, canonical events out, no model."""

from ttpline.cli import _options as options
from ttpline.cli._reading import Reading, Work, run

EPILOG = (
    "Examples:  ttpline ingest /var/log/audit/audit.log --to jsonl:events.jsonl   ·   "
    "ttpline ingest logs/ --to parquet:events.parquet   ·   zcat audit.log.gz | ttpline ingest --from auditd"
)


def command(
    paths: options.Paths = None,
    format: options.From = "auto",
    to: options.To = None,
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
) -> int:
    """Read telemetry and write one event an execution: who ran what, when, where from, exactly as logged."""
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

    def prepare() -> Work:
        from ttpline.scoring.run import ingest_batches

        return ingest_batches

    return run(reading, prepare, only_events=True)
