"""Built-in readers that are imported only when a file may be theirs: a fifth of a second of a short run.

What is here can only say that a reader would be sure by 0; it is asked in all other cases, and always where it is not
listed. Tests hold the hints to that, on samples and hostile bytes.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from ttpline.registry import Registry
from ttpline.telemetry._lines import head_text
from ttpline.telemetry.base import TelemetryReader

_DATED = re.compile(r"(?m)^(?:<\d{1,3}>)?(?:\d|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)", re.ASCII)
_EVENT_IDS = re.compile(
    r"event ?id|event\.code|eventcode|event_id|instanceid|processcommandline|(?:^|[,;\t|])[\s\"]*id[\s\"]*(?:[,;\t|]|$)"
)
"""What a table of Windows events names its ids, or Defender its command lines, in lower case."""

Hint = Callable[[bytes, str], bool]
"""Whether the head of a file, as bytes and as text, may be of a format."""


def _is_json(_: bytes, text: str) -> bool:
    return text.lstrip("\0 \t\r\n").startswith(("{", "["))


def _is_dated(_: bytes, text: str) -> bool:
    return _DATED.search(text) is not None


def _never(_: bytes, __: str) -> bool:
    return False


def _always(_: bytes, __: str) -> bool:
    return True


def _has(*marks: str) -> Hint:
    return lambda _, text: any(mark in text for mark in marks)


def _has_header(_: bytes, text: str) -> bool:
    """A header stands in the first line, or behind the one that names a type."""
    return any(_EVENT_IDS.search(line.lower()) for line in text.splitlines()[:2])


_JSON_FORMATS = (
    "auoms", "cowrie", "crowdstrike", "defender", "ecs", "falco", "kubernetes-audit", "kypo", "laurel", "ocsf",
    "osquery", "windows-json",
)  # fmt: skip
HINTS: Mapping[str, Hint] = dict.fromkeys(_JSON_FORMATS, _is_json) | {
    "auditd": _has("audit("),
    "ausearch": _has("msg=audit("),
    "bash-history": _always,
    "cowrie-text": _is_dated,
    "csv": _always,
    "evtx": lambda head, _: head.startswith((b"ElfFile", b"ElfChnk")),
    "fish-history": _has("- cmd"),
    "journald": _has("__REALTIME_TIMESTAMP", "__CURSOR"),
    "jsonl": lambda _, text: text.lstrip().startswith("{"),
    "parquet": lambda head, _: head.startswith(b"PAR1"),
    "powershell-history": _never,
    "powershell-transcript": _has("***"),
    "syslog": _is_dated,
    "syslog-rows": lambda head, text: _is_json(head, text) or "SyslogMessage" in text,
    "sysmon-linux": _has("Linux-Sysmon"),
    "text": _never,
    "windows-csv": _has_header,
    "windows-xml": lambda head, _: b"<" in head,
    "zsh-history": _has(";"),
}

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
"""Where the mark lies, a reader may look at the bytes all the same; such files are few."""

_NAMED = "hist"
"""All files that are known by their names are histories."""


class LateReader:
    """Stands for a built-in reader wherever one is chosen; ``loaded`` gives the reader itself."""

    def __init__(self, registry: Registry[TelemetryReader], name: str) -> None:
        self._registry = registry
        self.name = name

    def loaded(self) -> TelemetryReader:
        """The reader, imported now if it was not."""
        return self._registry.get(self.name)

    def sniff(self, head: bytes) -> float:
        is_asked = head.startswith(_UTF16_MARKS) or HINTS[self.name](head, _text(head))
        return self.loaded().sniff(head) if is_asked else 0.0

    def claims_name(self, name: str) -> bool:
        if _NAMED not in name.lower():
            return False
        claims: Callable[[str], bool] | None = getattr(self.loaded(), "claims_name", None)
        return claims is not None and claims(name)


@lru_cache(maxsize=2)
def _text(head: bytes) -> str:
    return head_text(head)


Candidate = TelemetryReader | LateReader


def candidates(registry: Registry[TelemetryReader]) -> list[Candidate]:
    """All readers, those with a hint not imported."""
    return [LateReader(registry, name) if name in HINTS else registry.get(name) for name in registry.names()]


def loaded(candidate: Candidate) -> TelemetryReader:
    """The reader itself."""
    return candidate.loaded() if isinstance(candidate, LateReader) else candidate


def all_loaded(candidates: Sequence[Candidate]) -> list[TelemetryReader]:
    """The readers themselves, all of them."""
    return [loaded(candidate) for candidate in candidates]
