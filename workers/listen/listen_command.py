"""`tonewatch listen`: the worker that turns audio into segments."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from tonewatch.stream import access, topics
from tonewatch.stream.audit.role_start import tell_start
from tonewatch.stream.caller_keys import CallerKeys, read_secret
from tonewatch.stream.kafka.clients import (
    CommitOnRevoke,
    Sender,
    make_consumer,
    make_producer,
    start,
)
from tonewatch.stream.kafka.clients import stop as stop_clients
from tonewatch.stream.kafka.dead_letters import DeadLetters
from tonewatch.stream.kafka.refusals import telling_refusals
from tonewatch.stream.kafka.withdrawals import TopicWithdrawals
from tonewatch.stream.service.health import why_not_reading
from tonewatch.stream.service.logs import configure
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.posterior_drift import PosteriorDrift, read_reference
from tonewatch.stream.service.process import stop_on_signals, until_loaded
from tonewatch.stream.service.provider import tell
from tonewatch.stream.service.traces import traces
from tonewatch.stream.settings import ListenSettings, load
from tonewatch.stream.shadow.shadow import Shadow, sender
from tonewatch.stream.topics import CALLS, CLOCKS, MARKS
from tonewatch.stream.weights import posterior_reference_file, weights_folder
from tonewatch.workers.audio.segmenter import SegmenterSettings
from tonewatch.workers.encoder import Encoder, WeightsSet, available_providers, default_encoder_path
from tonewatch.workers.listen.analysis import Analysis
from tonewatch.workers.listen.clocks import TopicClocks
from tonewatch.workers.listen.listener import GROUP, Listener
from tonewatch.workers.listen.notice import NoticePolicy
from tonewatch.workers.listen.speech_to_text import require_packages
from tonewatch.workers.listen.transcriber_process import TranscriberProcess
from tonewatch.workers.listen.transcripts import Transcripts
from tonewatch.workers.redaction.redactor import KINDS

USE_THE_GPU = (
    "install tonewatch[gpu] in an environment without the package onnxruntime, which hides onnxruntime-gpu, "
    "and an NVIDIA driver that is new enough for its CUDA"
)

log = logging.getLogger(__name__)


def listen(
    kafka: Annotated[str | None, typer.Option(help="Bootstrap servers. [env: TONEWATCH_KAFKA]")] = None,
    encoder: Annotated[str | None, typer.Option(help="An ONNX encoder instead of the shipped one.")] = None,
    no_asr: Annotated[bool, typer.Option("--no-asr", help="No speech-to-text.")] = False,
) -> None:
    """Find speech in live calls, measure it, and write one event per segment."""
    settings = load(ListenSettings, kafka=kafka, encoder=encoder, asr=False if no_asr else None)
    configure("listen", settings.log_level)
    uvloop.run(telling_refusals(settings, run(settings)))


async def run(settings: ListenSettings) -> None:
    """Until SIGINT or SIGTERM; then what is queued is written and committed.

    While the encoder's file is missing or broken nothing is read: the audio waits in Kafka, and nothing is left out.
    While the file of speech-to-text is, there are no words.
    """
    secret = read_secret(settings.caller_secret.get_secret_value(), settings.caller_secret_file)
    metrics = Metrics(traces=traces("listen", settings.trace_ratio))
    metrics.serve(settings.metrics_port, "listen", settings.metrics_host)
    available_providers()  # A missing package stays missing until a restart: raise now, do not try again.
    if settings.asr:
        require_packages(own_model=bool(settings.asr_model))
    stop = stop_on_signals()
    analysis = await until_loaded("encoder", lambda: asyncio.to_thread(_analysis, settings, metrics), metrics, stop)
    if analysis is None:
        return
    shadow = Shadow(settings.shadow)
    await topics.apply(settings, extra=shadow.topics(), needed=shadow.needs(access.topics_of("listen")))
    producer = make_producer(settings, linger_ms=0, gives_up=False)
    consumer = make_consumer(
        settings,
        [],
        shadow.group(GROUP),
        max_partition_fetch_bytes=4 * 1024 * 1024,
        # A shadow is compared on the calls that are live: it does not begin with a day of audio.
        auto_offset_reset="latest" if shadow else "earliest",
    )
    writer = sender(producer, shadow)
    transcripts = _transcripts(settings, writer, metrics)
    listener = Listener(
        consumer,
        writer,
        DeadLetters(writer, metrics),
        analysis,
        transcripts,
        metrics,
        segmenter=SegmenterSettings(pause_ms=settings.pause_ms, max_length_ms=settings.max_segment_ms),
        call_idle_s=settings.call_idle_s,
        call_hold_s=settings.call_hold_s,
        caller_keys=CallerKeys(secret),
        clocks=TopicClocks(settings, shadow.named(CLOCKS.name)),
        withdrawals=TopicWithdrawals(settings, [shadow.named(topic.name) for topic in (CLOCKS, MARKS)]),
        policy=NoticePolicy.of(settings.analyse_teams),
    )
    metrics.health.needs("kafka", lambda: why_not_reading(consumer))
    consumer.subscribe([CALLS.name], listener=CommitOnRevoke(listener))
    transcribing = asyncio.create_task(_transcribe(settings, transcripts, metrics, stop)) if transcripts else None
    try:
        await start(producer, settings)
        await start(consumer, settings)
        log.info("The listener runs")
        tell_start(settings, "listen", metrics)
        await listener.run(stop)
    finally:
        if transcribing:
            transcribing.cancel()
            await asyncio.gather(transcribing, return_exceptions=True)
        await stop_clients(consumer, producer)
        await asyncio.to_thread(metrics.traces.close)


def _analysis(settings: ListenSettings, metrics: Metrics) -> Analysis:
    folder = weights_folder(settings.weights_folder)
    shipped = default_encoder_path(weights=WeightsSet(settings.weights), folder=folder)
    path = Path(settings.encoder) if settings.encoder else shipped
    encoder = Encoder(path, threads=settings.encoder_threads)
    encoder.warm_up()
    told = {"name": encoder.name, "version": encoder.version}
    tell(metrics, "encoder", encoder.provider, USE_THE_GPU, **told, require_gpu=settings.require_gpu)
    if settings.analyse_mixed_reason:
        log.warning(
            "Mono recordings are analysed, the agent's voice in them too",
            extra={"reason": settings.analyse_mixed_reason},
        )
    drift = _drift(settings, encoder.card.space, metrics)
    return Analysis(encoder, metrics, analyse_mixed=bool(settings.analyse_mixed_reason), drift=drift)


def _drift(settings: ListenSettings, space: str, metrics: Metrics) -> PosteriorDrift | None:
    """None where no reference goes with the encoder: then no index is told."""
    if not settings.drift_reference and settings.encoder:
        return None
    shipped = posterior_reference_file(settings.weights, weights_folder(settings.weights_folder))
    reference = read_reference(Path(settings.drift_reference) if settings.drift_reference else shipped)
    if reference.space != space:
        metrics.health.warn("drift", f"the reference of the posterior is of {reference.space}, the encoder of {space}")
        return None
    return PosteriorDrift(reference, metrics)


def _transcripts(settings: ListenSettings, writer: Sender, metrics: Metrics) -> Transcripts | None:
    if not settings.asr:
        return None
    redacted = [kind for kind in KINDS if kind in settings.asr_redact.split(",")]
    return Transcripts(writer, metrics, queue_size=settings.asr_queue, every=settings.asr_every, redacted=redacted)


async def _transcribe(
    settings: ListenSettings, transcripts: Transcripts, metrics: Metrics, stop: asyncio.Event
) -> None:
    """Until cancelled. While there is no whole model what is worth words is left out, and counted as shed."""
    folder = Path(settings.asr_model) if settings.asr_model else None

    def load_model() -> TranscriberProcess:
        return TranscriberProcess(folder, language=settings.asr_language, threads=settings.asr_threads)

    loaded = await until_loaded("speech_to_text", lambda: asyncio.to_thread(load_model), metrics, stop, needed=False)
    if loaded is not None:
        ref = loaded.ref
        tell(metrics, "speech_to_text", ref.provider, "", name=ref.name, version=ref.version)
        try:
            await transcripts.run(loaded)
        finally:
            loaded.close()
