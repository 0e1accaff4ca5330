"""`tonewatch topics`: create the Kafka topics, and list them."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tonewatch.stream import topics as topics_module
from tonewatch.stream.settings import MonitorSettings, load
from tonewatch.stream.topics import TOPICS, changelog_topics, dead_letter_topics

topics = typer.Typer(help="The Kafka topics and their settings.", no_args_is_help=True)
_out = Console()
_err = Console(stderr=True)

KafkaOption = Annotated[str | None, typer.Option("--kafka", help="Bootstrap servers. [env: TONEWATCH_KAFKA]")]


@topics.command("apply")
def topics_apply(kafka: KafkaOption = None) -> None:
    """Create the topics that are missing; existing ones are left as they are."""
    settings = load(MonitorSettings, kafka=kafka)
    created = asyncio.run(
        topics_module.apply(
            settings.kafka,
            partitions=settings.kafka_partitions,
            replication=settings.kafka_replication,
            extra=changelog_topics(settings.app_id, ("calls",)),
            retry_for_s=2.0,
        )
    )
    _out.print(f"{len(created)} topics created at {settings.kafka}." if created else "All topics are there.")
    for name in created:
        _out.print(f"  {name}")


@topics.command("list")
def topics_list() -> None:
    """Show the topics, what they hold and how long they keep it."""
    table = Table("topic", "holds", "kept")
    for topic in (*TOPICS, *dead_letter_topics()):
        table.add_row(topic.name, topic.holds, f"{topic.retention_ms // topics_module.HOUR_MS} h")
    _out.print(table)
