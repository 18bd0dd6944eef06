"""A text that goes to a file or to stdout, and which form it has by the file's name."""

import sys
from pathlib import Path

from ttpline.errors import SinkError, UsageError

_BY_SUFFIX = {".html": "html", ".htm": "html", ".md": "md", ".json": "json"}


def form_of(asked: str | None, output: Path | None) -> str:
    """The form that was asked for, else by the name of ``output``, else ``table``; tables go to stdout only."""
    form = asked or ("table" if output is None else _BY_SUFFIX.get(output.suffix.lower(), ""))
    if not form:
        raise UsageError(f"{output}: its name does not say a form", remedy="add --to md, json or html")
    if form == "table" and output is not None:
        raise UsageError("a table goes to the terminal", remedy="use --to md, json or html with -o")
    return form


def write_text(text: str, output: Path | None) -> None:
    """To ``output`` as UTF-8, else to stdout."""
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SinkError(
            f"cannot be written: {error.strerror or error}", where=str(output), remedy="choose another file"
        ) from error
