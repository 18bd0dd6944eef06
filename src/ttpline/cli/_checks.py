"""The checks of ``doctor``; each is tried whatever became of the others."""

import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from ttpline.cli.exit_codes import ExitCode, exit_code
from ttpline.errors import ConfigError, TtplineError

OLDEST, NEWEST = (3, 11), (3, 13)
"""Versions of Python that every change is tested on."""

SAMPLE = "cat /etc/shadow"
"""Classified by the check; what it says depends on the model, that it says something does not."""


@dataclass(frozen=True, slots=True)
class Check:
    """``found`` is what there is, or why it is broken; ``code`` is the exit code when it is."""

    name: str
    is_ok: bool
    found: str
    code: ExitCode = ExitCode.DONE


def run_checks(model: str) -> list[Check]:
    """Every check, in the order in which one depends on the other."""
    checks: list[tuple[str, Callable[[], str]]] = [
        ("ttpline", _package),
        ("python", _python),
        ("libraries", _libraries),
        ("ATT&CK", _catalogues),
        ("formats", _formats),
        ("model", lambda: _model(model)),
        ("classify", lambda: _classified(model)),
        ("terminal", _terminal),
        ("threads", _threads),
    ]
    return [_checked(name, check) for name, check in checks]


def _checked(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name, True, check())
    except TtplineError as error:
        return Check(name, False, str(error), exit_code(error))
    except Exception as error:  # a broken library may raise anything, and finding that out is the job
        return Check(name, False, f"{type(error).__name__}: {error}", ExitCode.USAGE)


def _package() -> str:
    from ttpline import __file__, __version__

    return f"{__version__} in {Path(__file__ or '.').parent}"


def _python() -> str:
    found = f"{platform.python_version()} {platform.python_implementation()} on {platform.platform()}"
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        raise ConfigError(f"{found} is not tested", remedy="use Python 3.11, 3.12 or 3.13")
    return found


def _libraries() -> str:
    found, missing = [], []
    for requirement in requires("ttpline") or []:
        if ";" in requirement:  # an extra, which need not be there
            continue
        name = requirement.split(">")[0].split("=")[0].strip()
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        raise ConfigError(f"not installed: {', '.join(missing)}", remedy="install ttpline again")
    return ", ".join(found)


def _catalogues() -> str:
    from ttpline.attack.catalogue import available_versions, load_catalogue

    known = [load_catalogue(name) for name in available_versions()]
    return ", ".join(f"{each.version} ({sum(1 for _ in each.techniques_in_use())} techniques)" for each in known)


def _formats() -> str:
    from ttpline.cli._plugins import plugins_wanted
    from ttpline.sinks.base import sinks
    from ttpline.telemetry.base import readers

    reading, writing = readers(plugins=plugins_wanted()), sinks(plugins=plugins_wanted())
    for name in reading.names():
        reading.get(name)
    for name in writing.names():
        writing.get(name)
    return f"read {', '.join(reading.names())}; write {', '.join(writing.names())}"


def _model(name: str) -> str:
    from ttpline.cli._models import load

    model = load(name)
    return f"{model.ref.name}, {model.family}, {len(model.labels)} labels, {model.ref.digest} verified"


def _classified(name: str) -> str:
    from ttpline.cli._models import load

    prediction = load(name).predict([SAMPLE])[0]
    best = prediction.techniques[0] if prediction.techniques else None
    technique = "no technique" if best is None else best.subtechnique or best.technique
    return f"{SAMPLE!r} is {prediction.verdict.value} ({prediction.confidence:.2f}), {technique}"


def _terminal() -> str:
    streams = {"stdin": sys.stdin, "stdout": sys.stdout, "stderr": sys.stderr}
    terminals = [name for name, stream in streams.items() if stream is not None and stream.isatty()]
    colours = "no colours (NO_COLOR)" if os.environ.get("NO_COLOR") else f"TERM={os.environ.get('TERM', 'unset')}"
    where = f"terminal on {', '.join(terminals)}" if terminals else "no terminal"
    return f"{where}, {colours}, {sys.stdout.encoding}"


def _threads() -> str:
    import polars as pl

    return f"{os.cpu_count()} cores, polars uses {pl.thread_pool_size()} threads"
