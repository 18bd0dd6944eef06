"""Run the notebooks in place, so that what they show is what they give: cells are the source, outputs are made.

.venv/bin/python scripts/build_notebooks.py           run and write all (make notebooks)
.venv/bin/python scripts/build_notebooks.py --check   exit 1 if a kept text output is not that of a fresh run

They run on samples/commands.csv; nothing that differs from run to run or machine to machine is kept.
"""

import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
CELL_SECONDS: Final = 300
NEEDS: Final[Mapping[str, tuple[str, ...]]] = {"03_dl_lstm.ipynb": ("torch", "onnxruntime")}
"""Packages that only one of them needs; without them it is left as it is."""

_KERNEL: Final = {
    "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
    "language_info": {"name": "python"},
}
"""The same wherever it ran: no version of Python, no path."""

DEPENDS: Final = "depends-on-processor"
"""A cell whose figures are the same on each run here, but not on a processor with other vector instructions."""

PICTURE: Final = "image/svg+xml"
_TEXTS: Final = ("text/markdown", "text/plain")


def notebooks() -> list[Path]:
    """All of them, in reading order."""
    return sorted(NOTEBOOKS.glob("*.ipynb"))


def lacks(path: Path) -> list[str]:
    """Packages that the notebook needs and this environment does not have."""
    return [name for name in NEEDS.get(path.name, ()) if importlib.util.find_spec(name) is None]


def read(path: Path) -> Any:
    """The notebook as it is kept."""
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def _node(content: Mapping[str, Any]) -> Any:
    return nbformat.from_dict(dict(content))  # type: ignore[no-untyped-call]


def run_notebook(path: Path) -> Any:
    """A copy of the notebook with the outputs of a fresh run, without anything volatile.

    ``CellExecutionError`` for the first cell that fails. What is on standard error is not kept: it names paths.
    """
    book = read(path)
    with _own_ipython() as folder:
        client = NotebookClient(
            book,
            config=_transport(folder),
            timeout=CELL_SECONDS,
            kernel_name="python3",
            record_timing=False,
            resources={"metadata": {"path": str(path.parent)}},
        )
        client.execute()
    return _cleaned(book)


@contextmanager
def _own_ipython() -> Iterator[str]:
    """IPython with settings and history of its own, so that a user's own start-up files change nothing."""
    old = os.environ.get("IPYTHONDIR")
    with tempfile.TemporaryDirectory(prefix="ttpline-ipython-") as folder:
        os.environ["IPYTHONDIR"] = folder
        try:
            yield folder
        finally:
            if old is None:
                del os.environ["IPYTHONDIR"]
            else:
                os.environ["IPYTHONDIR"] = old


def _transport(folder: str) -> Config:
    """Sockets in a folder of ours where the system has them: a kernel runs what it is told, so no port is opened."""
    if os.name == "nt":
        return Config()
    return Config({"KernelManager": {"transport": "ipc", "ip": f"{folder}/kernel"}})


def _cleaned(book: Any) -> Any:
    book.metadata = _node(_KERNEL)
    number = 0
    for cell in book.cells:
        cell.metadata = _node({key: cell.metadata[key] for key in ("tags",) if key in cell.metadata})
        if cell.cell_type != "code":
            continue
        number += 1
        cell.execution_count = number
        cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
        for output in cell.outputs:
            if "metadata" in output:
                output.metadata = _node({})
            if "execution_count" in output:
                output.execution_count = number
            if {"text/markdown", PICTURE} & set(output.get("data", {})):
                output.data.pop("text/plain", None)  # only says that there is something better
    return book


def texts(book: Any) -> list[tuple[str, str]]:
    """(cell, text) of every text output that has to be the same everywhere.

    Pictures are left out, since versions draw differently, and cells tagged ``DEPENDS``: a network is trained there.
    """
    found = []
    for cell in book.cells:
        if DEPENDS in cell.metadata.get("tags", ()):
            continue
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if PICTURE in data:
                continue
            found += [(cell.id, data[kind]) for kind in _TEXTS if kind in data]
            found += [(cell.id, output.text)] if "text" in output else []
    return found


def main(arguments: Sequence[str]) -> int:
    """Run all; 1 when one fails or, with ``--check``, is out of date."""
    failed = 0
    for path in notebooks():
        missing = lacks(path)
        if missing:
            print(f"{path.name}: left as it is, {' and '.join(missing)} not installed", file=sys.stderr)
            continue
        try:
            made = run_notebook(path)
        except CellExecutionError as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            failed = 1
            continue
        if "--check" not in arguments:
            nbformat.write(made, path)  # type: ignore[no-untyped-call]
            print(path.name)
        elif texts(made) != texts(read(path)):
            print(f"{path.name} is out of date: run make notebooks", file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
