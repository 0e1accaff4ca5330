"""A sound file by the bytes that are there, whatever its header says of their number.

A recorder that was killed leaves a header that was written before the audio: a data length of 0, or of the first
buffer. libsndfile believes it. `MeasuredFile` shows libsndfile the same file with a length that was measured.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

UNKNOWN_LENGTH = 0x7FFF_FF00
"""From here on a 32-bit length stands for "not known" (0x7FFFFFFF, 0xFFFFFFFF): so do writers into a pipe."""

_PAGE_HEADER = 27
_STREAMINFO = 8  # behind `fLaC` and the header of the first metadata block


@dataclass(frozen=True)
class Layout:
    """How a file has to be read.

    patches         offset -> bytes that libsndfile is to see there
    end             offset behind the last byte that can be used
    declared_share  audio that the header declares / audio that is there; 1 where both agree or none is declared
    flac_frames_at  offset of FLAC's number of frames, which only decoding can measure; null in other formats
    """

    patches: tuple[tuple[int, bytes], ...]
    end: int
    declared_share: float = 1.0
    flac_frames_at: int | None = None

    def with_frames(self, frames: int) -> Layout:
        """The same with a number of frames that was found by decoding; nothing changes where none is needed."""
        if self.flac_frames_at is None:
            return self
        ((at, patch),) = self.patches
        # 36 bits: the low half of a byte whose high half belongs to the sample size, and four more bytes.
        return replace(self, patches=((at, (int.from_bytes(patch) | frames).to_bytes(5)),))


def measure(path: Path) -> Layout:
    """Look at the container of a file; one that is not known is taken as it is.

    Raises:
        OSError: it cannot be read.
    """
    end = path.stat().st_size
    with path.open("rb") as file:
        match file.read(4):
            case b"RIFF" | b"RF64":
                return _wav(file, end)
            case b"fLaC":
                return _flac(file, end)
            case b"OggS":
                return Layout((), _end_of_last_page(file, end))
    return Layout((), end)


def _wav(file: BinaryIO, end: int) -> Layout:
    """The data chunk reaches to the end of the file, unless well-formed chunks follow where its length says."""
    at, length_at, declared64 = 12, 0, 0
    while len(head := _read(file, at, 8)) == 8 and head[:4] != b"data":
        if head[:4] == b"ds64":
            length_at = at + 16
            (declared64,) = struct.unpack("<Q", _read(file, length_at, 8).ljust(8, b"\0"))
        at += _chunk_size(head)
    if len(head) < 8:
        return Layout((), end)
    (declared,) = struct.unpack("<I", head[4:])
    is_long = declared == 0xFFFF_FFFF and length_at > 0
    declared = declared64 if is_long else declared
    start = at + 8
    there = end - start
    if declared < there and any(_is_chunks(file, start + declared + pad, end) for pad in (declared % 2, 0)):
        return Layout((), end)
    if declared == there or there <= 0:
        return Layout((), end)
    data = (length_at, struct.pack("<Q", there)) if is_long else (at + 4, struct.pack("<I", min(there, 0xFFFF_FFFF)))
    known = is_long or declared < UNKNOWN_LENGTH
    return Layout((data,), end, declared / there if known else 1.0)


def _is_chunks(file: BinaryIO, at: int, end: int) -> bool:
    """Do chunks with a name and a length that fit lie from `at` to the end? Audio looks so once in 2**32 times."""
    while end - at >= 8:
        head = _read(file, at, 8)
        if not all(32 <= byte < 127 for byte in head[:4]):
            return False
        at += _chunk_size(head)
    return at <= end + 1  # The byte that pads the last chunk to an even length is often left out.


def _chunk_size(head: bytes) -> int:
    (size,) = struct.unpack("<I", head[4:])
    return int(8 + size + size % 2)


def _flac(file: BinaryIO, end: int) -> Layout:
    """Its 36 bits of "total samples" set to 0, "not known": libsndfile then decodes as long as there are frames."""
    block = _read(file, 4, 38)
    if len(block) < 38 or block[0] & 0x7F != 0:  # The first metadata block is STREAMINFO, else this is no FLAC.
        return Layout((), end)
    high = _STREAMINFO + 13
    return Layout(((high, bytes([block[high - 4] & 0xF0, 0, 0, 0, 0])),), end, flac_frames_at=high)


def _end_of_last_page(file: BinaryIO, end: int) -> int:
    """libsndfile finds no audio at all in an OGG file that ends in the middle of a page."""
    at = 0
    while len(head := _read(file, at, _PAGE_HEADER)) == _PAGE_HEADER and head[:4] == b"OggS":
        segments = _read(file, at + _PAGE_HEADER, head[26])
        behind = at + _PAGE_HEADER + head[26] + sum(segments)
        if len(segments) < head[26] or behind > end:
            break
        at = behind
    return at or end


def _read(file: BinaryIO, at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)


class MeasuredFile:
    """The file as libsndfile is to see it: what `soundfile` asks of an open file, and a context manager.

    Raises:
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path, layout: Layout) -> None:
        self._file = path.open("rb")
        self._layout = layout

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_END:
            return self._file.seek(self._layout.end + offset)
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        at = self._file.tell()
        left = max(0, self._layout.end - at)
        found = bytearray(self._file.read(left if size < 0 else min(size, left)))
        for start, patch in self._layout.patches:
            for place, byte in enumerate(patch, start - at):
                if 0 <= place < len(found):
                    found[place] = byte
        return bytes(found)
