"""What a run costs: seconds, memory, size. Measured, so different each time, and therefore no part of a model's digest.

Training is measured in the process that trains; scoring in a process of its own (``scoring_cost.py``), because memory
that one model took is never given back to the next.
"""

import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import msgspec

from ttpline.errors import DatasetError
from ttpline.models._document import MEASURED_FILE, MOST_MEASURED_BYTES

COST_FILE: Final = MEASURED_FILE
_LIBRARIES = ("numpy", "scipy", "scikit-learn", "polars", "torch", "onnxruntime")
_HEADER_BYTES = 8
_MOST_HEADER_BYTES = 100_000_000  # safetensors' own limit
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Cost:
    """None is what was not measured.

    ``training_seconds``: fitting the model that was saved. ``run_seconds``: with folds, figures and pictures.
    ``peak_memory_mib``: the most memory of the process that ran, all of it. ``scoring_…``: a new process that loads
    the model and scores ``scoring_commands`` commands at once, the fastest of a few passes. ``size_bytes``: the
    folder's files without this one. ``parameters``: numbers in its weight files. ``machine`` is where scoring was
    measured, ``training_machine`` where the model was trained.
    """

    training_seconds: float | None = None
    run_seconds: float | None = None
    peak_memory_mib: float | None = None
    load_seconds: float | None = None
    scoring_seconds_per_1000: float | None = None
    scoring_memory_mib: float | None = None
    scoring_commands: int | None = None
    size_bytes: int | None = None
    parameters: int | None = None
    machine: Mapping[str, Any] = field(default_factory=dict)
    training_machine: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {name: round(part, 6) if isinstance(part, float) else part for name, part in asdict(self).items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Cost":
        return cls(**{name: data[name] for name in cls.__slots__ if name in data})

    def or_else(self, other: "Cost | None") -> "Cost":
        """What ``other`` measured, in the place of what this one did not."""
        if other is None:
            return self
        missing = {name: getattr(other, name) for name in self.__slots__ if getattr(self, name) in (None, {})}
        return replace(self, **missing)


class _Document(msgspec.Struct, forbid_unknown_fields=False):
    """The types of ``cost.json``; names that a later version adds are left alone."""

    training_seconds: float | None = None
    run_seconds: float | None = None
    peak_memory_mib: float | None = None
    load_seconds: float | None = None
    scoring_seconds_per_1000: float | None = None
    scoring_memory_mib: float | None = None
    scoring_commands: int | None = None
    size_bytes: int | None = None
    parameters: int | None = None
    machine: dict[str, str | int | dict[str, str]] = {}
    training_machine: dict[str, str | int | dict[str, str]] = {}


def write_cost(cost: Cost, folder: Path) -> None:
    (folder / COST_FILE).write_text(json.dumps(cost.to_dict(), indent=1) + "\n", encoding="utf-8")


def read_cost(folder: Path) -> Cost | None:
    """The cost that a run left; None if it left none, ``DatasetError`` if it cannot be read."""
    path = folder / COST_FILE
    if not path.exists():
        return None
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MOST_MEASURED_BYTES:
            raise DatasetError("is no ordinary small file", where=str(path), remedy="remove it")
        return Cost.from_dict(msgspec.to_builtins(msgspec.json.decode(path.read_bytes(), type=_Document)))
    except (OSError, msgspec.MsgspecError) as error:
        raise DatasetError(f"cannot be read: {error}", where=str(path), remedy="remove it") from error


def size_of(folder: Path) -> tuple[int, int]:
    """Bytes of all files of a model folder but its ``cost.json``, and the numbers in its weight files."""
    files = [path for path in sorted(folder.iterdir()) if path.name != COST_FILE and path.is_file()]
    return sum(path.stat().st_size for path in files), sum(
        _numbers_in(path) for path in files if path.suffix == ".safetensors"
    )


def _numbers_in(path: Path) -> int:
    """How many numbers a safetensors file holds, by its header; the folder's digests were checked before."""
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(_HEADER_BYTES), "little")
        header = msgspec.json.decode(stream.read(min(length, _MOST_HEADER_BYTES)))
    total = 0
    for name, entry in header.items():
        if name != "__metadata__":
            numbers = 1
            for side in entry["shape"]:
                numbers *= side
            total += numbers
    return total


def peak_memory_mib() -> float | None:
    """The most memory this process has held so far, in MiB; None where the system does not say.

    Linux says it in ``/proc``. What ``getrusage`` says there begins with the peak of the process that started this one.
    """
    try:
        for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024  # kB
    except OSError:
        pass  # not Linux
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (_MIB if sys.platform == "darwin" else 1024)


def machine(libraries: Sequence[str] = _LIBRARIES) -> dict[str, Any]:
    """What the figures were measured on: processor, cores this process may use, system, versions."""
    versions: dict[str, str] = {}
    for name in libraries:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return {
        "cpu": _cpu(),
        "cores": cores,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": versions,
    }


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass  # not Linux
    return platform.processor() or platform.machine()
