from __future__ import annotations

from aiokafka import TopicPartition

from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.read_progress import ReadProgress

ONE, OTHER = TopicPartition("t", 0), TopicPartition("t", 1)


def lag(metrics: Metrics, partition: int) -> float | None:
    labels = {"group": "g", "topic": "t", "partition": str(partition)}
    return metrics.registry.get_sample_value("tonewatch_lag_records", labels)


def newest(metrics: Metrics) -> float | None:
    labels = {"group": "g", "topic": "t", "partition": "0"}
    return metrics.registry.get_sample_value("tonewatch_newest_record_timestamp_seconds", labels)


def test_the_lag_is_what_lies_behind_the_last_record_that_was_taken() -> None:
    metrics = Metrics()
    progress = ReadProgress(metrics, "g")
    progress.took(ONE, 4, 1_500)
    progress.tell([ONE], lambda _partition: 12)
    assert (lag(metrics, 0), newest(metrics)) == (7, 1.5)


def test_a_record_that_holds_its_worker_up_is_part_of_the_lag() -> None:
    metrics = Metrics()
    progress = ReadProgress(metrics, "g")
    progress.waits_at(ONE, 4, 1_500)
    progress.tell([ONE], lambda _partition: 5)
    assert lag(metrics, 0) == 1


def test_of_a_partition_of_which_nothing_is_known_nothing_is_told() -> None:
    metrics = Metrics()
    progress = ReadProgress(metrics, "g")
    progress.took(ONE, 4, 1_500)
    progress.tell([ONE, OTHER], lambda _partition: None)
    assert (lag(metrics, 0), lag(metrics, 1)) == (None, None)


def test_a_partition_that_went_to_another_member_is_no_longer_told_of() -> None:
    metrics = Metrics()
    progress = ReadProgress(metrics, "g")
    progress.took(ONE, 4, 1_500)
    progress.tell([ONE], lambda _partition: 5)
    progress.tell([OTHER], lambda _partition: 5)
    assert (lag(metrics, 0), newest(metrics)) == (None, None)


def test_an_embedded_broker_that_says_where_a_batch_begins_gives_no_negative_lag() -> None:
    metrics = Metrics()
    progress = ReadProgress(metrics, "g")
    progress.took(ONE, 9, 1_500)
    progress.tell([ONE], lambda _partition: 4)
    assert lag(metrics, 0) == 0
