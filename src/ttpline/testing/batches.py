"""Small batches of events for tests."""

from collections.abc import Sequence

from ttpline.columns.event_batch import EventBatch, event_frame


def batch_of(commands: Sequence[str], success: Sequence[bool | None] | None = None) -> EventBatch:
    """One event a command."""
    rows = len(commands)
    source = {"format": "text", "uri": "-", "record": 1, "offset": 0, "length": 1}
    columns: dict[str, list[object]] = {
        "event_id": [f"e{at}" for at in range(rows)],
        "command_line": list(commands),
        "argv": [[command] for command in commands],
        "origin": ["input"] * rows,
        "complete": [True] * rows,
        "success": list(success) if success is not None else [None] * rows,
        "source": [source] * rows,
    }
    return EventBatch(event_frame(dict(columns), rows), records_read=rows)
