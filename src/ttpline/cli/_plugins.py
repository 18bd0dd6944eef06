"""Whether plugins are used: one switch a process, set by ``--no-plugins``."""

import os

VARIABLE = "TTPLINE_NO_PLUGINS"
"""Also a setting: any value but the empty one turns plugins off. Worker processes inherit it."""


def turn_off() -> None:
    """No entry points from here on."""
    os.environ[VARIABLE] = "1"


def plugins_wanted() -> bool:
    """Whether registries should look for plugins."""
    return not os.environ.get(VARIABLE)
