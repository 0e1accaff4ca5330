from __future__ import annotations

from pathlib import Path

from tonewatch.stream.erasure.kafka_erasure import compacted, logs
from tonewatch.stream.retention.data_classes import kept, table
from tonewatch.stream.settings import variables

PAGE = Path(__file__).parents[3] / "stream" / "PRIVACY.md"


def test_every_topic_is_a_class_of_data_and_every_other_has_a_setting() -> None:
    where = {one.where for one in kept()}
    assert {*compacted("tonewatch-monitor"), *logs("tonewatch-monitor")} <= where
    assert all(one.setting in variables() for one in kept() if one.longest_ms is None)


def test_the_page_has_the_table() -> None:
    assert table() in PAGE.read_text(), "print tonewatch.stream.retention.data_classes.table() into it"
