"""`tonewatch explain-alert ID`: the chain from an alert to the audio that it rests on, made again where it can be."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from aiokafka import TopicPartition

from tonewatch.stream.call_keys.shredding import shredded_at_ms, since
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.kafka.refusals import telling_refusals
from tonewatch.stream.messages import Provenance
from tonewatch.stream.provenance import provenance_of
from tonewatch.stream.rules.file import read_rules
from tonewatch.stream.rules.model import RuleSet
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.settings import ArchiveSettings, ListenSettings, MonitorSettings, load
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.manner import manners_in
from tonewatch.stream.tone.model.relative_head import load_head
from tonewatch.stream.weights import relative_head_file, weights_folder
from tonewatch.workers.audio.segmenter import SegmenterSettings
from tonewatch.workers.encoder import Encoder, WeightsSet, default_encoder_path
from tonewatch.workers.listen.analysis import Analysis
from tonewatch.workers.provenance.recompute import Agreement, compare, segments_again
from tonewatch.workers.provenance.sources import read_archive, read_call, read_topics
from tonewatch.workers.provenance.story import Story, call_of
from tonewatch.workers.provenance.told import told

DAY_MS = 24 * 3_600_000


def explain_alert(
    alert_id: Annotated[str, typer.Argument(help="CALL/RULE/ONSET_MS, as the board and the alerts topic have it.")],
    recompute: Annotated[bool, typer.Option(help="Make the segments again from their audio in Kafka.")] = True,
    kafka: Annotated[str | None, typer.Option(help="Bootstrap servers. [env: TONEWATCH_KAFKA]")] = None,
    database: Annotated[str | None, typer.Option(help="Of the archive. [env: TONEWATCH_DATABASE]")] = None,
) -> None:
    """Print what an alert rests on, down to its audio's offsets; exit status 1 where it comes out otherwise now."""
    settings = load(ArchiveSettings, kafka=kafka, database=database)
    story, call_id = Story(alert_id), call_of(alert_id)
    no_archive = read_archive(settings, story)
    asyncio.run(telling_refusals(settings, read_topics(settings, story, call_id)))
    if not story.states:
        erased_at_ms = asyncio.run(telling_refusals(settings, shredded_at_ms(settings, call_id)))
        if erased_at_ms is not None:
            raise SettingsError(f"Call {call_id} was erased: nothing of it can be read since {since(erased_at_ms)}.")
        raise SettingsError(f"There is no alert {alert_id}: Kafka no longer has it, and {no_archive}.")
    listen = load(ListenSettings, kafka=kafka)
    agreements, gone = _recomputed(story, call_id, listen) if recompute else ({}, {})
    for line in told(story, _here(), agreements, gone):
        typer.echo(line)
    if any(one.why for one in agreements.values()):
        raise typer.Exit(1)


def _here() -> Provenance:
    """What the monitor's settings in this environment would make."""
    settings = load(MonitorSettings)
    folder = weights_folder(settings.weights_folder)
    head = Path(settings.relative_head) if settings.relative_head else relative_head_file(settings.weights, folder)
    return provenance_of(
        ToneConfig(
            relative=load_head(head),
            manners=manners_in(folder),
            earlier_kept_ms=settings.callers_kept_days * DAY_MS,
            rolling_ms=round(1000 * settings.rolling_s),
            language=settings.reason_language,
            rules=read_rules(Path(settings.rules)) if settings.rules else RuleSet(),
        )
    )


def _recomputed(story: Story, call_id: str, settings: ListenSettings) -> tuple[dict[str, Agreement], dict[str, str]]:
    """Those of the evidence that came out again, and why the others did not."""
    evidence = story.decided.evidence
    until = {item.audio.partition: item.audio.last_offset + 1_000 for item in evidence}
    records = asyncio.run(telling_refusals(settings, read_call(settings, call_id, until)))
    no_record = [item.segment_id for item in evidence if item.segment_id not in story.segments]
    gone = dict.fromkeys(no_record, "its record is no longer in Kafka")
    wanted = set(story.segments) - set(gone)
    if not records:
        return {}, {**gone, **dict.fromkeys(wanted, "its audio is no longer in Kafka")}
    again = segments_again(
        records,
        Analysis(_encoder(settings), Metrics(), analyse_mixed=bool(settings.analyse_mixed_reason)),
        TopicPartition(evidence[0].audio.topic, evidence[0].audio.partition),
        wanted,
        SegmenterSettings(pause_ms=settings.pause_ms, max_length_ms=settings.max_segment_ms),
    )
    lacking = "it does not come out of the audio that is still in Kafka"
    gone.update(dict.fromkeys(wanted - set(again), lacking))
    return {name: compare(story.segments[name], one) for name, one in again.items()}, gone


def _encoder(settings: ListenSettings) -> Encoder:
    folder = weights_folder(settings.weights_folder)
    shipped = default_encoder_path(weights=WeightsSet(settings.weights), folder=folder)
    return Encoder(Path(settings.encoder) if settings.encoder else shipped, threads=settings.encoder_threads)
