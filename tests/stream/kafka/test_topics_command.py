from __future__ import annotations

import pytest
from typer.testing import CliRunner

from tonewatch.stream import topics as topics_module
from tonewatch.stream.kafka.topics_command import topics
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import TOPICS, Topic, dead_letter_topics


def test_the_list_shows_every_topic_and_how_long_it_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    shown = {
        line.split()[1]: line for line in CliRunner().invoke(topics, ["list"]).output.splitlines() if " h " in line
    }
    for topic in (*TOPICS, *dead_letter_topics()):
        assert f"{topic.retention_ms // topics_module.HOUR_MS} h" in shown[topic.name]


@pytest.mark.parametrize("missing", [["tonewatch.calls.v1"], []])
def test_apply_makes_the_monitor_s_changelog_too_and_says_what_it_made(
    monkeypatch: pytest.MonkeyPatch, missing: list[str]
) -> None:
    asked: list[tuple[KafkaSettings, tuple[Topic, ...]]] = []

    async def apply(kafka: KafkaSettings, *, extra: tuple[Topic, ...], **_more: object) -> list[str]:
        asked.append((kafka, extra))
        return missing

    monkeypatch.setattr(topics_module, "apply", apply)
    monkeypatch.setenv("TONEWATCH_KAFKA_PARTITIONS", "3")
    monkeypatch.setenv("TONEWATCH_APP_ID", "mine")
    said = CliRunner().invoke(topics, ["apply", "--kafka", "here:1"]).output
    ((kafka, (changelog,)),) = asked
    assert (kafka.kafka, kafka.kafka_partitions, changelog.name) == ("here:1", 3, "mine-calls-changelog")
    assert said.startswith("1 topics created at here:1" if missing else "All topics are there")
