"""Values of Thrift's compact protocol, in which parquet writes its index: just enough to look before polars leaps."""

from typing import Any

MAX_DEPTH = 24

_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_INTEGERS = (_I16, _I32, _I64)

Fields = dict[int, Any]


class ThriftError(ValueError):
    """Bytes that are no such value, or too few of them."""


class Compact:
    """Reads ``data`` from ``at`` on; every value costs at least one byte of it, so time and memory are bounded."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def struct(self, depth: int = 0) -> Fields:
        """Field number -> value: bool, int, bytes, list, or another struct; doubles and maps are None."""
        if depth > MAX_DEPTH:
            raise ThriftError
        fields: Fields = {}
        number = 0
        while head := self._byte():
            step, kind = head >> 4, head & 15
            number = number + step if step else self._zigzag()
            fields[number] = kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if kind in _INTEGERS:
            return self._zigzag()
        if kind == _BINARY:
            return self._take(self._varint())
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind in (_LIST, _SET):
            head = self._byte()
            count, inner = head >> 4, head & 15
            count = self._varint() if count == 15 else count
            if count > len(self._data) - self.at:
                raise ThriftError
            return [self._item(inner, depth) for _ in range(count)]
        if kind == _BYTE:
            return self._byte()
        if kind == _DOUBLE:
            self._take(8)
            return None
        if kind == _MAP:
            return self._map(depth)
        raise ThriftError

    def _item(self, kind: int, depth: int) -> Any:
        return self._byte() == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind, depth + 1)

    def _map(self, depth: int) -> None:
        count = self._varint()
        if not count:
            return
        if depth > MAX_DEPTH or count > len(self._data) - self.at:
            raise ThriftError
        kinds = self._byte()
        for _ in range(count):
            self._item(kinds >> 4, depth + 1)
            self._item(kinds & 15, depth + 1)

    def _byte(self) -> int:
        if self.at >= len(self._data):
            raise ThriftError
        self.at += 1
        return self._data[self.at - 1]

    def _take(self, size: int) -> bytes:
        if size > len(self._data) - self.at:
            raise ThriftError
        self.at += size
        return self._data[self.at - size : self.at]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            if shift > 63:
                raise ThriftError

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
