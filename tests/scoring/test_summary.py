"""The last line and the list of what was skipped."""

from ttpline.domain.skipped import SkippedRecord
from ttpline.scoring.score import score
from ttpline.scoring.summary import REASONS_SHOWN, RunSummary
from ttpline.testing.batches import batch_of
from ttpline.testing.fixed_classifier import shadow_model


def test_the_last_line_counts_events_commands_and_techniques() -> None:
    summary = RunSummary()
    batches = [batch_of(["ls", "wget a", "wget b", "ls"]), batch_of(["cat /etc/shadow", "ls"])]
    list(summary.watch(score(iter(batches), shadow_model())))
    assert summary.line(1.26) == "read 6 events (0 skipped), 4 commands, 2 techniques, 1.3 s"


def test_a_technique_that_was_not_the_verdict_is_not_counted() -> None:
    summary = RunSummary()
    batch = batch_of(["cat /etc/shadow"], [False])
    list(summary.watch(score(iter([batch]), shadow_model())))
    assert summary.techniques == set()


def test_skipped_records_are_listed_by_reason_with_samples_and_remedy() -> None:
    summary = RunSummary()
    batch = batch_of([])
    for record in range(1, 6):
        batch.skipped.add(SkippedRecord("a\x1b.log", record, "no timestamp", "type=\x1b[31m", "cut it"))
    summary.add(next(score(iter([batch]), shadow_model())))
    lines = list(summary.skipped_lines())
    assert lines == [
        "skipped 5 records:",
        "  5 × no timestamp; cut it",
        "      a\\u001b.log, record 1: type=\\u001b[31m",
        "      a\\u001b.log, record 2: type=\\u001b[31m",
    ]


def test_many_reasons_are_cut_and_said_so() -> None:
    summary = RunSummary()
    for at in range(REASONS_SHOWN + 2):
        summary.skipped.add(SkippedRecord("a", 1, f"reason {at}", ""))
    assert list(summary.skipped_lines())[-1].startswith("  and 2 more reasons")
