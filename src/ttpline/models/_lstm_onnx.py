"""The network as an ONNX graph, byte by byte: the same arrays always give the same file.

Written here rather than by an exporter, so that neither training nor loading needs the ``onnx`` package, and so that
a loader can compare: a graph in a model folder is run only if it is the one that the folder's own arrays give. A
stranger's graph never reaches the runtime. The wire format is protobuf's; field numbers are those of ``onnx.proto``.

In: ``ids`` int32 ``[commands, length]``. Out: ``logits`` float32 ``[commands, labels]``; softmax and temperature are
the caller's arithmetic.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

INPUT, OUTPUT = "ids", "logits"

# Old enough that any onnxruntime of the last years runs it, new enough for ReduceSum with axes as an input.
_IR_VERSION, _OPSET = 8, 14
_FLOAT, _INT32, _INT64 = 1, 6, 7  # TensorProto.DataType
_INT, _INTS = 2, 7  # AttributeProto.AttributeType
_VARINT, _BYTES = 0, 2  # wire types


def lstm_graph(arrays: Mapping[str, Floats], length: int, *, mask_zero: bool) -> bytes:
    """The graph of a network with these ``arrays`` (names and layout: ``_lstm_files.py``)."""
    units, labels = arrays["dense"].shape
    constants: dict[str, npt.NDArray[Any]] = {
        "embedding": arrays["embedding"],
        "kernel": _gates(arrays["kernel"]).T[None],
        "recurrent": _gates(arrays["recurrent"]).T[None],
        "bias": np.concatenate([_gates(arrays["bias"]), np.zeros(4 * units, np.float32)])[None],
        "dense": arrays["dense"],
        "dense_bias": arrays["dense_bias"],
        "first_axis": np.zeros(1, np.int64),
    }
    nodes = [
        _node("Gather", ["embedding", INPUT], ["vectors"]),
        _node("Transpose", ["vectors"], ["steps"], perm=[1, 0, 2]),
        _node(
            "LSTM",
            ["steps", "kernel", "recurrent", "bias", *(["lengths"] if mask_zero else [])],
            ["", "last"],
            hidden_size=units,
        ),
        _node("Squeeze", ["last", "first_axis"], ["state"]),
        _node("MatMul", ["state", "dense"], ["products"]),
        _node("Add", ["products", "dense_bias"], [OUTPUT]),
    ]
    if mask_zero:
        constants |= {"padding": np.zeros(1, np.int32), "second_axis": np.ones(1, np.int64)}
        nodes[:0] = [
            _node("Equal", [INPUT, "padding"], ["is_padding"]),
            _node("Not", ["is_padding"], ["is_word"]),
            _node("Cast", ["is_word"], ["words"], to=_INT32),
            _node("ReduceSum", ["words", "second_axis"], ["lengths"], keepdims=0),
        ]
    graph = b"".join(
        [
            *(_message(1, node) for node in nodes),
            _text(2, "ttpline-lstm"),
            *(_message(5, _tensor(name, array)) for name, array in constants.items()),
            _message(11, _value(INPUT, _INT32, length)),
            _message(12, _value(OUTPUT, _FLOAT, labels)),
        ]
    )
    return _number(1, _IR_VERSION) + _text(2, "ttpline") + _message(7, graph) + _message(8, _number(2, _OPSET))


def _gates(array: Floats) -> Floats:
    """From Keras' order of gates (input, forget, cell, output) to ONNX's (input, output, forget, cell)."""
    entry, forget, cell, exit_ = np.split(array, 4, axis=-1)
    return np.concatenate([entry, exit_, forget, cell], axis=-1)


def _node(kind: str, inputs: Iterable[str], outputs: Iterable[str], **attributes: int | list[int]) -> bytes:
    return b"".join(
        [
            *(_text(1, name) for name in inputs),
            *(_text(2, name) for name in outputs),
            _text(4, kind),
            *(_message(5, _attribute(name, value)) for name, value in attributes.items()),
        ]
    )


def _attribute(name: str, value: int | list[int]) -> bytes:
    if isinstance(value, int):
        return _text(1, name) + _number(3, value) + _number(20, _INT)
    return _text(1, name) + b"".join(_number(8, one) for one in value) + _number(20, _INTS)


def _tensor(name: str, array: npt.NDArray[Any]) -> bytes:
    kind = {np.dtype(np.float32): _FLOAT, np.dtype(np.int32): _INT32, np.dtype(np.int64): _INT64}[array.dtype]
    little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    sizes = b"".join(_number(1, size) for size in array.shape)
    return sizes + _number(2, kind) + _text(8, name) + _message(9, little.tobytes())


def _value(name: str, kind: int, columns: int) -> bytes:
    shape = _message(1, _text(2, "commands")) + _message(1, _number(1, columns))
    return _text(1, name) + _message(2, _message(1, _number(1, kind) + _message(2, shape)))


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3 | _VARINT) + _varint(value)


def _message(field: int, payload: bytes) -> bytes:
    return _varint(field << 3 | _BYTES) + _varint(len(payload)) + payload


def _text(field: int, value: str) -> bytes:
    return _message(field, value.encode())
