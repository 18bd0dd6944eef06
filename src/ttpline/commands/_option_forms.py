"""The forms of an option that a knowledge rule may name."""

import re
from functools import lru_cache
from typing import Final

from ttpline.commands._reading import listed
from ttpline.commands.dialect import Dialect

_CLUSTER = re.compile(r"-[A-Za-z]{2,5}", re.ASCII).fullmatch
_WITH_NUMBER = re.compile(r"-([A-Za-z])(\d[\w.,:-]*|[/~.].*)", re.ASCII | re.DOTALL).fullmatch
_WHOLE: Final = listed(
    # find
    "name iname path ipath type exec ok perm user group size mtime mmin atime amin ctime cmin newer print prune empty "
    "links inum not and or depth xdev mount regex uid gid ls fls quit "
    # java, openssl
    "jar cp ea da esa in out pass subj key days node new x509 nodes rsa des3 aes md5 sha1 "
    # gcc, ffmpeg, ip, PowerShell on Linux and others
    "std pipe wall host port file help all list url data json yaml enc nop noni sta mta vf af map dev link addr up "
    "down via"
)
"""Words behind one dash that are one option, not letters: of find, java, openssl, gcc, ffmpeg and the like."""


def option_forms(word: str, dialect: Dialect) -> tuple[str, ...]:
    """``word`` as it is and what it is short for: exact for POSIX, lower case for Windows. Empty where it is no option.

    >>> option_forms("-lvp", Dialect.POSIX), option_forms("--data=x", Dialect.POSIX)
    (('-lvp', '-l', '-v', '-p'), ('--data=x', '--data'))
    >>> option_forms("/User:Admin", Dialect.CMD), option_forms("file", Dialect.POSIX)
    (('/user:admin', '/user', '-user'), ())
    """
    if len(word) < 2 or word[0] not in "-/" or len(word) > _LONGEST:
        return ()
    return _forms(word, dialect)


_LONGEST: Final = 2_000  # characters; what is longer is data


@lru_cache(maxsize=8192)
def _forms(word: str, dialect: Dialect) -> tuple[str, ...]:
    return _posix_forms(word) if dialect is Dialect.POSIX else _windows_forms(word.lower())


def _posix_forms(word: str) -> tuple[str, ...]:
    if word[0] == "/":
        return ()
    name, equals, _ = word.partition("=")
    if equals and len(name) > 1:
        short = (name[:2],) if name[1] != "-" and len(name) > 2 else ()
        return (word, name, *short)
    if word[1] == "-":
        return (word,)
    if match := _WITH_NUMBER(word):
        return (word, "-" + match[1])
    if _CLUSTER(word) and word[1:].lower() not in _WHOLE:
        return tuple(dict.fromkeys((word, *("-" + letter for letter in word[1:]))))
    return (word,)


def _windows_forms(word: str) -> tuple[str, ...]:
    if word[0] == "/" and "/" in word[1:]:
        return ()  # a path
    positions = [at for at in (word.find(":", 1), word.find("=", 1)) if at > 0]
    name = word[: min(positions)] if positions else word
    forms = [word] if name != word else []
    forms.append(name)
    if not name.startswith("--") and len(name) > 1:
        forms.append(("-" if name[0] == "/" else "/") + name[1:])
    return tuple(forms)
