"""A bound to what a consumer unpacks: a batch of some kilobytes may hold gigabytes of zeros.

aiokafka unpacks a whole batch at once, whatever comes out, and hands out as many records as were asked for, however
large they are. Here a batch is unpacked into LARGEST_BATCH at most. What does not fit is left out: in the place of its
records comes one without bytes, under the offset of the first, which its reader refuses like any other that cannot be
read; its dead letter says where the bytes lie. And one answer to `getmany` ends at LARGEST_ANSWER of each partition.

`install` puts this into aiokafka, for the consumers of the whole process: the monitor's are made by faust.
"""

from __future__ import annotations

import gzip
import io
import logging
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import cramjam
from aiokafka.codec import _detect_xerial_stream
from aiokafka.consumer import fetcher
from aiokafka.record import default_records as pure_records
from aiokafka.record._crecords import default_records, legacy_records

log = logging.getLogger(__name__)

LARGEST_BATCH: Final = 8 * 1_048_576
"""Bytes that a batch is unpacked into. Producers bound a batch to about a megabyte before they compress it."""

LARGEST_ANSWER: Final = 8 * 1_048_576
"""Bytes of keys and values after which an answer of a partition ends; its last record may go beyond it."""

LEFT_OUT: Final = "tonewatch.left_out"
"""Header of a record that stands for a batch that was left out: why."""

_FIRST_TRY: Final = 65_536
_XERIAL_HEADER: Final = 16

Unpack = Callable[[Any], bytes]


class BatchTooLarge(Exception):
    """A batch cannot be unpacked within LARGEST_BATCH: it is larger, or broken."""


def _into(decompress_into: Callable[[bytes, bytearray], int]) -> Unpack:
    """A decoder that writes into a buffer of ours, which grows up to the bound."""

    def unpack(payload: Any) -> bytes:  # noqa: ANN401
        data = bytes(payload)
        size = min(LARGEST_BATCH, max(_FIRST_TRY, 8 * len(data)))
        while True:
            out = bytearray(size)
            try:
                return bytes(memoryview(out)[: decompress_into(data, out)])
            except cramjam.DecompressionError as error:
                # Of a full buffer and of broken bytes the error is the same: both end at the bound.
                if size >= LARGEST_BATCH:
                    raise BatchTooLarge(str(error)) from error
            size = min(LARGEST_BATCH, 4 * size)

    return unpack


zstd_decode = _into(cramjam.zstd.decompress_into)
lz4_decode = _into(cramjam.lz4.decompress_into)


def gzip_decode(payload: Any) -> bytes:  # noqa: ANN401
    """
    Raises:
        BatchTooLarge: it is, or it is broken.
    """
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(payload)) as file:
            data = file.read(LARGEST_BATCH + 1)
    except (OSError, EOFError, ValueError) as error:
        raise BatchTooLarge(str(error)) from error
    if len(data) > LARGEST_BATCH:
        raise BatchTooLarge("gzip")
    return data


def snappy_decode(payload: Any) -> bytes:  # noqa: ANN401
    """Plain, or in the blocks of the xerial library, which Java's clients write.

    Raises:
        BatchTooLarge: it is, or it is broken.
    """
    data = bytes(payload)
    blocks = _xerial_blocks(data) if _detect_xerial_stream(data) else iter((data,))
    out = bytearray()
    try:
        for block in blocks:
            # The length that the block claims: cramjam makes room for it before it reads on.
            if len(out) + cramjam.snappy.decompress_raw_len(block) > LARGEST_BATCH:
                raise BatchTooLarge("snappy")
            out += bytes(cramjam.snappy.decompress_raw(block))
    except (cramjam.DecompressionError, struct.error) as error:
        raise BatchTooLarge(str(error)) from error
    return bytes(out)


def _xerial_blocks(data: bytes) -> Iterator[bytes]:
    at = _XERIAL_HEADER
    while at < len(data):
        (size,) = struct.unpack_from("!i", data, at)
        if size < 0:
            raise BatchTooLarge("snappy")
        yield data[at + 4 : at + 4 + size]
        at += 4 + size


@dataclass(frozen=True)
class LeftOut:
    """Stands for the records of a batch that was not unpacked; it has the fields of aiokafka's own record."""

    offset: int
    timestamp: int
    timestamp_type: int
    headers: tuple[tuple[str, bytes], ...]
    key: bytes | None = None
    value: bytes | None = None
    checksum: int | None = None


class BoundedBatch:
    """A batch of aiokafka; all but its records is the batch's own."""

    def __init__(self, batch: Any) -> None:  # noqa: ANN401
        self._batch = batch

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._batch, name)

    def __next__(self) -> Any:  # noqa: ANN401
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        try:
            records = iter(self._batch)  # unpacks all of it
        except BatchTooLarge:
            yield self._left_out()
        else:
            yield from records

    def _left_out(self) -> LeftOut:
        batch = self._batch
        why = f"offsets {batch.base_offset} to {batch.next_offset - 1}: more than {LARGEST_BATCH} bytes, or broken"
        log.warning("A batch is not unpacked", extra={"first_offset": batch.base_offset, "last": batch.next_offset - 1})
        return LeftOut(batch.base_offset, batch.max_timestamp, batch.timestamp_type, ((LEFT_OUT, why.encode()),))


@dataclass
class BoundedRecords:
    """aiokafka's sequence of batches, each of them bounded."""

    records: Any
    has_next: Callable[[], bool] = field(init=False)

    def __post_init__(self) -> None:
        self.has_next = self.records.has_next

    def next_batch(self) -> BoundedBatch:
        return BoundedBatch(self.records.next_batch())


class BoundedPartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]
    """Knows no batch that is not bounded."""

    def __init__(self, tp: Any, records: Any, *more: Any) -> None:  # noqa: ANN401
        super().__init__(tp, BoundedRecords(records), *more)


class BoundedFetchResult(fetcher.FetchResult):  # type: ignore[misc]
    """Ends an answer where its records grow too large together; the rest is in the next one."""

    def getall(self, max_records: int | None = None) -> list[Any]:
        """As aiokafka's own, one record at a time."""
        found: list[Any] = []
        held = 0
        while (max_records is None or len(found) < max_records) and held < LARGEST_ANSWER:
            # aiokafka's `getall` of one: it looks at the assignment and moves the position each time.
            one = super().getall(1)
            if not one:
                break
            found += one
            held += sum(max(0, r.serialized_key_size) + max(0, r.serialized_value_size) for r in one)
        return found


def install() -> None:
    """Put the bounds into aiokafka; a second time changes nothing."""
    # Each module has taken the decoders over by name, so they are put into each.
    for module in (default_records, legacy_records, pure_records):
        for decode in (zstd_decode, lz4_decode, gzip_decode, snappy_decode):
            name = _NAMES[decode]
            if hasattr(module, name):
                setattr(module, name, decode)
    fetcher.PartitionRecords = BoundedPartitionRecords
    fetcher.FetchResult = BoundedFetchResult


_NAMES: Final[dict[Unpack, str]] = {
    zstd_decode: "zstd_decode",
    lz4_decode: "lz4_decode",
    gzip_decode: "gzip_decode",
    snappy_decode: "snappy_decode",
}
