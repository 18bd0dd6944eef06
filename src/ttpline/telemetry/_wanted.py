"""The readers that a user asks for: by name or all of them, with the options that they have."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, cast

from ttpline.errors import UsageError
from ttpline.telemetry._late import Candidate, candidates
from ttpline.telemetry._sniff import AUTO
from ttpline.telemetry.base import TelemetryReader, readers


def wanted_readers(format: str, options: Mapping[str, Any], *, plugins: bool) -> list[TelemetryReader]:
    """The reader ``format``, or all of them for ``auto``; ``UsageError`` for an option that none has."""
    registry = readers(plugins=plugins)
    names = registry.names() if format == AUTO else [format]
    found = [registry.get(name) for name in names]
    known = {name for reader in found for name in _option_names(reader)}
    unknown = sorted(options.keys() - known)
    if unknown:
        raise UsageError(f"{format} takes no option {', '.join(unknown)}", remedy="see ttpline formats")
    return [_with_options(reader, options) for reader in found]


def wanted_candidates(format: str, options: Mapping[str, Any], *, plugins: bool) -> Sequence[Candidate]:
    """The same, those not imported that cannot have a file; whoever gives options gets all of them at once."""
    if format == AUTO and not options:
        return candidates(readers(plugins=plugins))
    return wanted_readers(format, options, plugins=plugins)


def _option_names(reader: TelemetryReader) -> set[str]:
    """A reader that is a dataclass has its fields as options; its name and description are none."""
    if not dataclasses.is_dataclass(reader):
        return set()
    return {field.name for field in dataclasses.fields(reader) if field.init} - {"name", "description"}


def _with_options(reader: TelemetryReader, options: Mapping[str, Any]) -> TelemetryReader:
    mine = {name: value for name, value in options.items() if name in _option_names(reader)}
    return cast(TelemetryReader, dataclasses.replace(cast(Any, reader), **mine)) if mine else reader
