"""Ordinary executions as columns: what the kernel writes for nearly every command, without a Python object an event.

Ordinary means: one SYSCALL and one EXECVE record, at most one CWD and PROCTITLE, each of them exactly in the form that
the kernel gives it, every argument there. A line that is off by one character is not ordinary; its event goes to
``irregular``, which must say the same of an ordinary one (tests hold the two against each other).
"""

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from ttpline.telemetry._auditd.arguments import WHOLE_TITLE_BYTES
from ttpline.telemetry._auditd.fields import UNSET_IDS
from ttpline.telemetry._auditd.syscalls import EXEC_NUMBERS

# Printable ASCII without space and quote: everything else is hex, by the kernel's own rule.
_TEXT = '"[!#-~]*"'
_NUMBER = r"\d{1,10}"

# Token number -> the field that stands there in every SYSCALL record since Linux 3.
_CALL_TOKENS = {
    "arch": 0, "syscall": 1, "success": 2, "exit": 3, "a0": 4, "a1": 5, "a2": 6, "a3": 7, "items": 8, "ppid": 9,
    "pid": 10, "auid": 11, "uid": 12, "gid": 13, "euid": 14, "suid": 15, "fsuid": 16, "egid": 17, "sgid": 18,
    "fsgid": 19, "tty": 20, "ses": 21, "comm": 22, "exe": 23,
}  # fmt: skip
_VALUE_OF = {
    "arch": "[1-9a-f][0-9a-f]{0,7}", "syscall": r"(?:0|[1-9]\d{0,9})", "success": "(?:yes|no)", "exit": r"-?\d{1,19}",
    **dict.fromkeys(("a0", "a1", "a2", "a3"), "[0-9a-f]{1,16}"), "tty": "[!#-~]{1,64}",
    "comm": f"(?:{_TEXT}|(?:[0-9A-F]{{2}})+)", "exe": _TEXT,
}  # fmt: skip
_LABEL = r"(?: subj=[!#-~]+(?: \([a-z]+\))?)?"  # AppArmor adds its mode
_KEY = rf" key=(?:{_TEXT}|\(null\)|(?:[0-9A-F]{{2}})+)"  # always there, so that exe is a word of its own
_ENRICHED = f"^ARCH=[!#-~]+ SYSCALL=[!#-~]+ AUID={_TEXT} UID={_TEXT}(?: [A-Z]+={_TEXT})*$"
_CALL = " ".join(f"{name}={_VALUE_OF.get(name, _NUMBER)}" for name in _CALL_TOKENS)
_ORDINARY_CALL = f"^{_CALL}{_LABEL}{_KEY}$"
_ORDINARY_EXECVE = r'^argc=[1-9]\d{0,4}(?: a(?:0|[1-9]\d{0,4})=(?:"[!#-~]*"|(?:[0-9A-F]{2})+))+$'
_ORDINARY_TITLE = r'^proctitle=(?:"[!#-~]+"|(?:[0-9A-F]{2})+)$'
_ORDINARY_CWD = rf"^ *cwd={_TEXT}$"
_USER = r' UID="([^"]*)"'
_NO_NAME = r"^(?:unset|unknown\(.*|\d*)$"  # what auditd writes for an id that has no name
_RESERVED_HEX = "F48FB[EF]"  # may be a character that stands for an undecodable byte: raw_text decides
_UNSAFE = r"[^A-Za-z0-9_@%+=:,./-]"  # as in shlex.quote
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_FIRST_LINE = b" " * len(_CALL_TOKENS) + b"\x1d"  # tells read_csv how many columns there are, at either separator
_WANTED = ("arch", "syscall", "success", "ppid", "pid", "auid", "uid", "euid", "tty", "ses", "exe")
_EXECUTIONS = [f"{arch} {number}" for arch, numbers in EXEC_NUMBERS.items() for number in numbers]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Ordinary:
    """The rows that were ordinary, in order, and which of the given ones they are."""

    frame: pl.DataFrame
    mask: Mask


@dataclass(frozen=True, slots=True)
class Records:
    """Records as text: ``raw``, the kernel's part, and ``enriched``, auditd's, null if there is none.

    ``joined`` is all of them in one, behind a first line of no record; null when its lines are not the records.
    """

    raw: pl.Series
    enriched: pl.Series
    joined: bytes | None


def split_records(bodies: Iterable[bytes], *, syslog: bool = False) -> Records:
    """Record bodies as columns. What is not ASCII becomes a control character, which no ordinary record has.

    ``syslog``: some came through it, which writes 0x1d as ``#035``.
    """
    joined = b"\n".join((_FIRST_LINE, *bodies))
    if not joined.isascii():
        joined = _NOT_ASCII.sub(b"\x01", joined)
    if syslog:
        joined = joined.replace(b"#035ARCH=", b"\x1dARCH=")
    lines = _cells(joined, "\x1d", ["raw", "enriched"])
    if len(lines) == joined.count(b"\n") + 1:
        return Records(lines["raw"][1:], lines["enriched"][1:], joined)
    raw = pl.Series([joined.decode("ascii")]).str.split("\n").explode()  # read_csv leaves empty records out
    halves = raw.str.splitn("\x1d", 2).struct.rename_fields(["raw", "enriched"]).struct.unnest()
    return Records(halves["raw"][1:], halves["enriched"][1:], None)


def _cells(joined: bytes, separator: str, names: list[str], columns: list[int] | None = None) -> pl.DataFrame:
    """Lines cut at ``separator``, by the fastest splitter at hand; to it there are no quotes and no types."""
    cells = pl.read_csv(
        io.BytesIO(joined),
        separator=separator,
        has_header=False,
        quote_char=None,
        infer_schema=False,
        truncate_ragged_lines=True,
        columns=columns,
    )
    cells.columns = names
    return cells


def system_calls(records: Records) -> Ordinary:
    """SYSCALL records as columns: who called, ``executes`` (null: unknown architecture), whether it worked."""
    names = _user_names(records.enriched)
    ordinary = (records.raw.str.contains(_ORDINARY_CALL) & names["ordinary"]).fill_null(False)
    ordinary &= ~records.raw.str.contains("#035", literal=True).fill_null(True)
    if not ordinary.any():
        return Ordinary(pl.DataFrame(), ordinary.to_numpy())
    tokens = _call_tokens(records, ordinary)
    value = {name: pl.col(name).str.slice(len(name) + 1) for name in _WANTED}
    number = {name: value[name].cast(pl.Int64) for name in ("ppid", "pid", "uid", "auid", "euid", "ses")}
    frame = tokens.select(
        **{name: number[name] for name in ("ppid", "pid", "uid", "euid")},
        **{
            field: pl.when(~number[name].is_in(list(UNSET_IDS))).then(number[name])
            for field, name in (("auid", "auid"), ("session", "ses"))
        },
        executes=pl.when(value["arch"].is_in(list(EXEC_NUMBERS))).then(
            pl.concat_str(value["arch"], pl.lit(" "), value["syscall"]).is_in(_EXECUTIONS)
        ),
        success=value["success"] == "yes",
        tty=pl.when(value["tty"] != "(none)").then(value["tty"]),
        exe=value["exe"].str.strip_chars('"'),
    )
    return Ordinary(frame.with_columns(names["user"].filter(ordinary)), ordinary.to_numpy())


def _call_tokens(records: Records, ordinary: pl.Series) -> pl.DataFrame:
    """Those words of the ordinary records that we want."""
    columns = [_CALL_TOKENS[name] for name in _WANTED]
    if records.joined is not None:
        return _cells(records.joined, " ", list(_WANTED), columns)[1:].filter(ordinary)
    raw = records.raw.filter(ordinary).str.join("\n").item().encode()
    return _cells(_FIRST_LINE + b"\n" + raw, " ", list(_WANTED), columns)[1:]


def _user_names(enriched: pl.Series) -> pl.DataFrame:
    """``user`` and ``ordinary`` for each enriched part; there are few distinct ones."""
    distinct = enriched.unique()
    user = distinct.str.extract(_USER)
    known = pl.DataFrame(
        {
            "enriched": distinct,
            "user": user.set(user.str.contains(_NO_NAME), None),
            "ordinary": distinct.str.contains(_ENRICHED) | distinct.is_null(),
        }
    )
    return enriched.to_frame("enriched").join(known, on="enriched", how="left", nulls_equal=True, maintain_order="left")


def arguments(bodies: pl.Series) -> Ordinary:
    """EXECVE records as ``argv`` and ``command_line``. Each distinct one is taken apart once."""
    distinct = bodies.unique(maintain_order=True)
    parsed = _arguments(distinct.filter(distinct.str.contains(_ORDINARY_EXECVE).fill_null(False)))
    frame = pl.DataFrame({"body": bodies}).join(parsed, on="body", how="left", maintain_order="left")
    mask = frame["argv"].is_not_null()
    return Ordinary(frame.filter(mask).drop("body"), mask.to_numpy())


def _arguments(bodies: pl.Series) -> pl.DataFrame:
    tokens = bodies.str.split(" ")
    counts = tokens.list.len().to_numpy().astype(np.int64) - 1
    record = np.repeat(np.arange(len(counts)), counts)
    position = np.arange(len(record)) - np.repeat(np.cumsum(counts) - counts, counts)
    prefixes = pl.Series([f"a{number}=" for number in range(int(counts.max(initial=0)))], dtype=pl.String)
    each = pl.DataFrame(
        {
            "record": record,
            "token": tokens.list.slice(1).explode(),
            "prefix": prefixes.gather(position),
        }
    ).select(
        "record",
        value=pl.col("token").str.strip_prefix(pl.col("prefix")),
        ok=pl.col("token").str.starts_with(pl.col("prefix")),
    )
    is_hex = ~each["value"].str.starts_with('"') & each["ok"]
    digits = each["value"].filter(is_hex)
    decoded = _utf8(digits.str.decode("hex")).set(digits.str.contains(_RESERVED_HEX), None)
    text = each["value"].str.strip_chars('"').scatter(is_hex.arg_true(), decoded)
    per_record = (
        each.select("record", "ok", text=text)
        .with_columns(ok=pl.col("ok") & pl.col("text").is_not_null(), word=_quoted(pl.col("text")))
        .group_by("record", maintain_order=True)
        .agg(pl.col("ok").all(), argv=pl.col("text"), words=pl.col("word"))
    )
    whole = tokens.list.first().str.slice(5).cast(pl.Int64) == pl.Series(counts)
    return per_record.select(body=bodies, argv="argv", command_line=pl.col("words").list.join(" ")).filter(
        per_record["ok"] & whole
    )


def titles(bodies: pl.Series) -> Ordinary:
    """PROCTITLE records as ``argv``, ``command_line``, ``callers_line``, which is what a failed call leaves (the
    caller's title), and ``whole``: it is too short to be a cut one. Each distinct one is taken apart once."""
    distinct = bodies.unique(maintain_order=True)
    distinct = distinct.filter(distinct.str.contains(_ORDINARY_TITLE).fill_null(False))
    value = distinct.str.slice(len("proctitle="))
    is_hex = ~value.str.starts_with('"')
    digits = value.filter(is_hex)
    decoded = _utf8(digits.str.decode("hex")).set(digits.str.contains(_RESERVED_HEX), None)
    text = value.str.strip_chars('"').scatter(is_hex.arg_true(), decoded)
    size = pl.when(is_hex).then(value.str.len_bytes() // 2).otherwise(value.str.len_bytes() - len('""'))
    parsed = (
        pl.DataFrame({"body": distinct, "text": text})
        .with_columns(whole=size <= WHOLE_TITLE_BYTES)
        .filter(pl.col("text").str.strip_chars("\0") != "")
        .select(
            "body",
            "whole",
            argv=pl.col("text").str.strip_suffix("\0").str.split("\0"),
        )
    )
    line = pl.col("argv").list.eval(_quoted(pl.element())).list.join(" ")
    parsed = parsed.with_columns(
        command_line=line,
        callers_line=pl.when(pl.col("argv").list.len() == 1).then(pl.col("argv").list.first()).otherwise(line),
    )
    frame = pl.DataFrame({"body": bodies}).join(parsed, on="body", how="left", maintain_order="left")
    mask = frame["argv"].is_not_null()
    return Ordinary(frame.filter(mask).drop("body"), mask.to_numpy())


def _utf8(values: pl.Series) -> pl.Series:
    """``values`` as text, null where they are not UTF-8."""
    try:
        return values.cast(pl.String)
    except pl.exceptions.ComputeError:  # one bad value fails them all
        return pl.Series([_text_or_none(value) for value in values], dtype=pl.String)


def _text_or_none(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def _quoted(word: pl.Expr) -> pl.Expr:
    """As ``shlex.quote`` does it."""
    inside = word.str.replace_all("'", "'\"'\"'", literal=True)
    return pl.when((word == "") | word.str.contains(_UNSAFE)).then("'" + inside + "'").otherwise(word)


def directories(bodies: pl.Series) -> Ordinary:
    """CWD records as ``cwd``."""
    mask = bodies.str.contains(_ORDINARY_CWD).fill_null(False)
    kept = bodies.filter(mask).str.strip_chars_start(" ").str.slice(4).str.strip_chars('"')
    return Ordinary(pl.DataFrame({"cwd": kept}), mask.to_numpy())
