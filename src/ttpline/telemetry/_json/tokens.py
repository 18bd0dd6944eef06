"""The tokens by which JSON text is cut into objects without being read."""

import re

QUOTE = 0x22

TOKEN = re.compile(rb'"(?:[^"\\\n]++|\\.)*+"|[{}\[\]]')
"""A string never goes over a line end in JSON; so a stray quote costs one line."""

COMMA_TOKEN = re.compile(rb'"(?:[^"\\\n]++|\\.)*+"|[{}\[\],]')

OPEN_STRING = re.compile(rb'"(?:[^"\\\n]++|\\.)*+\\?\Z')
