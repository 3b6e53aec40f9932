"""The file format byte by byte, as its specification has it, and files that are not of it."""

import json
import struct
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.errors import InputError
from lstm_jax.safetensors import TYPES, decoded, encoded

FILE = Path("weights.safetensors")

BY_HAND = (
    struct.pack("<Q", 144)
    + b'{"__metadata__":{"cell":"gr\xc3\xbcn"},'
    + b'"b":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},'
    + b'"a":{"dtype":"BOOL","shape":[],"data_offsets":[8,9]}}'
    + b"   "
    + struct.pack("<ff", 1.5, -2.0)
    + b"\x01"
)
"""A file written by hand: wide numbers come first, and spaces fill the header up to a multiple of eight."""


def raw(header: object, rest: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + rest


def test_every_byte_is_where_the_specification_has_it():
    arrays = {"a": np.array(True), "b": np.array([[1.5, -2.0]], np.float32)}
    content = encoded(arrays, {"cell": "grün"})
    size = struct.unpack("<Q", content[:8])[0]
    assert size % 8 == 0 and content[8:9] == b"{"
    header = json.loads(content[8 : 8 + size])
    assert header == {
        "__metadata__": {"cell": "grün"},
        "b": {"dtype": "F32", "shape": [1, 2], "data_offsets": [0, 8]},
        "a": {"dtype": "BOOL", "shape": [], "data_offsets": [8, 9]},
    }
    assert content[8 + size :] == struct.pack("<ff?", 1.5, -2.0, True)
    assert content[8 + size - 1 : 8 + size] in (b"}", b" ") and content == BY_HAND


def test_every_type_comes_back_as_it_was():
    numbers = np.arange(6).reshape(2, 3)
    types = [jnp.bfloat16 if name == "bfloat16" else name for name in TYPES.values()]
    arrays = {str(np.dtype(kind)): numbers.astype(kind) for kind in types} | {"none": np.zeros((0, 3))}
    arrays["fortran"] = np.asfortranarray(numbers)
    arrays["big"] = numbers.astype(">f4")
    found, metadata = decoded(encoded(arrays, {}), FILE)
    assert metadata == {} and found.keys() == arrays.keys()
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype.newbyteorder("=") and found[name].flags.c_contiguous
        np.testing.assert_array_equal(found[name], array)


def test_a_file_of_another_program_is_read_whatever_the_order_of_its_arrays():
    entries = {
        "y": {"dtype": "I16", "shape": [1], "data_offsets": [4, 6]},
        "x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
    }
    found, _ = decoded(raw(entries, struct.pack("<fh", 0.5, -7)), FILE)
    assert found["x"].tolist() == [0.5] and found["y"].tolist() == [-7]


ENTRY = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello, this is a text",
        BY_HAND[:-1],
        BY_HAND + b"\0",
        raw(b"[1]"),
        raw({"x": ENTRY}),
        raw({"x": {**ENTRY, "shape": [2]}}, bytes(4)),
        raw({"x": {**ENTRY, "dtype": "F8"}}, bytes(4)),
        raw({"x": ENTRY, "y": ENTRY}, bytes(4)),
        raw({"x": {**ENTRY, "data_offsets": [4, 8]}}, bytes(8)),
        raw({"x": {**ENTRY, "data_offsets": [-4, 0]}}, bytes(4)),
        raw({"x": {"dtype": "F32"}}, bytes(4)),
    ],
)
def test_what_is_damaged_or_something_else_is_refused(content):
    with pytest.raises(InputError, match=r"weights\.safetensors is damaged or no safetensors file"):
        decoded(content, FILE)


def test_an_array_of_no_known_type_is_refused():
    with pytest.raises(InputError, match="z is an array of complex64: it should be one of float64, float32"):
        encoded({"z": np.zeros(2, np.complex64)}, {})
