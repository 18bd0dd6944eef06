"""The regular lines of a block as a table: of each column, where its values are, until somebody asks what they say."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from ttpline.telemetry._columns import checksums, event_ids
from ttpline.telemetry._event_columns import EventColumns
from ttpline.telemetry._json.values import UNSET_ID, number, user_id
from ttpline.telemetry._lines import Int64s, LineBlock
from ttpline.telemetry._regular.numbers import digits, epochs, moments
from ttpline.telemetry._regular.places import ABSENT, Group, Places, first_of, places_of
from ttpline.telemetry._regular.scan import CODED, DROPPED, WORD, Mask
from ttpline.telemetry._regular.skeleton import Kind
from ttpline.telemetry._regular.text import Text

_DROPPED, _CODED = chr(DROPPED), chr(CODED)

_EMPTY = frozenset({""})
_NO_ROWS = np.zeros(0, np.int64)
_NOT_BLANK = r"[^\s\x1c-\x1f]"
"""What Python's ``strip`` leaves something of."""

_STAMP, _STAMP_T = 27, 10
"""How long the time is that our sink writes, and where its ``T`` is."""

FEW_DISTINCT = 8
"""So many values are looked for one after the other; where there are more, all at once."""

Name = str | tuple[str, ...]
"""A column; of several, the first that says something."""


@dataclass(slots=True)
class Table:
    """``lines``: which lines of the block the rows are, in order. ``left``: lines that are to be read one by one."""

    lines: Int64s
    _block: LineBlock = field(repr=False)
    _text: Text = field(repr=False)
    _columns: Mapping[str, int] = field(repr=False)
    _groups: list[Group] = field(repr=False)
    _order: Int64s | None = field(repr=False)
    left: list[Int64s] = field(default_factory=list, repr=False)

    def __len__(self) -> int:
        return len(self.lines)

    def where(self, mask: Mask) -> "Table":
        """The rows that ``mask`` is true of."""
        if mask.all():
            return self
        order = np.flatnonzero(mask) if self._order is None else self._order[mask]
        return Table(self.lines[mask], self._block, self._text, self._columns, self._groups, order, self.left)

    def leave(self, mask: Mask) -> "Table":
        """The rows but for those that ``mask`` is true of, which are to be read one by one."""
        if not mask.any():
            return self
        self.left.append(self.lines[mask])
        return self.where(~mask)

    def events(self, event_id: pl.Series | None, **fields: pl.Series | str | bool) -> EventColumns:
        """The rows as events. ``event_id``: as in ``EventRows.add``, null where the log has no name for the event."""
        records, block, ids = self.records, self._block, event_id
        if ids is None or ids.null_count():
            local = event_ids(records, self.checksums(None if ids is None else ids.is_null().to_numpy()))
            ids = local if ids is None else ids.zip_with(ids.is_not_null(), local)
        return EventColumns(records, block.offsets[self.lines], block.lengths[self.lines], {"event_id": ids, **fields})

    @property
    def records(self) -> Int64s:
        return self.lines + self._block.first_record

    def checksums(self, wanted: Mask | None = None) -> Int64s:
        """CRC-32 of the bytes of each line; 0 where it is not ``wanted``."""
        lines = self.lines if wanted is None else self.lines[wanted]
        data, block = self._block.data, self._block
        places = zip(block.starts[lines].tolist(), block.stops[lines].tolist(), strict=True)
        found = checksums([data[start:stop] for start, stop in places])
        if wanted is None:
            return found
        every = np.zeros(len(self), np.int64)
        every[wanted] = found
        return every

    def is_a(self, name: Name, *kinds: Kind) -> Mask:
        """Whether the value is of one of ``kinds``."""
        return self._places(name).is_a(*kinds)

    def is_there(self, *names: str) -> Mask:
        """Whether the record has any of them, be it null."""
        found = np.zeros(len(self), np.bool_)
        for name in names:
            kinds = self._kinds(name)
            if Kind.MISSING not in kinds:
                return np.ones(len(self), np.bool_)
            if len(kinds) > 1:
                found |= ~self.is_a(name, Kind.MISSING)
        return found

    def has(self, name: Name) -> Mask:
        """Whether there is a value, and not null."""
        return ~self.is_a(name, Kind.MISSING, Kind.NULL)

    def is_empty(self, name: Name) -> Mask:
        """Whether a text has no character, or none is there."""
        places = self._places(name)
        return np.asarray(places.starts == places.stops)

    def is_coded(self, name: Name) -> Mask:
        """Whether the value is not what a search of the bytes would find."""
        return self._escaped(self._places(name)) if self._text.has_codes else np.zeros(len(self), np.bool_)

    def equals(self, name: Name, text: bytes) -> Mask:
        """Whether the bytes of the value are these."""
        return self._equals(self._places(name), text)

    def is_one_of(self, name: Name, texts: Sequence[bytes]) -> Mask:
        """Whether the bytes of the value are one of these."""
        places, found = self._places(name), np.zeros(len(self), np.bool_)
        for text in texts:
            found |= self._equals(places, text)
            if found.all():
                break
        return found

    def begins(self, name: Name, text: bytes) -> Mask:
        """Whether the bytes of the value begin like this."""
        places = self._places(name)
        found = np.asarray(places.stops - places.starts >= len(text))
        return found & self._begins(places.starts, text) if found.any() else found

    @property
    def is_ascii(self) -> bool:
        """Whether no text has any other character."""
        return self._text.is_ascii

    def is_digits(self, name: Name) -> Mask:
        """Whether the value is a whole number in decimal digits."""
        places = self._places(name)
        return digits(self._text.words, places.starts, places.stops)[1]

    def is_blank(self, name: Name) -> Mask:
        """Whether a text says nothing."""
        places = self._places(name)
        first = self._text.raw.take(places.starts, mode="clip")
        is_blank = ~np.asarray((places.stops > places.starts) & (first > 0x20) & (first < 0x7F) & (first != 0x5C))
        if not is_blank.any():
            return is_blank
        texts = self.where(is_blank).texts(of=name)["of"]
        is_blank[is_blank] = (~texts.str.contains(_NOT_BLANK)).fill_null(True).to_numpy()
        return is_blank

    def texts(self, *names: str, **firsts: Name) -> pl.DataFrame:
        """Texts, and numbers by their digits; null where there is none."""
        return self.cells({name: name for name in names} | firsts)

    def words(self, *names: str, **firsts: Name) -> pl.DataFrame:
        """As ``_json.values.text`` has it: an empty text is null too."""
        return self.cells({name: name for name in names} | firsts, _EMPTY)

    def cells(self, names: Mapping[str, Name], nothing: frozenset[str] = frozenset()) -> pl.DataFrame:
        """Texts, and numbers by their digits; null where there is none or it is in ``nothing``."""
        columns = {key: self._places(name) for key, name in names.items() if not self._is_absent(name)}
        says = [places.is_a(Kind.TEXT, Kind.NUMBER) for places in columns.values()]
        written = {one.encode() for one in nothing} | {one.replace("/", r"\/").encode() for one in nothing}
        for places, mask in zip(columns.values(), says, strict=True):
            for one in written:
                mask &= ~self._equals(places, one)
        cells = dict(zip(columns, self._cut(list(columns.values()), says, is_plain=True), strict=True))
        for key, places in columns.items():
            if len(rows := np.flatnonzero(self._escaped(places))):
                cell = _replaced(cells[key], rows)
                if self._text.has_codes:
                    cell = self._decoded(cell, places)
                    cell = cell.set(cell.is_in(list(nothing)).fill_null(False), None)
                cells[key] = cell
        return pl.DataFrame([cells[key].alias(key) if key in cells else self._nothing(key) for key in names])

    def _is_absent(self, name: Name) -> bool:
        """Whether no record has a value there."""
        names = (name,) if isinstance(name, str) else name
        return all(self._kinds(one) <= ABSENT for one in names)

    def _kinds(self, name: str) -> set[Kind]:
        column = self._columns[name]
        return {group.kinds[column] for group in self._groups}

    def _nothing(self, name: str = "", dtype: type[pl.DataType] | pl.DataType = pl.String) -> pl.Series:
        return pl.Series(name, [None], dtype=dtype).new_from_index(0, len(self))

    def _cut(self, columns: Sequence[Places], wanted: Sequence[Mask], *, is_plain: bool) -> list[pl.Series]:
        """The bytes of each value as text, null where it is not ``wanted``; all at once, as each call has its price."""
        if not columns:
            return []
        given = {
            "start": np.concatenate([places.starts for places in columns]),
            "size": np.concatenate([places.stops - places.starts for places in columns]),
        }
        cell = pl.lit(self._text.cell(is_plain=is_plain)).bin.slice(pl.col("start"), pl.col("size")).cast(pl.String)
        every = np.concatenate(wanted)
        if not len(every):
            return [pl.Series([], dtype=pl.String) for _ in columns]
        if not every.all():
            given["wanted"] = every
            cell = pl.when(pl.col("wanted")).then(cell)
        tall, rows = pl.DataFrame(given).select(cell=cell).to_series(), len(columns[0].starts)
        return [tall.slice(at * rows, rows) for at in range(len(columns))]

    def numbers(self, name: Name) -> pl.Series:
        """As ``_json.values.number`` has it."""
        if self._is_absent(name):
            return self._nothing(dtype=pl.Int64)
        places = self._places(name)
        values, is_plain = digits(self._text.words, places.starts, places.stops)
        return self._completed(name, values, is_plain, number)

    def user_ids(self, name: Name) -> pl.Series:
        """As ``_json.values.user_id`` has it."""
        if self._is_absent(name):
            return self._nothing(dtype=pl.Int64)
        places = self._places(name)
        values, is_plain = digits(self._text.words, places.starts, places.stops)
        return self._completed(name, values, is_plain & (values != UNSET_ID), user_id)

    def times(self, name: Name, slow: Callable[[Any], int | None]) -> pl.Series:
        """Microseconds since 1970 UTC. ``slow`` says it of texts that are no plain time in UTC."""
        places = self._places(name)
        values, is_plain = moments(self._text.words, places.starts, places.stops)
        is_number = places.is_a(Kind.NUMBER)
        if is_number.any():
            count, _ = digits(self._text.words, places.starts, places.stops)
            scaled, is_time = epochs(count)
            values = np.where(is_number, scaled, values)
            is_plain = np.where(is_number, is_time, is_plain)
        return self._completed(name, values, is_plain, slow)

    def seconds(self, name: Name, slow: Callable[[Any], int | None]) -> pl.Series:
        """Microseconds since 1970 UTC of numbers and their digits; ``slow`` says it of other texts."""
        places = self._places(name)
        count, is_plain = digits(self._text.words, places.starts, places.stops)
        values, is_time = epochs(count)
        return self._completed(name, values, is_plain & is_time, slow)

    def stamps(self, name: Name) -> pl.Series:
        """Microseconds since 1970 UTC of texts like ``2026-01-02T03:04:05.678901Z``, null where there is another."""
        places = self._places(name)
        values, is_stamp = moments(self._text.words, places.starts, places.stops)
        is_stamp &= (places.stops - places.starts == _STAMP) & places.is_a(Kind.TEXT)
        for at, code in ((_STAMP_T, b"T"), (_STAMP - 1, b"Z")):
            is_stamp &= self._text.raw.take(places.starts + at, mode="clip") == ord(code)
        return _filled(values, is_stamp)

    def integers(self, *names: str) -> list[pl.Series]:
        """Whole numbers, null where the value is none; all at once, as each call has its price."""
        columns = [self._places(name) for name in names]
        # Row by row, as they stand in the text.
        starts = np.stack([places.starts for places in columns], axis=1)
        stops = np.stack([places.stops for places in columns], axis=1)
        values, is_plain = digits(self._text.words, starts, stops)
        is_plain &= np.stack([places.is_a(Kind.NUMBER) for places in columns], axis=1)
        return [_filled(values[:, at].copy(), is_plain[:, at]) for at in range(len(columns))]

    def flags(self, name: str) -> pl.Series:
        """Whether the value is true; null where it is neither."""
        is_true = self.is_a(name, Kind.TRUE)
        return _filled(is_true, is_true | self.is_a(name, Kind.FALSE))

    def lists(self, name: str) -> pl.Series:
        """Lists of texts, null where there is none."""
        if self._is_absent(name):
            return self._nothing(dtype=pl.List(pl.String))
        places = self._places(name)
        (cell,) = self._cut([places], [places.is_a(Kind.LIST)], is_plain=False)
        return cell.str.json_decode(pl.List(pl.String))

    def distinct(self, *names: str) -> tuple[list[tuple[Any, ...]], Int64s]:
        """The distinct values of some columns together: texts, lists of texts or None; and which of them a row has."""
        columns = [self._places(name) for name in names]
        is_text = [places.is_a(Kind.TEXT) for places in columns]
        wanted = [texts | places.is_a(Kind.LIST) for texts, places in zip(is_text, columns, strict=True)]
        # With its quotes a text is JSON, as a list is.
        starts = [np.where(mask, p.starts - text, 0) for p, text, mask in zip(columns, is_text, wanted, strict=True)]
        stops = [np.where(mask, p.stops + text, 0) for p, text, mask in zip(columns, is_text, wanted, strict=True)]
        which, left = np.zeros(len(self), np.int64), np.arange(len(self))
        values: list[tuple[Any, ...]] = []
        while len(left) and len(values) < FEW_DISTINCT:
            first, is_same = left[0], np.ones(len(left), np.bool_)
            row: list[Any] = []
            for start, stop in zip(starts, stops, strict=True):
                text = self._text.raw[start[first] : stop[first]].tobytes()
                row.append(msgspec.json.decode(text) if text else None)
                is_same &= (stop - start)[left] == len(text)
                same = np.flatnonzero(is_same)
                is_same[same] = self._begins(start[left[same]], text)
            which[left[is_same]] = len(values)
            values.append(tuple(row))
            left = left[~is_same]
        if len(left):
            rest, which_of_rest = self._many_distinct([one[left] for one in starts], [one[left] for one in stops])
            which[left] = which_of_rest + len(values)
            values += rest
        return values, which

    def _many_distinct(self, starts: Sequence[Int64s], stops: Sequence[Int64s]) -> tuple[list[tuple[Any, ...]], Int64s]:
        columns = [Places(start, stop, Kind.LIST) for start, stop in zip(starts, stops, strict=True)]
        cells = self._cut(columns, [places.stops > places.starts for places in columns], is_plain=False)
        names = [str(at) for at in range(len(cells))]
        frame = pl.DataFrame([cell.alias(name) for name, cell in zip(names, cells, strict=True)])
        known = frame.unique(maintain_order=True).with_row_index("")
        which = frame.join(known, on=names, how="left", maintain_order="left", nulls_equal=True)[""]
        decode = msgspec.json.decode
        values = [tuple(None if one is None else decode(one) for one in row) for row in known.drop("").rows()]
        return values, which.to_numpy().astype(np.int64)

    def _completed(self, name: Name, values: Int64s, is_plain: Mask, slow: Callable[[Any], int | None]) -> pl.Series:
        """``values`` where ``is_plain``, what ``slow`` says of other texts, null where there is none."""
        if is_plain.all():
            return pl.Series(values)
        column = _filled(values, is_plain)
        places = self._places(name)
        is_other = ~is_plain & (places.stops > places.starts) & places.is_a(Kind.TEXT)
        if not is_other.any():
            return column
        others = self.where(is_other).texts(of=name)["of"].to_list()
        known = {text: slow(text) for text in set(others)}
        return column.scatter(np.flatnonzero(is_other), pl.Series([known[text] for text in others], dtype=pl.Int64))

    def _places(self, name: Name) -> Places:
        if isinstance(name, str):
            return places_of(self._groups, self._columns[name], self._order)
        named = [one for one in name[:-1] if not self._is_absent(one)]
        return first_of([self._places(one) for one in (*named, name[-1])])

    def _equals(self, places: Places, text: bytes) -> Mask:
        found = np.asarray(places.stops - places.starts == len(text))
        return found & self._begins(places.starts, text) if text and found.any() else found

    def _begins(self, starts: Int64s, text: bytes) -> Mask:
        """Where there are as many bytes as that and more."""
        found = np.ones(len(starts), np.bool_)
        last = len(self._text.words) - 1
        for at in range(0, len(text), WORD):
            part = text[at : at + WORD]
            words = self._text.words[np.minimum(starts + at, last)]
            if len(part) < WORD:
                words = words & np.uint64((1 << 8 * len(part)) - 1)
            found &= words == np.uint64(int.from_bytes(part, "little"))
        return found

    def _escaped(self, places: Places) -> Mask:
        """Which of the values have an escape."""
        found, escapes = np.zeros(len(self), np.bool_), self._text.escapes
        rows = np.flatnonzero(self._text.escaped_lines(self._block)[self.lines]) if escapes.size else _NO_ROWS
        if rows.size:
            starts, stops = places.starts[rows], places.stops[rows]
            first = escapes.take(np.searchsorted(escapes, starts), mode="clip")
            found[rows] = (first >= starts) & (first < stops)
        return found

    def _decoded(self, cell: pl.Series, places: Places) -> pl.Series:
        """With each ``\\u`` as it is meant."""
        rows = cell.str.contains(_CODED, literal=True).fill_null(False).arg_true()
        if not len(rows):
            return cell
        raw, spans = self._text.raw, zip(places.starts[rows].tolist(), places.stops[rows].tolist(), strict=True)
        meant = [msgspec.json.decode(b'"%b"' % raw[start:stop].tobytes()) for start, stop in spans]
        return cell.scatter(rows, pl.Series(meant, dtype=pl.String))


def _filled(values: npt.NDArray[Any], mask: Mask) -> pl.Series:
    """``values`` where ``mask`` is true, else null."""
    if mask.all():
        return pl.Series(values)
    return pl.select(pl.when(pl.Series(mask)).then(pl.Series(values))).to_series()


def _replaced(cell: pl.Series, rows: Int64s) -> pl.Series:
    """Without the backslashes of escapes, which ``rows`` have."""
    if len(rows) * 2 > len(cell):
        return cell.str.replace_all(_DROPPED, "", literal=True)
    return cell.scatter(rows, cell.gather(rows).str.replace_all(_DROPPED, "", literal=True))
