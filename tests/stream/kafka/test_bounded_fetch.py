"""Batches that are unpacked within a bound: what does not fit costs no memory and no partition."""

from __future__ import annotations

import gzip
import tracemalloc
from typing import Any

import cramjam
import pytest
from aiokafka import TopicPartition
from aiokafka.codec import snappy_encode
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from tonewatch.stream.kafka import bounded_fetch
from tonewatch.stream.kafka.bounded_fetch import LARGEST_ANSWER, LARGEST_BATCH, LEFT_OUT, BatchTooLarge

ONE = TopicPartition("t", 0)
CODECS = {"zstd": 4, "lz4": 3, "gzip": 1, "snappy": 2}
DECODERS = {
    "zstd": (lambda data: bytes(cramjam.zstd.compress(data)), bounded_fetch.zstd_decode),
    "lz4": (lambda data: bytes(cramjam.lz4.compress(data)), bounded_fetch.lz4_decode),
    "gzip": (gzip.compress, bounded_fetch.gzip_decode),
    "snappy": (snappy_encode, bounded_fetch.snappy_decode),
    "raw snappy": (lambda data: bytes(cramjam.snappy.compress_raw(data)), bounded_fetch.snappy_decode),
}


@pytest.fixture(autouse=True)
def installed() -> None:
    bounded_fetch.install()


def batch(codec: int, *values: bytes) -> bytes:
    made = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=codec,
        is_transactional=False,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=2**31 - 1,
    )
    for offset, value in enumerate(values):
        made.append(offset, 1_000, b"k", value, [])
    return bytes(made.build())


def at(base_offset: int, data: bytes) -> bytes:
    return base_offset.to_bytes(8, "big") + data[8:]


def records(*batches: bytes) -> list[Any]:
    made = fetcher.PartitionRecords(ONE, MemoryRecords(b"".join(batches)), None, 0, None, None, True, 0)
    return list(made)


@pytest.mark.parametrize("name", DECODERS)
def test_what_fits_is_unpacked_as_it_was_and_what_does_not_is_refused(name: str) -> None:
    encode, decode = DECODERS[name]
    for whole in (b"x", bytes(range(256)) * 4_000, bytes(LARGEST_BATCH)):
        assert decode(encode(whole)) == whole
    for beyond in (encode(bytes(LARGEST_BATCH + 1)), b"\x00broken"):
        with pytest.raises(BatchTooLarge):
            decode(beyond)


@pytest.mark.parametrize("codec", CODECS)
def test_a_batch_that_unpacks_into_too_much_is_one_record_without_bytes_and_the_next_is_read(codec: str) -> None:
    good, bad = batch(CODECS[codec], b"good"), batch(CODECS[codec], bytes(LARGEST_BATCH), b"more")
    found = records(good, at(1, bad), at(3, good))
    assert [(r.offset, r.value) for r in found] == [(0, b"good"), (1, None), (3, b"good")]
    ((name, why),) = found[1].headers
    assert name == LEFT_OUT and b"offsets 1 to 2" in why


def test_a_bomb_costs_no_more_memory_than_the_bound() -> None:
    bad = batch(CODECS["zstd"], bytes(20 * LARGEST_BATCH))
    assert len(bad) < 100_000
    tracemalloc.start()
    records(bad)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * LARGEST_BATCH


def test_an_answer_ends_where_its_records_grow_too_large_and_the_rest_follows() -> None:
    quarter = batch(CODECS["zstd"], bytes(LARGEST_ANSWER // 4))
    data = b"".join(at(offset, quarter) for offset in range(10))

    class State:
        position, paused = 0, False

        def consumed_to(self, position: int) -> None:
            self.position = position

    class Assignment:
        active, state = True, State()

        def state_value(self, _partition: TopicPartition) -> State:
            return self.state

    unpacked = fetcher.PartitionRecords(ONE, MemoryRecords(data), None, 0, None, None, True, 0)
    answer = fetcher.FetchResult(ONE, assignment=Assignment(), partition_records=unpacked, backoff=0)
    found = [[r.offset for r in answer.getall(500)] for _ in range(3)]
    assert found == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert not answer.has_more()


def test_every_consumer_of_the_process_is_bounded() -> None:
    assert fetcher.PartitionRecords is bounded_fetch.BoundedPartitionRecords
    assert fetcher.FetchResult is bounded_fetch.BoundedFetchResult
