"""Every kind of layer, in the order in which they are tried. A newcomer adds a file and a line here."""

from typing import Final

from ttpline.commands._decoding import (
    cmd,
    encoded_command,
    percent,
    posix_expansions,
    posix_pipelines,
    posix_words,
    powershell_calls,
    powershell_packed,
    powershell_strings,
    script_calls,
)
from ttpline.commands._decoding.base import LayerKind

KINDS: Final[tuple[LayerKind, ...]] = (
    cmd.SEPARATORS,
    cmd.CARET,
    cmd.QUOTES,
    cmd.VARIABLE,
    cmd.PIPE,
    posix_expansions.BRACES,
    posix_words.LAYER,
    posix_expansions.GLOB,
    posix_pipelines.LAYER,
    posix_expansions.EVAL,
    posix_expansions.SUBSTITUTION,
    posix_expansions.VARIABLE,
    posix_expansions.NESTED,
    powershell_packed.PACKED,
    powershell_calls.BACKTICK,
    powershell_calls.CONSTANT,
    powershell_calls.ALIAS,
    powershell_strings.EXPRESSION,
    powershell_calls.INVOCATION,
    powershell_calls.RUN,
    encoded_command.LAYER,
    script_calls.LAYER,
    percent.LAYER,
)
"""For each shell: what hides single words, then what puts words together, then what runs them. ``-EncodedCommand``
after PowerShell's strings, in which it may stand in pieces."""

CODE_KINDS: Final = (script_calls.LAYER,)
"""What is tried inside the code of another language's interpreter."""
