"""One ``<Event>…</Event>`` as text: what Windows and Sysmon write of it, well-formed or not.

No XML parser: a part of these logs is not XML. Sysmon for Linux writes ``&lt unknown process&gt `` without semicolons,
and syslog cuts long events. Every pattern here passes over the text once; nothing is nested, fetched or expanded but
the five named entities and numeric references.
"""

import re
from dataclasses import dataclass, field

_ENTITY = re.compile(r"&(?:(lt|gt|amp|quot|apos);|(lt|gt) |#([0-9]{1,7});|#[xX]([0-9a-fA-F]{1,6});)")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}

_QUOTED = r"""(?:"([^"<]{0,1024})"|'([^'<]{0,1024})')"""
_PROVIDER = re.compile(r"<Provider\b[^<>]{0,2048}?\bName=" + _QUOTED)
_ID = re.compile(r"<EventID\b[^<>]{0,256}>\s{0,32}([0-9]{1,9})\s{0,32}</EventID>")
_RECORD = re.compile(r"<EventRecordID>\s{0,32}([0-9]{1,19})\s{0,32}</EventRecordID>")
_TIME = re.compile(r"<TimeCreated\b[^<>]{0,256}?\bSystemTime=" + _QUOTED)
_EXECUTION = re.compile(r"<Execution\b[^<>]{0,256}?\bProcessID=" + _QUOTED)
_CHANNEL = re.compile(r"<Channel>([^<]{0,1024})</Channel>")
_COMPUTER = re.compile(r"<Computer>([^<]{0,1024})</Computer>")
_SECURITY = re.compile(r"<Security\b[^<>]{0,256}?\bUserI[Dd]=" + _QUOTED)

# A value may hold a stray "<" (Sysmon for Linux does not escape in every version): it ends where a tag of ours begins.
_DATA = re.compile(
    r"<Data\b(?:\s{1,32}Name=" + _QUOTED + r")?[^<>]{0,256}(?<!/)>"
    r"((?:[^<]++|<(?!/?(?:Data|EventData|UserData|Event)\b))*+)(</Data>)?"
)
_END = re.compile(r"</(?:\w{1,32}:)?Event>\s*\Z")


@dataclass(slots=True)
class EventXml:
    """``time``: ``SystemTime`` as written. ``user``: ``UserID`` of ``Security``. ``process_id``: who logged it.

    ``data``: the values of ``EventData`` by name, entities replaced; those without a name, each on a line of its own,
    under the empty one; ``cut`` has the name of one that ends with the
    text, as far as it goes (``data`` does not hold it). ``is_whole``: closed at the end, every value closed, and no
    reference without its semicolon: what a parser of XML would take.
    """

    provider: str | None
    event_id: int | None
    record_id: int | None
    time: str | None
    process_id: int | None
    channel: str | None
    computer: str | None
    user: str | None
    data: dict[str, str] = field(default_factory=dict)
    cut: tuple[str, str] | None = None
    is_whole: bool = True


def event_xml(text: str) -> EventXml | None:
    """The event that begins with the first ``<Event`` of ``text`` and goes to its end; None where there is none.

    >>> found = event_xml('<Event><System><EventID>1</EventID></System><EventData><Data Name="A">x &amp;&amp; y</Data>')
    >>> found.event_id, found.data, found.is_whole
    (1, {'A': 'x && y'}, False)
    """
    start = text.find("<Event")
    if start < 0:
        return None
    end = text.find("</System>", start)
    system = text[start:end] if end >= 0 else text[start:]
    data: dict[str, str] = {}
    unnamed: list[str] = []
    cut: tuple[str, str] | None = None
    is_whole = end >= 0 and _END.search(text, max(start, len(text) - 64)) is not None
    if end >= 0:
        for found in _DATA.finditer(text, end):
            name = found[1] or found[2] or ""
            if found[4] is None:
                is_whole = False
                cut = name, unescaped(found[3])
            elif not name:
                unnamed.append(unescaped(found[3]))
            elif name not in data:
                data[name] = unescaped(found[3])
        if unnamed:
            data[""] = "\n".join(unnamed)
    number, record, process = _ID.search(system), _RECORD.search(system), _quoted(_EXECUTION, system)
    return EventXml(
        _quoted(_PROVIDER, system),
        int(number[1]) if number else None,
        int(record[1]) if record else None,
        _quoted(_TIME, system),
        int(process) if process and process.isascii() and process.isdecimal() and len(process) < 19 else None,
        _element(_CHANNEL, system),
        _element(_COMPUTER, system),
        _quoted(_SECURITY, system),
        data,
        cut,
        is_whole and not has_bare_reference(text),
    )


_BARE = re.compile(r"&(?!(?:lt|gt|amp|quot|apos|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});)")


def has_bare_reference(text: str) -> bool:
    """Whether an ``&`` stands for itself or for a reference without its semicolon, which no XML has."""
    return "&" in text and _BARE.search(text) is not None


def unescaped(text: str) -> str:
    """``text`` with its references replaced; ``&lt `` is what Sysmon for Linux makes of ``&lt;``. Others stay.

    >>> unescaped("&lt unknown process&gt "), unescaped("a &amp;&#x26;&nbsp;")
    ('<unknown process>', 'a &&&nbsp;')
    """
    return _ENTITY.sub(_replaced, text) if "&" in text else text


def _replaced(found: re.Match[str]) -> str:
    named, bare, decimal, hexadecimal = found.groups()
    if named or bare:
        return _NAMED[named or bare]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    is_character = 0 < code < 0x110000 and not 0xD800 <= code < 0xE000
    return chr(code) if is_character else found[0]


def _quoted(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return unescaped(found[1] if found[1] is not None else found[2]) if found else None


def _element(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return unescaped(found[1]) if found else None
