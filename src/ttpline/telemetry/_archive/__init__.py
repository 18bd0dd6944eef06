"""Archives as they are: their members one after another, in bounded memory; nothing is written beside them."""

from typing import NamedTuple


class Refused(NamedTuple):
    """A member that is not read: ``reason`` is of fixed wording."""

    name: str
    reason: str
    remedy: str | None = None
