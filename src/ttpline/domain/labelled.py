"""Commands with a known answer: what models learn from and are judged by."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LabelledCommand:
    """One command with one label; a command that shows several techniques is several rows.

    ``label``: a technique or sub-technique id (``T1003.008``), ``Normal``, or the study's ``Z999``.
    ``group``: rows that one split must never cut (a test, an ability, a session). ``count``: times seen, > 0.
    ``origin``: the source project; ``licence``: SPDX; ``labelled_by``: source · rule · analyst.
    """

    command_line: str
    label: str
    group: str
    platform: str | None = None
    origin: str = ""
    licence: str = ""
    labelled_by: str = "source"
    count: float = 1.0

    def __post_init__(self) -> None:
        if not self.count > 0:
            raise ValueError(f"count must be positive, not {self.count}")
