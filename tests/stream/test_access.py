"""The table of rights beside what the roles themselves say of their topics and groups."""

from __future__ import annotations

import pytest

from tonewatch.stream import access
from tonewatch.stream.archive import archivist
from tonewatch.stream.board import sink
from tonewatch.stream.monitor import app
from tonewatch.stream.settings import MonitorSettings
from tonewatch.stream.topics import ALERTS, CALLS, SEGMENTS, TOPICS, dead_letter_topics
from tonewatch.workers.explain import explainer
from tonewatch.workers.listen import listener


def test_groups_and_tables_are_those_of_the_code() -> None:
    groups = {role: access.use_of(role).groups for role in access.ROLES}
    assert groups["listen"] == (listener.GROUP,)
    assert groups["explain"] == (explainer.GROUP,)
    assert groups["archive"] == (archivist.GROUP,)
    assert groups["monitor"] == (MonitorSettings().app_id, sink.GROUP)
    assert access.TABLES == (app.TABLE,)


def test_topics_that_a_role_names_itself_are_in_the_table() -> None:
    monitor = access.use_of("monitor")
    assert {*sink.READS, *sink.DEAD_LETTERS} <= set(monitor.reads)
    assert set(archivist.READS) < set(access.use_of("archive").reads)


def test_only_doors_write_calls_and_only_the_monitor_writes_alerts() -> None:
    def writers(topic: str) -> set[str]:
        return {role for role in access.ROLES if topic in access.use_of(role).writes}

    # An erasure withdraws the call's notice first.
    assert writers(CALLS.name) == {"replay", "door", "dlq", "erase"}
    assert writers(ALERTS.name) == {"monitor", "dlq"}
    assert writers(SEGMENTS.name) == {"listen", "dlq"}


def test_every_topic_is_created_by_somebody_and_used_by_somebody() -> None:
    names = {topic.name for topic in (*TOPICS, *dead_letter_topics())}
    used = set().union(*(access.topics_of(role) for role in access.ROLES))
    assert names <= set(access.use_of("admin").creates) == used


@pytest.mark.parametrize("role", access.ROLES)
def test_a_right_is_named_once(role: str) -> None:
    rights = access.use_of(role).rights()
    assert len({(right.resource, right.name) for right in rights}) == len(rights)
    assert all(right.operations for right in rights)
