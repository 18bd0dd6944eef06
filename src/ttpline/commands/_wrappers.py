"""Programs that run what they are given: which of their words that is.

Every rule answers for one program with the commands it was told to run, as words (``sudo``, ``xargs``) or as text
(``sh -c``, ``ssh``). Options with values are listed, because without them ``sudo -u root id`` would run ``root``.
The options are those of the manual pages; a rule that finds nothing gives nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ttpline.commands._reading import Draft, Source, Token
from ttpline.commands.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Inner:
    """What a wrapper runs: ``draft`` within ``source``, or the whole text of ``source`` where there is no draft.

    ``covers`` is the part of the wrapper's own text that was read as commands: what is substituted there is found
    again inside. ``is_process``: the text starts one Windows process, no shell looks for operators in it.
    """

    source: Source
    dialect: Dialect
    draft: Draft | None = None
    covers: tuple[int, int] = (0, 0)
    is_process: bool = False


Rule = Callable[[Draft, Source], list[Inner]]


@dataclass(frozen=True, slots=True)
class Argv:
    """How a wrapper's own words end: ``values`` are letters and ``long_values`` names of options that take a word,
    ``operands`` is how many words follow the options before the command."""

    values: str = ""
    long_values: frozenset[str] = frozenset()
    operands: int = 0
    has_assignments: bool = False

    def __call__(self, draft: Draft, source: Source) -> list[Inner]:
        at = after_options(draft.words, 1, self.values, self.long_values)
        if self.operands:
            at = after_options(draft.words, at + self.operands, "", frozenset(), only_dashes=True)
        return tail(draft, at, source, has_assignments=self.has_assignments)


def after_options(
    words: Sequence[Token], at: int, values: str, long_values: frozenset[str], *, only_dashes: bool = False
) -> int:
    """The index of the first word that is no option and no option's value."""
    while at < len(words):
        text = words[at].text
        if text == "--":
            return at + 1
        if only_dashes or len(text) < 2 or text[0] != "-":
            return at
        if text.startswith("--"):
            at += 2 if text in long_values else 1
            continue
        found = next((index for index, letter in enumerate(text[1:], 1) if letter in values), 0)
        at += 2 if found and found == len(text) - 1 else 1
    return at


def tail(
    draft: Draft, at: int, source: Source, *, has_assignments: bool = False, end: int | None = None
) -> list[Inner]:
    """The command that the words from ``at`` on are; it has the wrapper's redirections, which are its output's."""
    words = draft.words[at:end]
    assignments: list[Token] = []
    while has_assignments and words and is_assignment(words[0].text):
        assignments.append(words.pop(0))
    if not words:
        return []
    inner = Draft("argument", draft.dialect, words[0].start)
    inner.words = words
    inner.assignments = assignments
    inner.end = words[-1].end
    inner.redirections = draft.redirections
    return [Inner(source, draft.dialect, inner)]


def text_of(tokens: Sequence[Token], source: Source, dialect: Dialect, *, is_process: bool = False) -> list[Inner]:
    """The commands that the words' text, joined by blanks, is."""
    if not tokens:
        return []
    covers = (tokens[0].start, tokens[-1].end)
    return [Inner(source.of_tokens(tokens), dialect, covers=covers, is_process=is_process)]


def process_of(tokens: Sequence[Token], source: Source) -> list[Inner]:
    """The Windows process that the words' text, joined by blanks, starts."""
    return text_of(tokens, source, Dialect.CMD, is_process=True)


def is_assignment(text: str) -> bool:
    """Whether a word sets a variable for the command after it."""
    name, equals, _ = text.partition("=")
    return bool(equals) and name.replace("_", "a").isalnum() and not name[0].isdigit()


def value_of(words: Sequence[Token], *names: str, start: int = 1) -> Token | None:
    """The word after the first option of these names, compared in lower case."""
    for index in range(start, len(words) - 1):
        if words[index].text.lower() in names:
            return words[index + 1]
    return None


def _time(draft: Draft, source: Source) -> list[Inner]:
    """The shell's word and the program; cmd's ``time /t`` runs nothing."""
    return [] if draft.dialect is Dialect.CMD else Argv("fo", _long("format output"))(draft, source)


def _long(names: str) -> frozenset[str]:
    return frozenset("--" + name for name in names.split())


ARGV_RULES: Final[dict[str, Rule]] = {
    "sudo": Argv(
        "aCcDghprRTtUu",
        _long(
            "user group host prompt chdir chroot close-from role type command-timeout other-user login-class auth-type"
        ),
        has_assignments=True,
    ),
    "doas": Argv("uC", has_assignments=True),
    "pkexec": Argv("", _long("user")),
    "nohup": Argv(),
    "nice": Argv("n", _long("adjustment")),
    "ionice": Argv("cnpPu", _long("class classdata pid pgid uid")),
    "chrt": Argv("TPD", operands=1),
    "taskset": Argv("", operands=1),
    "numactl": Argv("iNmCp"),
    "time": _time,
    "timeout": Argv("ks", _long("kill-after signal"), operands=1),
    "stdbuf": Argv("ioe", _long("input output error")),
    "unbuffer": Argv(),
    "setsid": Argv(),
    "setarch": Argv("", operands=1),
    "setpriv": Argv("", _long("reuid regid groups inh-caps ambient-caps bounding-set securebits selinux-label")),
    "daemonize": Argv("acEeoplu"),
    "chroot": Argv("", _long("userspec groups"), operands=1),
    "unshare": Argv("SGRw", _long("setuid setgid root wd map-user map-group propagation setgroups")),
    "nsenter": Argv("tSG", _long("target setuid setgid")),
    "strace": Argv("abeEIoOpPsSuUX"),
    "ltrace": Argv("aeFlnopsuXA"),
    "catchsegv": Argv(),
    "valgrind": Argv(),
    "fakeroot": Argv("lsib"),
    "firejail": Argv(),
    "proxychains": Argv("f"),
    "proxychains4": Argv("f"),
    "torsocks": Argv("ua"),
    "torify": Argv(),
    "tsocks": Argv(),
    "gosu": Argv("", operands=1),
    "su-exec": Argv("", operands=1),
    "dbus-run-session": Argv("", _long("config-file dbus-daemon")),
    "dbus-launch": Argv(),
    "xvfb-run": Argv("efnpsw"),
    "rlwrap": Argv("abcCDefHlmMNOpPqrsSt"),
    "sshpass": Argv("pfdP"),
    "caffeinate": Argv("tw"),
    "cpulimit": Argv("lpPc"),
    "systemd-run": Argv(
        "puMHE",
        _long(
            "unit property description slice uid gid nice working-directory setenv on-active on-boot on-startup"
            " on-unit-active on-calendar timer-property path-property socket-property machine host service-type"
        ),
    ),
    "systemd-inhibit": Argv("", _long("what who why mode")),
    "systemd-nspawn": Argv("DMu"),
    "exec": Argv("a"),
    "builtin": Argv(),
    "busybox": Argv(),
    "toybox": Argv(),
    "xargs": Argv(
        "adEILnPsJRS", _long("arg-file delimiter max-args max-lines max-procs max-chars eof process-slot-var")
    ),
    "memusage": Argv("dn"),
    "entr": Argv(),
    "noglob": Argv(),
    "nocorrect": Argv(),
    "env": Argv("uCa", _long("unset chdir argv0 block-signal"), has_assignments=True),
}
"""Wrappers whose command begins after their options and operands, and takes the rest of the line."""
