"""Where the strings and the lists of strings are in lines of JSON, for many lines at once.

Nothing is parsed here. What is said of a line that is no JSON means nothing; a skeleton that fits it proves that it is.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ttpline.telemetry._lines import Int64s

Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

WORD = 8
"""Bytes that are compared at once."""

DROPPED, CODED = 1, 3
"""In ``Scan.plain``: a backslash that falls away, and one whose ``\\uXXXX`` is still to be decoded."""

_QUOTE, _SLASH, _OPEN, _CLOSE, _COMMA, _SPACE, _CR = b'"\\[], \r'
_NO_ESCAPE = 0
_ESCAPED = np.full(256, _NO_ESCAPE, np.uint8)
_ESCAPED[list(b'"\\/bfnrtu')] = list(b'"\\/\b\f\n\r\tu')
_NO_DIGIT = 16
_HEX = np.full(256, _NO_DIGIT, np.uint8)
_HEX[list(b"0123456789abcdefABCDEF")] = [int(digit, 16) for digit in "0123456789abcdefABCDEF"]
_NONE = np.zeros(0, np.int64)


@dataclass(slots=True)
class Scan:
    """Lines joined by LF, and what was found in them; every number is a place in ``raw``.

    ``raw``: the bytes; a word of ``words`` may end behind the last. ``starts``, ``stops``: where each line is, without
    its line end. ``quotes``: all that begin or end a string which is no item of a list of strings; ``first`` and
    ``counts``: which of them are a line's. ``list_starts`` and ``list_stops``: the lists, brackets included.
    ``escapes``: the backslashes that escape something. ``plain``: ``raw`` with escapes undone as far as that keeps the
    places; ``has_codes``: whether it still holds a ``\\u``. ``is_odd``: lines that are no JSON, or hold what columns do
    not.
    """

    raw: Bytes
    words: npt.NDArray[np.uint64]
    starts: Int64s
    stops: Int64s
    is_odd: Mask
    plain: Bytes
    is_ascii: bool
    quotes: Int64s = field(default_factory=lambda: _NONE)
    first: Int64s = field(default_factory=lambda: _NONE)
    counts: Int64s = field(default_factory=lambda: _NONE)
    list_starts: Int64s = field(default_factory=lambda: _NONE)
    list_stops: Int64s = field(default_factory=lambda: _NONE)
    escapes: Int64s = field(default_factory=lambda: _NONE)
    has_codes: bool = False


def scan(data: bytes, starts: Int64s, stops: Int64s) -> Scan:
    """``data``: lines joined by LF."""
    padded = data + bytes(WORD)
    words: npt.NDArray[np.uint64] = np.ndarray((len(data) + 1,), "<u8", padded, strides=(1,))
    raw: Bytes = np.frombuffer(padded, np.uint8)[:-WORD]
    found = Scan(raw, words, starts, stops, np.zeros(len(starts), np.bool_), raw, data.isascii())
    _mark(found, _controls(found))
    if not found.is_ascii:
        _mark_undecodable(found, data)
    special = np.flatnonzero((raw - np.uint8(_OPEN)) < 3)  # [ \ ] follow each other in ASCII
    codes = raw[special]
    is_slash = codes == _SLASH
    bare = raw
    if is_slash.any():
        found.escapes = _escapes(special[is_slash])
        bare = _unescape(found)
        special, codes = special[~is_slash], codes[~is_slash]
    _find_quotes(found, bare)
    unpaired = (found.counts & 1).astype(np.bool_)
    if unpaired.any():
        # A quote too many turns strings and what is between them round in all that follows.
        found.is_odd |= unpaired
        bare = bare.copy()
        for start, stop in zip(starts[unpaired].tolist(), stops[unpaired].tolist(), strict=True):
            bare[start:stop] = _SPACE
        kept = bare[special] == codes
        special, codes = special[kept], codes[kept]
        _find_quotes(found, bare)
    if special.size:
        _find_lists(found, special, codes)
    return found


def _unescape(found: Scan) -> Bytes:
    """Makes ``plain``. The bytes without the quotes that are text."""
    raw, escapes = found.raw, found.escapes
    found.plain = plain = raw.copy()
    plain[escapes] = DROPPED
    places = np.minimum(escapes + 1, len(raw) - 1)
    names = raw[places]
    is_other = names != _SLASH
    if not is_other.any():
        return raw
    escapes, places, names = escapes[is_other], places[is_other], names[is_other]
    meant = _ESCAPED[names]
    _mark(found, escapes[meant == _NO_ESCAPE])
    plain[places] = meant
    coded = escapes[names == ord("u")]
    if coded.size:
        found.has_codes = True
        plain[coded] = CODED
        digits = _HEX[raw[np.minimum(coded[:, None] + np.arange(2, 6), len(raw) - 1)]]
        is_surrogate = (digits[:, 0] == 0xD) & (digits[:, 1] >= 8)
        _mark(found, coded[(digits == _NO_DIGIT).any(axis=1) | is_surrogate])
    hidden = places[names == _QUOTE]
    if not hidden.size:
        return raw
    bare = raw.copy()
    bare[hidden] = _SPACE
    return bare


def _mark(found: Scan, places: Int64s) -> None:
    if places.size:
        found.is_odd[np.searchsorted(found.starts, places, side="right") - 1] = True


def _controls(found: Scan) -> Int64s:
    """Control characters: JSON has none in a string. Line ends do not count, nor a CR before one."""
    is_control = found.raw < _SPACE
    if np.count_nonzero(is_control) == len(found.starts) - 1:  # the line ends
        return _NONE
    is_control[found.stops[:-1]] = False
    full = found.stops[found.stops > found.starts] - 1
    is_control[full[found.raw[full] == _CR]] = False
    return np.flatnonzero(is_control)


def _mark_undecodable(found: Scan, data: bytes) -> None:
    try:
        data.decode()
    except UnicodeDecodeError:
        for index, (start, stop) in enumerate(zip(found.starts.tolist(), found.stops.tolist(), strict=True)):
            try:
                data[start:stop].decode()
            except UnicodeDecodeError:
                found.is_odd[index] = True


def _escapes(slashes: Int64s) -> Int64s:
    """Those that are not escaped by the one before: every second of a run.

    >>> _escapes(np.array([3, 7, 8, 9])).tolist()
    [3, 7, 9]
    """
    begins = np.diff(slashes, prepend=-2) != 1
    if not (~begins[1:] & ~begins[:-1]).any():  # none longer than two
        return np.asarray(slashes[begins])
    index = np.arange(len(slashes))
    return np.asarray(slashes[((index - np.maximum.accumulate(np.where(begins, index, 0))) & 1) == 0])


def _find_quotes(found: Scan, bare: Bytes) -> None:
    found.quotes = np.flatnonzero(bare == _QUOTE)
    _count(found)


def _count(found: Scan) -> None:
    found.first = np.searchsorted(found.quotes, found.starts)
    found.counts = np.diff(found.first, append=len(found.quotes))


def _find_lists(found: Scan, brackets: Int64s, codes: Bytes) -> None:
    """Lists of nothing but strings; their strings are no ``quotes`` of the piece any more."""
    raw, quotes = found.raw, found.quotes
    at = np.searchsorted(quotes, brackets)
    is_pair = (codes[:-1] == _OPEN) & (codes[1:] == _CLOSE)
    is_structure = (at & 1) == 0
    if not is_structure.all():
        brackets, codes, at = brackets[is_structure], codes[is_structure], at[is_structure]
        is_pair = (codes[:-1] == _OPEN) & (codes[1:] == _CLOSE)
    pairs = np.flatnonzero(is_pair)
    opens, closes, begin, end = brackets[pairs], brackets[pairs + 1], at[pairs], at[pairs + 1]
    sizes = end - begin
    if not len(quotes):
        quotes = np.zeros(1, np.int64)
    is_full = (quotes.take(begin, mode="clip") == opens + 1) & (quotes.take(end - 1, mode="clip") == closes - 1)
    is_good = np.where(sizes > 0, is_full, closes == opens + 1)
    gaps = np.where(is_good, np.maximum(sizes // 2 - 1, 0), 0)
    owner = np.repeat(np.arange(len(pairs)), gaps)
    if owner.size:
        behind = begin[owner] + 1 + 2 * _count_up(gaps)
        place = quotes[behind]
        width = quotes[behind + 1] - place
        is_comma = (raw[place + 1] == _COMMA) & ((width == 2) | ((width == 3) & (raw[place + 2] == _SPACE)))
        is_good[owner[~is_comma]] = False
    found.list_starts, found.list_stops = opens[is_good], closes[is_good] + 1
    sizes = np.where(is_good, sizes, 0)
    inside = np.repeat(begin, sizes) + _count_up(sizes)
    if inside.size:
        is_outside = np.ones(len(quotes), np.bool_)
        is_outside[inside] = False
        found.quotes = quotes[is_outside]
        _count(found)


def _count_up(sizes: Int64s) -> Int64s:
    """0, 1, … for each of ``sizes``, one behind the other.

    >>> _count_up(np.array([2, 0, 3])).tolist()
    [0, 1, 0, 1, 2]
    """
    ends = np.cumsum(sizes)
    return np.arange(ends[-1] if ends.size else 0) - np.repeat(ends - sizes, sizes)
