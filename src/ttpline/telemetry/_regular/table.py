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
from ttpline.telemetry._lines import Int64s
from ttpline.telemetry._regular.cells import begins, cut, equals, is_escaped, texts_at, value_at
from ttpline.telemetry._regular.numbers import digits, epochs, moments
from ttpline.telemetry._regular.places import ABSENT, Group, Places, first_of, places_of
from ttpline.telemetry._regular.scan import Mask, Scan
from ttpline.telemetry._regular.skeleton import Kind

_EMPTY = frozenset({""})
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
    _scan: Scan = field(repr=False)
    _columns: Mapping[str, int] = field(repr=False)
    _groups: list[Group] = field(repr=False)
    _order: Int64s | None = field(repr=False)
    left: list[Int64s] = field(default_factory=list, repr=False)
    _known_places: dict[Name, Places] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.lines)

    def where(self, mask: Mask) -> "Table":
        """The rows that ``mask`` is true of."""
        if mask.all():
            return self
        order = np.flatnonzero(mask) if self._order is None else self._order[mask]
        return Table(self.lines[mask], self._scan, self._columns, self._groups, order, self.left)

    def leave(self, mask: Mask) -> "Table":
        """The rows but for those that ``mask`` is true of, which are to be read one by one."""
        if not mask.any():
            return self
        self.left.append(self.lines[mask])
        return self.where(~mask)

    def events(self, event_id: pl.Series | None, **fields: pl.Series | str | bool) -> EventColumns:
        """The rows as events. ``event_id``: as in ``EventRows.add``, null where the log has no name for the event."""
        records, block, ids = self.records, self._scan.block, event_id
        if ids is None or ids.null_count():
            local = event_ids(records, self.checksums(None if ids is None else ids.is_null().to_numpy()))
            ids = local if ids is None else ids.zip_with(ids.is_not_null(), local)
        return EventColumns(records, block.offsets[self.lines], block.lengths[self.lines], {"event_id": ids, **fields})

    @property
    def records(self) -> Int64s:
        return self.lines + self._scan.block.first_record

    def checksums(self, wanted: Mask | None = None) -> Int64s:
        """CRC-32 of the bytes of each line; 0 where it is not ``wanted``."""
        lines = self.lines if wanted is None else self.lines[wanted]
        data, block = self._scan.block.data, self._scan.block
        places = zip(block.starts[lines].tolist(), block.stops[lines].tolist(), strict=True)
        found = checksums(data[start:stop] for start, stop in places)
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
        return (
            is_escaped(self._scan, self.lines, self._places(name))
            if self._scan.has_codes
            else np.zeros(len(self), np.bool_)
        )

    def equals(self, name: Name, text: bytes) -> Mask:
        """Whether the bytes of the value are these."""
        return equals(self._scan, self._places(name), text)

    def is_one_of(self, name: Name, texts: Sequence[bytes]) -> Mask:
        """Whether the bytes of the value are one of these."""
        places, found = self._places(name), np.zeros(len(self), np.bool_)
        for text in texts:
            found |= equals(self._scan, places, text)
            if found.all():
                break
        return found

    def begins(self, name: Name, text: bytes) -> Mask:
        """Whether the bytes of the value begin like this."""
        places = self._places(name)
        found = np.asarray(places.stops - places.starts >= len(text))
        return found & begins(self._scan, places.starts, text) if found.any() else found

    @property
    def is_ascii(self) -> bool:
        """Whether no text has any other character."""
        return self._scan.is_ascii

    def is_digits(self, name: Name) -> Mask:
        """Whether the value is a whole number in decimal digits."""
        places = self._places(name)
        return digits(self._scan.words, places.starts, places.stops)[1]

    def is_blank(self, name: Name) -> Mask:
        """Whether a text says nothing."""
        places = self._places(name)
        first = self._scan.raw.take(places.starts, mode="clip")
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
        differing = {key: self._places(name) for key, name in names.items() if self._common(name) is None}
        cells = texts_at(self._scan, self.lines, differing, nothing)
        for key, name in names.items():
            if (common := self._common(name)) is not None:
                value = str(common[0]) if isinstance(common[0], str | int) else None
                cells[key] = self._alike(None if value in nothing else value, pl.String)
        return pl.DataFrame([cells[key].alias(key) for key in names])

    def _is_absent(self, name: Name) -> bool:
        """Whether no record has a value there."""
        names = (name,) if isinstance(name, str) else name
        return all(self._kinds(one) <= ABSENT for one in names)

    def _kinds(self, name: str) -> set[Kind]:
        column = self._columns[name]
        return {group.kinds[column] for group in self._groups}

    def numbers(self, name: Name) -> pl.Series:
        """As ``_json.values.number`` has it."""
        if (common := self._common(name)) is not None:
            return self._alike(number(common[0]), pl.Int64)
        places = self._places(name)
        values, is_plain = digits(self._scan.words, places.starts, places.stops)
        return self._completed(name, values, is_plain, number)

    def user_ids(self, name: Name) -> pl.Series:
        """As ``_json.values.user_id`` has it."""
        if (common := self._common(name)) is not None:
            return self._alike(user_id(common[0]), pl.Int64)
        places = self._places(name)
        values, is_plain = digits(self._scan.words, places.starts, places.stops)
        return self._completed(name, values, is_plain & (values != UNSET_ID), user_id)

    def times(self, name: Name, slow: Callable[[Any], int | None]) -> pl.Series:
        """Microseconds since 1970 UTC. ``slow`` says it of texts that are no plain time in UTC."""
        if (one := self._one_for_all(name)) is not None:
            return one.times(name, slow).new_from_index(0, len(self))
        places = self._places(name)
        values, is_plain = moments(self._scan.words, places.starts, places.stops)
        is_number = places.is_a(Kind.NUMBER)
        if is_number.any():
            count, _ = digits(self._scan.words, places.starts, places.stops)
            scaled, is_time = epochs(count)
            values = np.where(is_number, scaled, values)
            is_plain = np.where(is_number, is_time, is_plain)
        return self._completed(name, values, is_plain, slow)

    def seconds(self, name: Name, slow: Callable[[Any], int | None]) -> pl.Series:
        """Microseconds since 1970 UTC of numbers and their digits; ``slow`` says it of other texts."""
        if (one := self._one_for_all(name)) is not None:
            return one.seconds(name, slow).new_from_index(0, len(self))
        places = self._places(name)
        count, is_plain = digits(self._scan.words, places.starts, places.stops)
        values, is_time = epochs(count)
        return self._completed(name, values, is_plain & is_time, slow)

    def stamps(self, name: Name) -> pl.Series:
        """Microseconds since 1970 UTC of texts like ``2026-01-02T03:04:05.678901Z``, null where there is another."""
        if (one := self._one_for_all(name)) is not None:
            return one.stamps(name).new_from_index(0, len(self))
        places = self._places(name)
        values, is_stamp = moments(self._scan.words, places.starts, places.stops)
        is_stamp &= (places.stops - places.starts == _STAMP) & places.is_a(Kind.TEXT)
        for at, code in ((_STAMP_T, b"T"), (_STAMP - 1, b"Z")):
            is_stamp &= self._scan.raw.take(places.starts + at, mode="clip") == ord(code)
        return _filled(values, is_stamp)

    def integers(self, *names: str) -> list[pl.Series]:
        """Whole numbers, null where the value is none; all at once, as each call has its price."""
        differing = [name for name in names if self._common(name) is None]
        found: dict[str, pl.Series] = {}
        if differing:
            columns = [self._places(name) for name in differing]
            # Row by row, as they stand in the text.
            starts = np.stack([places.starts for places in columns], axis=1)
            stops = np.stack([places.stops for places in columns], axis=1)
            values, is_plain = digits(self._scan.words, starts, stops)
            is_plain &= np.stack([places.is_a(Kind.NUMBER) for places in columns], axis=1)
            found = {name: _filled(values[:, at].copy(), is_plain[:, at]) for at, name in enumerate(differing)}
        for name in names:
            if (common := self._common(name)) is not None:
                found[name] = self._alike(common[0] if isinstance(common[0], int) else None, pl.Int64)
        return [found[name] for name in names]

    def flags(self, name: str) -> pl.Series:
        """Whether the value is true; null where it is neither."""
        is_true = self.is_a(name, Kind.TRUE)
        return _filled(is_true, is_true | self.is_a(name, Kind.FALSE))

    def lists(self, name: str) -> pl.Series:
        """Lists of texts, null where there is none."""
        if (common := self._common(name)) is not None:
            return self._alike(common[0] if isinstance(common[0], list) else None, pl.List(pl.String))
        places = self._places(name)
        (cell,) = cut(self._scan, [places], [places.is_a(Kind.LIST)], is_plain=False)
        return cell.str.json_decode(pl.List(pl.String))

    def distinct(self, *names: str) -> tuple[list[tuple[Any, ...]], Int64s]:
        """The distinct values of some columns together: texts, lists of texts or None; and which of them a row has."""
        differing = [name for name in names if self._common(name) is None]
        values, which = self._distinct(differing) if differing else ([()], np.zeros(len(self), np.int64))
        known = {name: common[0] for name in names if (common := self._common(name)) is not None}
        if known:
            rows = [known | dict(zip(differing, row, strict=True)) for row in values]
            values = [tuple(row[name] for name in names) for row in rows]
        return values, which

    def _distinct(self, names: Sequence[str]) -> tuple[list[tuple[Any, ...]], Int64s]:
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
                place = slice(start[first], stop[first])
                text = self._scan.raw[place].tobytes()
                row.append(msgspec.json.decode(text) if text else None)
                is_same &= (stop - start)[left] == len(text)
                same = np.flatnonzero(is_same)
                is_same[same] = begins(self._scan, start[left[same]], self._scan.bare[place].tobytes())
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
        cells = cut(self._scan, columns, [places.stops > places.starts for places in columns], is_plain=False)
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
        known = self._known_places.get(name)
        if known is None:
            if isinstance(name, str):
                known = places_of(self._groups, self._columns[name], self._order)
            else:
                named = [one for one in name[:-1] if not self._is_absent(one)]
                known = first_of([self._places(one) for one in (*named, name[-1])])
            self._known_places[name] = known
        return known

    def _one_for_all(self, name: Name) -> "Table | None":
        """The first row, where all have the same value there; to be asked in their place."""
        if len(self) < 2 or not self._places(name).is_same:
            return None
        first = np.zeros(1, np.int64) if self._order is None else self._order[:1]
        return Table(self.lines[:1], self._scan, self._columns, self._groups, first)

    def _common(self, name: Name) -> tuple[Any] | None:
        """The value that all rows have there: a text, a number, a list of texts, None; where they differ, None."""
        places = self._places(name)
        return (value_at(self._scan, places),) if places.is_same else None

    def _alike(self, value: Any, dtype: type[pl.DataType] | pl.DataType) -> pl.Series:
        return pl.Series([value], dtype=dtype).new_from_index(0, len(self))


def _filled(values: npt.NDArray[Any], mask: Mask) -> pl.Series:
    """``values`` where ``mask`` is true, else null."""
    if mask.all():
        return pl.Series(values)
    return pl.select(pl.when(pl.Series(mask)).then(pl.Series(values))).to_series()
