"""Windows events, in whatever form they were exported: which of them are commands, and what they say."""

from ttpline.telemetry._windows.event import WindowsEvent
from ttpline.telemetry._windows.rows import WindowsRows

__all__ = ["WindowsEvent", "WindowsRows"]
