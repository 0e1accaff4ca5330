"""The faust app as it is put together; that it runs is a matter of the integration tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tonewatch.stream.monitor.app import TABLE, make_app
from tonewatch.stream.monitor.callers import Callers
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.settings import MonitorSettings
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.topics import ALERT_ACTIONS, RATIONALES, SEGMENTS, changelog_topics


def test_topics_agents_and_table_bear_the_names_of_the_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = MonitorSettings()
    app = make_app(settings, ToneConfig, Metrics(), Callers())
    assert set(app.agents) == {f"monitor.{topic.name}" for topic in (SEGMENTS, RATIONALES, ALERT_ACTIONS)}
    changelog = app.tables[TABLE].changelog_topic.get_topic_name()
    assert changelog in {topic.name for topic in changelog_topics(settings.app_id, (TABLE,))}
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_acknowledged_by_less_than_all_replicas() -> None:
    app = make_app(MonitorSettings(), ToneConfig, Metrics(), Callers())
    assert app.conf.producer_acks == -1
    assert app.conf.stream_wait_empty is False
