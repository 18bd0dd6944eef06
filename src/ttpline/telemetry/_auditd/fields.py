"""The fields of one record: ``key=value`` pairs, their quoting, and what auditd added behind the 0x1d mark.

The kernel writes a string that it does not trust in quotes when it is printable ASCII without space and quote, and in
bare hex otherwise. So ``a2="3005"`` is text, ``a2=3005`` is ``0\\x05``, and nothing is ever escaped.
"""

import re
from dataclasses import dataclass

from ttpline.domain.raw_text import decode

ENRICHED_MARK = b"\x1d"
_SYSLOG_MARK = re.compile(rb"#035(?=[A-Z]+=)")  # how rsyslog writes 0x1d

# A key starts a word, so that a megabyte without "=" is looked at once. An unclosed quote takes the rest of the word.
_FIELD = re.compile(
    rb"""(?:(?<=[\s'(,])|(?<![\s\S]))([A-Za-z_][\w-]*+(?:\[\d++\])?)=("[^"]*"|[^\s]*)""",
)
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2})+")
_INTEGER = re.compile(r"-?\d{1,19}")
_NO_VALUE = frozenset({b"(null)", b"(none)", b"?", b"(nil)"})

UNSET_IDS = frozenset({4294967295, -1})
"""An unset login user or session: -1, printed as unsigned by every kernel since 2.6."""

Fields = dict[str, bytes]


@dataclass(slots=True)
class Record:
    """One record's raw fields (first one wins), those nested in ``msg='…'``, and the enriched ones."""

    fields: Fields
    nested: Fields
    enriched: Fields
    closed: bool = True  # false: a quote or a msg='…' was never closed


def split_enriched(body: bytes, *, syslog: bool) -> tuple[bytes, bytes]:
    """The kernel's part of a record and auditd's translation of it."""
    if syslog and ENRICHED_MARK not in body:
        raw, *enriched = _SYSLOG_MARK.split(body, maxsplit=1)
        return raw, enriched[0] if enriched else b""
    raw, _, rest = body.partition(ENRICHED_MARK)
    return raw, rest


def parse_record(body: bytes, *, syslog: bool = False) -> Record:
    """The fields of ``body``, which is what follows ``msg=audit(…):``.

    >>> record = parse_record(b"pid=7 msg='cmd=6964 res=success'\\x1dUID=\\"root\\"")
    >>> record.fields, record.nested, record.enriched
    ({'pid': b'7'}, {'cmd': b'6964', 'res': b'success'}, {'UID': b'"root"'})
    """
    raw, enriched = split_enriched(body, syslog=syslog)
    start = raw.find(b"msg='")
    nested, closed = b"", True
    if start >= 0:
        end = raw.rfind(b"'")  # a path inside may hold a quote of its own, the last one is the message's
        closed = end > start + 4
        raw, nested = raw[:start], raw[start + 5 : end if closed else len(raw)]
    closed = closed and raw.count(b'"') % 2 == 0 and nested.count(b'"') % 2 == 0
    return Record(fields_of(raw), fields_of(nested), fields_of(enriched), closed)


def fields_of(text: bytes) -> Fields:
    """All ``key=value`` pairs of ``text``; where a key comes twice, the first counts."""
    fields: Fields = {}
    for match in _FIELD.finditer(text):
        fields.setdefault(match[1].decode(), match[2])
    return fields


def unquoted(value: bytes | None, *, partial: bool = False) -> bytes | None:
    """The bytes that a logged string stands for; null for ``(null)``, ``?`` and a field that is not there.

    A string whose closing quote is missing is null too; with ``partial`` what is left of it.

    >>> unquoted(b'"3005"'), unquoted(b"3005"), unquoted(b"/bin/sh"), unquoted(b"(null)")
    (b'3005', b'0\\x05', b'/bin/sh', None)
    """
    if value is None or value in _NO_VALUE:
        return None
    if value.startswith(b'"'):
        if len(value) > 1 and value.endswith(b'"'):
            return value[1:-1]
        return value[1:] if partial else None
    return bytes.fromhex(value.decode()) if is_hex(value) else value


def without_last(fields: Fields) -> Fields:
    """``fields`` of a record whose end is missing: its last value may be half a value."""
    return dict(list(fields.items())[:-1])


def is_hex(value: bytes) -> bool:
    """Whether a bare value can be the kernel's hex."""
    return _HEX.fullmatch(value) is not None


def is_closed(value: bytes) -> bool:
    """Whether ``value`` is a whole quoted string or whole hex."""
    return (len(value) > 1 and value.startswith(b'"') and value.endswith(b'"')) or is_hex(value)


def text(value: bytes | None) -> str | None:
    """A logged string as column text."""
    raw = unquoted(value)
    return None if raw is None else decode(raw)


def integer(value: bytes | None) -> int | None:
    """A decimal number of at most 64 bits, or null."""
    if value is None:
        return None
    digits = value.decode("ascii", "replace")
    if not (_INTEGER.fullmatch(digits) and digits.isascii()):
        return None
    number = int(digits)
    return number if -(2**63) <= number < 2**63 else None


def identifier(value: bytes | None) -> int | None:
    """A login user or session number; unset is null."""
    number = integer(value)
    return None if number in UNSET_IDS else number


def user_name(record: Record) -> str | None:
    """The name of ``uid`` as the log itself has it: auditd's ``UID="…"``, or a name in place of the number."""
    name = record.enriched.get("UID", record.fields.get("uid"))
    if name is None or (integer(name) is not None):
        return None
    found = decode(name[1:-1] if name.startswith(b'"') and name.endswith(b'"') and len(name) > 1 else name)
    return None if not found or found == "unset" or found.startswith("unknown(") or found.isdecimal() else found
