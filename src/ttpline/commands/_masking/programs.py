"""Passwords that only the program makes one: ``-p`` is a secret to ``sshpass`` and a port to ``nmap``.

Programs are those that ``commands.parse`` finds, inside of wrappers and quoted scripts too.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from ttpline.commands._masking.tables import (
    ATTACHED,
    FED,
    FED_LOGINS,
    NEXT,
    PRINTING,
    SUBCOMMANDS,
    USER_AND_PASSWORD,
    WINDOWS,
)
from ttpline.commands._masking.values import Span, is_elsewhere, is_secret, unquoted
from ttpline.commands.dialect import Dialect
from ttpline.commands.parse import parse
from ttpline.domain.parsed import SimpleCommand, Word

Finder = Callable[[str, SimpleCommand], Iterator[Span]]

MOST_WORDS: Final = 4_096
"""Arguments of one program that are looked at."""

_IMPACKET = re.compile(r"(?:[\w.-]{1,64}/)?[\w.$-]{1,64}:(?P<secret>[^\s]{1,256})@[\w.:-]{1,255}")
_IMPACKET_PROGRAM = re.compile(r"(?:impacket-)?[\w-]{3,40}\.py|impacket-[\w-]{3,40}")
_SQLPLUS = re.compile(r"[\w.$#-]{1,64}/(?P<secret>[^@\s]{1,256})(?:@\S{0,255})?")
_FORMAT = re.compile(r"(?:%s|\\n)+")
"""What printf prints around its arguments."""
_DRIVE = re.compile(r"[A-Za-z*]:?|\*")


def program_secrets(text: str) -> Iterator[Span]:
    """Spans of values in the arguments of all programs of ``text``."""
    parts = parse(text).parts
    for number, part in enumerate(parts):
        yield from _of_part(text, part)
        after = next((one for one in parts[number + 1 : number + 8] if one.depth == part.depth), None)
        if part.program in PRINTING and after is not None and after.joint == "pipe":
            yield from _fed(text, part, after)


def _of_part(text: str, part: SimpleCommand) -> Iterator[Span]:
    words = part.arguments[:MOST_WORDS]
    program = part.program.removesuffix(".exe")
    options = NEXT.get(program, ())
    if program in SUBCOMMANDS:
        needed, more = SUBCOMMANDS[program]
        if not needed or any(word.text == needed for word in words[:6]):
            options += more
        else:
            options = ()
    for number, word in enumerate(words):
        if _is_option(word.text, options, program) and number + 1 < len(words):
            yield from _whole(text, words[number + 1], part, is_option_value=True)
        for prefix in ATTACHED.get(program, ()):
            if _begins(word.text, prefix, program) and len(word.text) > len(prefix):
                yield from _inside(text, word, len(prefix), part)
    if program in USER_AND_PASSWORD:
        yield from _after_name(text, part, *USER_AND_PASSWORD[program])
    special = _SPECIAL.get(program)
    if special is not None:
        yield from special(text, part)
    elif _IMPACKET_PROGRAM.fullmatch(program):
        yield from _matching(text, words, _IMPACKET)


def _is_option(text: str, options: Sequence[str], program: str) -> bool:
    return text in options or (program in WINDOWS and text.lower() in options)


def _begins(text: str, prefix: str, program: str) -> bool:
    return text.startswith(prefix) or (prefix.startswith("/") and text.lower().startswith(prefix))


def _whole(text: str, word: Word, part: SimpleCommand, *, is_option_value: bool = False) -> Iterator[Span]:
    yield from _inside(text, word, 0, part, is_option_value=is_option_value)


def _inside(text: str, word: Word, skip: int, part: SimpleCommand, *, is_option_value: bool = False) -> Iterator[Span]:
    """What follows the first ``skip`` characters of ``word``, within its quotes."""
    (start, end), outer = unquoted(text, word.span)
    (start, end), inner = unquoted(text, (min(start + skip, end), end))
    raw = text[start:end]
    if raw.startswith("pass:"):
        start, raw = start + 5, raw[5:]
    looks_like_option = is_option_value and not outer and raw.startswith(("--", "/", "-")) and len(raw) <= _SHORT_OPTION
    if not looks_like_option and not is_elsewhere(raw) and is_secret(raw, Dialect(part.dialect), quote=outer or inner):
        yield start, end


_SHORT_OPTION: Final = 2
"""``-p -u``: the password is asked for. A longer word after ``-p`` is a password, whatever it begins with."""


def _after_name(text: str, part: SimpleCommand, options: tuple[str, ...], separators: str) -> Iterator[Span]:
    """``-u name:password``, ``-uname:password``, ``--user=name:password``."""
    words = part.arguments[:MOST_WORDS]
    for number, word in enumerate(words):
        value, skip = word, 0
        if word.text in options:
            if number + 1 == len(words):
                return
            value = words[number + 1]
        else:
            heads = [option if len(option) == _SHORT_OPTION else f"{option}=" for option in options]
            head = next((one for one in heads if word.text.startswith(one)), None)
            if head is None or (word.text.startswith("--") and len(head) == _SHORT_OPTION):
                continue
            skip = len(head)
        start, end = value.span
        places = [place for char in separators if (place := text.find(char, start + skip, end)) >= 0]
        if places:
            inner = Word(text[min(places) + 1 : end], (min(places) + 1, end))
            (_, stop), outer = unquoted(text, value.span)
            yield from (
                _inside(text, Word("", (inner.span[0], stop)), 0, part) if outer else _inside(text, inner, 0, part)
            )


def _matching(text: str, words: Sequence[Word], pattern: re.Pattern[str]) -> Iterator[Span]:
    for word in words:
        (start, end), _ = unquoted(text, word.span)
        found = pattern.fullmatch(text, start, end)
        if found and is_secret(found["secret"]):
            yield found.span("secret")


def _operands(part: SimpleCommand, options: str) -> list[Word]:
    return [word for word in part.arguments[:MOST_WORDS] if not word.text.startswith(tuple(options))]


def _net(text: str, part: SimpleCommand) -> Iterator[Span]:
    """``net user NAME PASSWORD`` and ``net use X: \\\\HOST\\SHARE PASSWORD``."""
    words = _operands(part, "/")
    kind = words[0].text.lower() if words else ""
    if kind == "user" and len(words) > 2:
        yield from _whole(text, words[2], part)
    elif kind == "use":
        rest = [word for word in words[1:] if not _DRIVE.fullmatch(word.text)]
        if len(rest) > 1 and rest[0].text.startswith(("\\", "//", "http")):
            yield from _whole(text, rest[1], part)


def _htpasswd(text: str, part: SimpleCommand) -> Iterator[Span]:
    flags = "".join(word.text for word in part.arguments if word.text.startswith("-"))
    words = _operands(part, "-")
    if "b" in flags and words:
        yield from _whole(text, words[-1], part)


def _secure_string(text: str, part: SimpleCommand) -> Iterator[Span]:
    """The text that becomes a secure string, given by place or by ``-String``."""
    takes_value = False
    for word in part.arguments[:MOST_WORDS]:
        if word.text.startswith("-"):
            takes_value = word.text.lower() in ("-key", "-securekey")
        elif takes_value:
            takes_value = False
            yield from _whole(text, word, part)
        else:
            yield from _whole(text, word, part)


def _last_after(words_before: tuple[str, ...]) -> Finder:
    """The word after these words in a row."""

    def find(text: str, part: SimpleCommand) -> Iterator[Span]:
        words = part.arguments[:MOST_WORDS]
        for number in range(len(words) - len(words_before)):
            if all(re.fullmatch(want, words[number + i].text) for i, want in enumerate(words_before)):
                yield from _whole(text, words[number + len(words_before)], part)

    return find


def _operand(place: int, options: str = "-") -> Finder:
    """The operand at ``place``, counted from 0."""

    def find(text: str, part: SimpleCommand) -> Iterator[Span]:
        words = _operands(part, options)
        if len(words) > place:
            yield from _whole(text, words[place], part)

    return find


def _smb_user(text: str, part: SimpleCommand) -> Iterator[Span]:
    for word in part.arguments[:MOST_WORDS]:
        (start, end), _ = unquoted(text, word.span)
        at = text.find("%", start, end)
        if at > start and not word.text.startswith("-") and is_secret(text[at + 1 : end]):
            yield at + 1, end


def _mc(text: str, part: SimpleCommand) -> Iterator[Span]:
    words = _operands(part, "-")
    if len(words) > 5 and words[0].text in ("alias", "config"):
        yield from _whole(text, words[-2], part)
        yield from _whole(text, words[-1], part)


def _bitsadmin(text: str, part: SimpleCommand) -> Iterator[Span]:
    words = part.arguments
    if words and words[0].text.lower() == "/setcredentials":
        yield from _whole(text, words[-1], part)


def _sqlplus(text: str, part: SimpleCommand) -> Iterator[Span]:
    yield from _matching(text, _operands(part, "-")[:1], _SQLPLUS)


_SPECIAL: Final[dict[str, Finder]] = {
    "net": _net, "htpasswd": _htpasswd, "convertto-securestring": _secure_string,
    "aws": _last_after(("configure", "set", r"(?:\S{1,99}\.)?aws_(?:secret_access_key|access_key_id|session_token)")),
    "vault": _last_after(("login",)), "wpa_passphrase": _operand(1), "smbclient": _smb_user, "mc": _mc,
    "bitsadmin": _bitsadmin, "sqlplus": _sqlplus, "mkpasswd": _operand(0),
    "openssl": _last_after(("passwd", "-[156]|-crypt|-apr1")),
}  # fmt: skip


def _fed(text: str, part: SimpleCommand, after: SimpleCommand) -> Iterator[Span]:
    """``echo secret | sudo -S id``, ``echo user:secret | chpasswd``, ``… | docker login --password-stdin``."""
    told = [word.text for word in after.arguments[:64]]
    is_fed = after.program in FED and (after.program not in ("sudo", "gpg", "gpg2", "openssl") or "-S" in told)
    if not is_fed and not any(word in FED_LOGINS for word in told):
        return
    for word in part.arguments[:MOST_WORDS]:
        if word.text.startswith("-") and len(word.text) <= 3:
            continue
        (start, end), quote = unquoted(text, word.span)
        colon = text.find(":", start, end) if after.program in ("chpasswd", "chgpasswd") else -1
        start = colon + 1 if colon >= 0 else start
        if is_secret(text[start:end], Dialect(part.dialect), quote=quote) and not re.fullmatch(
            r"%s(?:\\n)?", text[start:end]
        ):
            yield start, end
