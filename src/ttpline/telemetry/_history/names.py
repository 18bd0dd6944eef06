"""Names that histories have, also when somebody has gathered, rotated or packed them."""

import re

_GATHERED = re.compile(r"(?:[-.~](?:\d[\dT:_]*|old|bak|backup|orig|save|txt|log|gz|bz2|xz|zst|zstd))*~?", re.ASCII)
"""What may stand behind a history's name and leaves it one: ``.1``, ``-20260102``, ``.txt``, ``.bak.gz``."""

MAX_NAME = 255


def has_name(name: str, *stems: str) -> bool:
    """Whether the last part of a path or uri ends in one of ``stems`` (lower case), but for what gathering adds.

    >>> has_name("/evidence/root_bash_history.1.gz", "bash_history")
    True
    >>> has_name("bash_history.py", "bash_history")
    False
    """
    last = name.replace("\\", "/").rpartition("/")[2].lower()[-MAX_NAME:]
    for stem in stems:
        at = last.rfind(stem)
        is_word = at == 0 or (at > 0 and not last[at - 1].isalnum())
        if is_word and _GATHERED.fullmatch(last, at + len(stem)):
            return True
    return False
