"""The file format safetensors: named arrays and a few words about them, which every program can read.

    8 bytes        N, the length of the header, little-endian
    N bytes        the header, JSON: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}, and
                   under `__metadata__` texts by their names; spaces at its end
    the rest       the arrays one after the other, little-endian, the last axis running fastest

Nothing in such a file is run when it is read. https://github.com/huggingface/safetensors describes the format.
"""

import json
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from lstm_jax.errors import InputError

TYPES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U64": "uint64",
    "U32": "uint32",
    "U16": "uint16",
    "U8": "uint8",
    "BOOL": "bool",
}
"""The format's names of types, and NumPy's."""

METADATA = "__metadata__"

ALIGNED = 8
"""The arrays begin at a multiple of so many bytes."""


def encoded(arrays: Mapping[str, Any], metadata: Mapping[str, str]) -> bytes:
    """The content of a file. Wide types come first, so that every number stands at a multiple of its size.

    Args:
        arrays: by their names; of the types in `TYPES`.
        metadata: texts by their names.

    Raises:
        InputError: an array has another type, or the name that the metadata has in the file.
    """
    names = {numpy: own for own, numpy in TYPES.items()}
    header: dict[str, Any] = {METADATA: dict(metadata)}
    parts, end = [], 0
    known = {name: np.asarray(array) for name, array in arrays.items()}
    for name, array in sorted(known.items(), key=lambda item: (-item[1].itemsize, item[0])):
        if array.dtype.name not in names or name == METADATA:
            raise InputError(f"{name} is an array of {array.dtype}: it should be one of {', '.join(names)}.")
        parts.append(array.astype(array.dtype.newbyteorder("<")).tobytes())
        begin, end = end, end + len(parts[-1])
        header[name] = {"dtype": names[array.dtype.name], "shape": list(array.shape), "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % ALIGNED)
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])


def decoded(content: bytes, path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays of a file, which cannot be written to, and its metadata.

    Args:
        content: of the file.
        path: of the file, for messages.

    Raises:
        InputError: it is damaged or of another format.
    """
    try:
        size = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + size])
        metadata, rest = header.pop(METADATA, {}), content[8 + size :]
        arrays = {name: _array(rest, **entry) for name, entry in header.items()}
        spans = sorted(tuple(entry["data_offsets"]) for entry in header.values())
        if [0, *(end for _, end in spans)] != [*(begin for begin, _ in spans), len(rest)]:
            raise ValueError("arrays that overlap, or bytes that belong to none")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{path} is damaged or no safetensors file ({type(error).__name__}).") from None
    return arrays, metadata


def _array(rest: bytes, dtype: str, shape: list[int], data_offsets: list[int]) -> np.ndarray:
    begin, end = data_offsets
    kind = _type(TYPES[dtype])
    if not 0 <= begin <= end <= len(rest) or end - begin != prod(shape) * kind.itemsize:
        raise ValueError("an array that is not as long as its shape says")
    values = np.frombuffer(rest[begin:end], kind.newbyteorder("<"))
    return values.astype(kind, copy=False).reshape(shape)


def _type(name: str) -> np.dtype:
    if name != "bfloat16":
        return np.dtype(name)
    import jax.numpy as jnp  # takes time to import, and nothing else here needs it

    return np.dtype(jnp.bfloat16)
