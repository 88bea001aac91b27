"""Frames of the protocol, as docs/serve.md describes them: a length, a JSON header with its own length, arrays."""

from __future__ import annotations

import json
import struct
import sys
from typing import Any, Mapping, Protocol

import numpy as np
import numpy.typing as npt

from .errors import ProcessError

Header = dict[str, Any]
Arrays = dict[str, npt.NDArray[Any]]

_TYPES: dict[str, np.dtype[Any]] = {
    "f32": np.dtype("<f4"),
    "u32": np.dtype("<u4"),
    "i32": np.dtype("<i4"),
    "u8": np.dtype("u1"),
}
_NAMES = {dtype: name for name, dtype in _TYPES.items()}


class Reader(Protocol):
    """What frames are read from."""

    def read(self, size: int, /) -> bytes | None: ...


def encode(header: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> list[bytes | memoryview]:
    """Packs a frame, as parts to write one behind the other."""
    listed = [
        {"name": name, "type": _NAMES[array.dtype], "length": array.size} for name, array in arrays.items()
    ]
    text = json.dumps({**header, "arrays": listed} if listed else header, allow_nan=False).encode()
    text += b" " * (-len(text) % 8)
    size = 4 + len(text) + sum(array.nbytes for array in arrays.values())
    head = struct.pack("<II", size, len(text)) + text
    return [head, *(array.data.cast("B") for array in arrays.values() if array.size > 0)]


def size_of(parts: list[bytes | memoryview]) -> int:
    """Bytes of a frame without its length."""
    return sum(len(part) for part in parts) - 4


def read(stream: Reader) -> tuple[Header, Arrays]:
    """Reads one frame. Raises EOFError where there is none any more."""
    (size,) = struct.unpack("<I", _exactly(stream, 4))
    body = _exactly(stream, size)
    try:
        (length,) = struct.unpack_from("<I", body)
        header = json.loads(body[4 : 4 + length])
        arrays: Arrays = {}
        at = 4 + length
        for entry in header.pop("arrays", []):
            dtype, count = _TYPES[entry["type"]], int(entry["length"])
            arrays[str(entry["name"])] = np.frombuffer(body, dtype, count, at)
            at += count * dtype.itemsize
    except (ValueError, KeyError, TypeError, AttributeError, struct.error) as cause:
        raise ProcessError("the process answered with something that is no frame of evos serve") from cause
    return header, arrays


def _exactly(stream: Reader, size: int) -> bytes:
    parts: list[bytes] = []
    while size > 0:
        part = stream.read(size)
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


if sys.byteorder != "little":
    raise ImportError("evos needs a little-endian machine, as all that Node.js runs on are")
