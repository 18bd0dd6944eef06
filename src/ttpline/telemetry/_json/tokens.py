"""The tokens by which JSON text is cut into objects without being read."""

import re

QUOTE = 0x22

TOKEN = re.compile(rb'"(?:[^"\\\n]++|\\.)*+(")?|[{}\[\]]')
"""A string, or a bracket. A string never goes over a line end in JSON, so a stray quote costs one line; without its
closing quote (group 1) it is taken up to there all the same, so that no byte is looked at twice."""

COMMA_TOKEN = re.compile(TOKEN.pattern.replace(rb"\]]", rb"\],]"))


def is_open(found: re.Match[bytes]) -> bool:
    """Whether a string has no closing quote."""
    return found.start(1) < 0
