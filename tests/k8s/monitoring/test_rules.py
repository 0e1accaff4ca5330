"""Each rule fires when its trouble is made in the real code, and not before."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pytest
import yaml
from aiokafka import TopicPartition
from prometheus_client import CollectorRegistry, Gauge, ProcessCollector
from redis.asyncio import Redis

from tonewatch.dashboard.feed import Feed
from tonewatch.dashboard.store import BoardStore, connect
from tonewatch.models.shipped_weights import folder as weights
from tonewatch.stream.archive.alert_audio import AlertAudio
from tonewatch.stream.archive.archivist import Archivist
from tonewatch.stream.archive.call_audio import CallAudio
from tonewatch.stream.board.sink import BoardSink
from tonewatch.stream.codec import decode_alert, decode_moment, decode_segment, encode, encode_call
from tonewatch.stream.doors.replay import plan, replay
from tonewatch.stream.errors import StoreError
from tonewatch.stream.kafka.dead_letters import DeadLetters
from tonewatch.stream.local.servers import EmbeddedRedis, free_port
from tonewatch.stream.messages import (
    ActionKind,
    Alert,
    AlertAction,
    AudioSpan,
    CallAttributes,
    CallMessage,
    CallOpened,
    CallStarted,
    ModelRef,
    Posterior,
    Prosody,
    Quality,
    Segment,
)
from tonewatch.stream.monitor.callers import Callers
from tonewatch.stream.monitor.judge import Judge
from tonewatch.stream.notify.delivery_log import DeliveryLog
from tonewatch.stream.notify.desk import Desk
from tonewatch.stream.notify.http import Http
from tonewatch.stream.notify.receivers.factory import make_receiver
from tonewatch.stream.notify.routes_file import parse
from tonewatch.stream.service.disk import tell_disk
from tonewatch.stream.service.health import STUCK_S, Health
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.posterior_drift import PosteriorDrift, read_reference
from tonewatch.stream.service.provider import CPU_BESIDE_GPU, tell
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.model.relative_head import load_head
from tonewatch.stream.topics import ALERT_ACTIONS, ALERTS, CALLERS, CALLS, MOMENTS, SEGMENTS, TONE
from tonewatch.stream.weights import posterior_reference_file, relative_head_file
from tonewatch.stream.withdrawn import Withdrawn
from tonewatch.workers.audio.segmenter import SegmenterSettings
from tonewatch.workers.explain.explainer import Explainer
from tonewatch.workers.listen.analysis import Analysis
from tonewatch.workers.listen.listener import Listener

if TYPE_CHECKING:
    from tests.conftest import Clock, FakeKafka
    from tests.k8s.monitoring.conftest import Prometheus

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "tests" / "stream" / "golden"
ONE = TopicPartition(CALLS.name, 0)
NOBODY: Any = None


def test_a_process_that_does_not_answer_is_a_target_that_is_down(prometheus: Prometheus) -> None:
    prometheus.watch(Metrics().registry, instance="well")
    prometheus.watch(None, instance="gone")
    prometheus.run("2m")
    assert prometheus.firing("TonewatchTargetDown") == []
    prometheus.run("1m")
    assert [alert["instance"] for alert in prometheus.firing("TonewatchTargetDown")] == ["gone"]


def test_a_role_that_nobody_started_is_missing(prometheus: Prometheus) -> None:
    for role in ("listen", "monitor", "dashboard"):
        metrics = Metrics()
        metrics.serve(free_port(), role)
        prometheus.watch(metrics.registry, instance=role)
    prometheus.run("3m")
    assert prometheus.firing("TonewatchRoleMissing") == [{"role": "explain"}]


def test_a_loop_that_hangs_makes_a_role_not_ready(prometheus: Prometheus, clock: Clock) -> None:
    metrics = Metrics(health=Health(clock))
    prometheus.watch(metrics.registry)
    prometheus.run("5m", metrics.health.beat)
    assert prometheus.firing("TonewatchNotReady") == []
    clock.advance(STUCK_S + 1)
    prometheus.run("4m")
    assert len(prometheus.firing("TonewatchNotReady")) == 1


async def test_a_redis_that_is_away_is_a_dependency_that_is_down(prometheus: Prometheus, clock: Clock) -> None:
    metrics = Metrics()
    prometheus.watch(metrics.registry)
    store = BoardStore(connect(f"redis://127.0.0.1:{free_port()}"))
    feed = asyncio.create_task(Feed(store, clock, metrics=metrics, retry_s=0.01).run())
    while metrics.health.needed() == {"redis": ""}:
        await asyncio.sleep(0.01)
    prometheus.run("3m")
    feed.cancel()
    await store.aclose()
    assert [alert["of"] for alert in prometheus.firing("TonewatchDependencyDown")] == ["redis"]


STARTED = "process_start_time_seconds"


def metrics_of_a_new_process() -> CollectorRegistry:
    """As they were while it ran."""
    live, kept = CollectorRegistry(), CollectorRegistry()
    with subprocess.Popen(["sleep", "60"]) as child:
        ProcessCollector(registry=live, pid=lambda: child.pid)
        Gauge(STARTED, "When it began.", registry=kept).set(live.get_sample_value(STARTED) or 0.0)
        child.terminate()
    return kept


def test_a_process_that_is_started_again_and_again_is_told(prometheus: Prometheus) -> None:
    before: float | None = None
    for number in range(4):
        # The system tells the start in hundredths of a second: two that began in the same one count as one process.
        while (registry := metrics_of_a_new_process()).get_sample_value(STARTED) == before:
            pass
        before = registry.get_sample_value(STARTED)
        prometheus.targets.clear()
        prometheus.watch(registry)
        prometheus.run("1m")
        assert bool(prometheus.firing("TonewatchRestarts")) == (number == 3)


async def test_an_archive_whose_database_is_away_falls_behind(prometheus: Prometheus, fake_kafka: FakeKafka) -> None:
    class Away:
        def audio_known(self, call_id: str, ids: list[str]) -> set[str]:
            raise StoreError("the database does not answer")

    metrics, stop, kafka = Metrics(), asyncio.Event(), as_any(fake_kafka)
    archive: Any = Away()
    audio = (NOBODY, archive, NOBODY, metrics)
    made = Archivist(kafka, archive, AlertAudio(*audio), CallAudio(*audio), NOBODY, metrics, retry_s=0.0)
    prometheus.watch(metrics.registry)
    alert = (GOLDEN / "alert.json").read_bytes().strip()
    fake_kafka.put(TopicPartition(ALERTS.name, 0), (0, alert), (1, alert))
    running = asyncio.create_task(made.run(stop))
    while not metrics.registry.get_sample_value("tonewatch_retries_total", {"of": "archive"}):
        assert not running.done(), running.exception()
        await asyncio.sleep(0)
    prometheus.run("3m")
    stop.set()
    await running
    assert prometheus.firing("TonewatchLag") == [{"group": "tonewatch-archive", "topic": ALERTS.name}]


async def test_a_tone_that_comes_seconds_after_the_speech_is_late(prometheus: Prometheus) -> None:
    judged = Judged()
    prometheus.watch(judged.metrics.registry)
    for late_s, fires in ((1, False), (5, True)):
        for _ in range(44):
            await judged.hear(calm(), spoken_s_ago=late_s)
            prometheus.scrape()
        assert prometheus.firing("TonewatchLate") == ([{"at": "tone"}] if fires else [])


async def test_moments_that_a_busy_model_cannot_take_are_shed(prometheus: Prometheus, fake_kafka: FakeKafka) -> None:
    class Busy:
        ref = ModelRef(name="busy", version="0")

        async def complete(self, request: object, *, deadline_s: float) -> None:
            await asyncio.Event().wait()

    metrics = Metrics()
    prometheus.watch(metrics.registry)
    async with explaining(fake_kafka, metrics, Busy()) as explain:
        for number in range(44):
            await explain(*[moment(4 * number + index) for index in range(4)])
            prometheus.scrape()
        assert prometheus.firing("TonewatchShed") == [{"what": "llm"}]


async def test_a_door_that_stops_in_the_middle_of_a_call_has_fallen_silent(
    prometheus: Prometheus, listening: Listening
) -> None:
    await listening.hear([started("one")])
    prometheus.scrape()
    assert prometheus.firing("TonewatchDoorSilent") == []
    for _ in range(2):
        await listening.pass_time(15)
        prometheus.scrape()
    assert prometheus.firing("TonewatchDoorSilent") == [{}]


async def test_calls_that_end_by_a_time_out_are_told(prometheus: Prometheus, listening: Listening) -> None:
    await listening.hear([started(f"call {number}") for number in range(4)])
    for _ in range(6):
        prometheus.scrape()
        await listening.pass_time(15)
    assert prometheus.firing("TonewatchCallsTimeOut") == [{}]


async def test_audio_that_cannot_be_used_is_refused(prometheus: Prometheus, listening: Listening) -> None:
    await listening.hear([started("one")])
    for _ in range(44):
        await listening.hear([b"no audio", started("one")])
        await listening.pass_time(15)
        prometheus.scrape()
    assert prometheus.firing("TonewatchAudioRefused") == [{}]


async def test_a_door_that_sends_both_parties_in_one_channel_is_not_judged(
    prometheus: Prometheus, listening: Listening
) -> None:
    messages: list[CallMessage] = []

    async def keep(message: CallMessage) -> None:
        messages.append(message)

    file = ROOT / "stream" / "demo" / "calls" / "calm_enquiry.flac"
    await replay(plan(file, roles=("mixed", None), about=None, notice_given=True, suffix="x"), keep, speed=0)
    per_step = len(messages) // 75
    for step in range(30):
        await listening.hear(messages[step * per_step : (step + 1) * per_step])
        await listening.pass_time(15)
        await listening.analysed()
        prometheus.scrape()
    prometheus.run("13m")
    assert prometheus.firing("TonewatchNotJudged") == [{}]


async def test_records_of_another_topic_that_cannot_be_read_rise(prometheus: Prometheus, fake_kafka: FakeKafka) -> None:
    metrics = Metrics()
    prometheus.watch(metrics.registry)
    async with explaining(fake_kafka, metrics, None) as explain:
        for number in range(8):
            assert prometheus.firing("TonewatchDeadLetters") == [] if number == 1 else True
            await explain((number, b"no moment"))
            prometheus.scrape()
    expected = [{"topic": MOMENTS.name, "reason": "undecodable"}]
    assert prometheus.firing("TonewatchDeadLetters") == expected


def test_voices_that_the_encoder_hears_otherwise_than_it_did_have_drifted(prometheus: Prometheus) -> None:
    metrics = Metrics()
    prometheus.watch(metrics.registry)
    drift = PosteriorDrift(read_reference(posterior_reference_file("full", weights())), metrics)
    for _ in range(300):
        drift.see(Posterior(angry=0.05, happy=0.05, neutral=0.05, sad=0.85))
    prometheus.run("62m")
    assert {"emotion": "sad"} in prometheus.firing("TonewatchDrift")


async def test_alerts_that_people_dismiss_are_not_precise(prometheus: Prometheus) -> None:
    judged = Judged()
    prometheus.watch(judged.metrics.registry)
    for number in range(26):
        alert = await judged.alerting_call(f"call {number}")
        await judged.act(alert, "acknowledge" if number < 3 else "resolve")
        prometheus.scrape()
    prometheus.run("16m")
    assert [fired["rule"] for fired in prometheus.firing("TonewatchPrecisionFalls")] == ["anger"]


async def test_reasons_that_no_model_writes_fall_back(prometheus: Prometheus, fake_kafka: FakeKafka) -> None:
    metrics = Metrics()
    prometheus.watch(metrics.registry)
    async with explaining(fake_kafka, metrics, None) as explain:
        for number in range(64):
            await explain(moment(number))
            prometheus.scrape()
    assert prometheus.firing("TonewatchReasonsFallBack") == [{}]


async def test_an_encoder_of_another_set_than_the_head_has_foreign_weights(prometheus: Prometheus) -> None:
    judged = Judged(ToneConfig(relative=load_head(relative_head_file("commercial", weights()))))
    prometheus.watch(judged.metrics.registry)
    for _ in range(24):
        await judged.hear(msgspec.structs.replace(calm(), space="of another set"))
        prometheus.scrape()
    assert prometheus.firing("TonewatchForeignWeights") == [{}]


def test_a_model_beside_an_idle_gpu_is_told(prometheus: Prometheus) -> None:
    metrics = Metrics()
    prometheus.watch(metrics.registry)
    tell(metrics, "encoder", CPU_BESIDE_GPU, "install the other package")
    prometheus.run("11m")
    assert [alert["of"] for alert in prometheus.firing("TonewatchGpuIdle")] == ["encoder"]


async def test_a_redis_without_room_is_full(prometheus: Prometheus, fake_kafka: FakeKafka) -> None:
    metrics, kafka = Metrics(), as_any(fake_kafka)
    prometheus.watch(metrics.registry)
    with EmbeddedRedis() as server:
        redis = Redis.from_url(server.url)
        used = (await redis.info("memory"))["used_memory"]
        await redis.config_set("maxmemory", int(1.05 * used))
        sink = BoardSink(kafka, redis, NOBODY, metrics, keep_events=100, ttl_s=60)
        running = asyncio.create_task(sink.run())
        while not (running.done() or metrics.registry.get_sample_value("tonewatch_redis_memory_max_bytes")):
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await redis.aclose()
    prometheus.run("6m")
    assert len(prometheus.firing("TonewatchRedisFull")) == 1


def test_a_disk_without_room_is_full(prometheus: Prometheus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = Metrics()
    prometheus.watch(metrics.registry)
    tell_disk(metrics, "store", tmp_path / "audio")
    # The one trouble that is not made but said: no test fills the disk of the machine that it runs on.
    usage = SimpleNamespace(total=1000, used=950, free=50)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    prometheus.run("11m")
    assert [alert["of"] for alert in prometheus.firing("TonewatchDiskFull")] == ["store"]


async def test_a_receiver_that_takes_nothing_is_down(prometheus: Prometheus, fake_kafka: FakeKafka) -> None:
    metrics, http, now_ms = Metrics(), Http(), [1_790_000_000_000]
    # Its secret is nowhere: nothing can be signed, so nothing is sent.
    hook = f"url: 'http://127.0.0.1:{free_port()}', private_addresses: true, secrets: [{{file: {GOLDEN / 'secret'}}}]"
    routes = parse(f"version: 1\ntargets:\n  hook: {{kind: webhook, {hook}}}\nroutes:\n  all: {{to: [hook]}}\n")
    desk = Desk(
        DeliveryLog(as_any(fake_kafka), metrics),
        metrics,
        make=lambda target: make_receiver(target, http),
        now_ms=lambda: now_ms[0],
        draw=lambda: 0.5,
        routes=lambda: routes,
    )
    prometheus.watch(metrics.registry)
    await desk.take(decode_alert((GOLDEN / "alert.json").read_bytes()))
    await desk.work_off()
    await http.aclose()
    prometheus.run("11m")
    assert [alert["target"] for alert in prometheus.firing("TonewatchReceiverDown")] == ["hook"]


def test_each_rule_is_made_to_fire_by_a_test_of_this_file(prometheus: Prometheus) -> None:
    text = Path(__file__).read_text()
    assert [name for name in prometheus.rules if f'"{name}"' not in text] == []


def test_where_nothing_is_wrong_no_rule_fires(prometheus: Prometheus) -> None:
    for role in ("listen", "monitor", "explain", "dashboard"):
        metrics = Metrics()
        metrics.health.beat()
        metrics.serve(free_port(), role)
        prometheus.watch(metrics.registry, instance=role)
    prometheus.run("10m")
    assert {name: fired for name in prometheus.rules if (fired := prometheus.firing(name))} == {}


def test_the_real_promtool_takes_the_rules(promtool: str, monitoring: Path) -> None:
    done = subprocess.run([promtool, "check", "rules", str(monitoring / "rules.yaml")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_operator_s_object_holds_the_same_rules(monitoring: Path) -> None:
    plain = yaml.safe_load((monitoring / "rules.yaml").read_text())
    wrapped = yaml.safe_load((monitoring / "prometheus-rules.yaml").read_text())
    assert (wrapped["kind"], wrapped["spec"]) == ("PrometheusRule", plain)


# --- the real code, on fakes of Kafka ---------------------------------------------------------------------------


def as_any(thing: object) -> Any:
    return thing


def started(call_id: str) -> CallStarted:
    return CallStarted(call_id=call_id, started_at_ms=0, roles=("customer",), notice_given=True)


class Listening(NamedTuple):
    """A listener that runs, in virtual time."""

    hear: Callable[[list[Any]], Any]
    pass_time: Callable[[int], Any]
    analysed: Callable[[], Any]


@pytest.fixture
async def listening(prometheus: Prometheus, fake_kafka: FakeKafka, clock: Clock) -> AsyncIterator[Listening]:
    metrics, stop, kafka = Metrics(), asyncio.Event(), as_any(fake_kafka)
    encoder: Any = SimpleNamespace(name="none", version="0", provider="cpu")
    made = Listener(
        kafka,
        kafka,
        DeadLetters(kafka, metrics),
        Analysis(encoder, metrics),
        None,
        metrics,
        segmenter=SegmenterSettings(),
        call_idle_s=60.0,
        clock=clock,
    )
    prometheus.watch(metrics.registry)
    running = asyncio.create_task(made.run(stop))
    offset = 0

    async def hear(messages: list[Any]) -> None:
        nonlocal offset
        fake_kafka.written_at_ms = round(1000 * clock.now_s)
        values = [one if isinstance(one, bytes) else encode_call(one) for one in messages]
        fake_kafka.put(ONE, *[(offset + index, value) for index, value in enumerate(values)])
        offset += len(values)
        await fake_kafka.until(lambda: metrics.registry.get_sample_value(*COUNTED) == offset)

    async def pass_time(seconds: int) -> None:
        for _ in range(seconds):
            clock.advance(1)
            for _ in range(4):
                await asyncio.sleep(0)

    async def analysed() -> None:
        while metrics.registry.get_sample_value("tonewatch_queued_bytes"):
            await asyncio.sleep(0.001)

    yield Listening(hear, pass_time, analysed)
    stop.set()
    await running


COUNTED = ("tonewatch_records_total", {"topic": CALLS.name})


@contextlib.asynccontextmanager
async def explaining(kafka: FakeKafka, metrics: Metrics, engine: object) -> AsyncIterator[Callable[..., Any]]:
    """An explainer that runs; what it yields gives it records of the moments topic, and waits until it took them."""
    stop, client, model = asyncio.Event(), as_any(kafka), as_any(engine)
    letters = DeadLetters(client, metrics)
    made = Explainer(client, client, letters, model, metrics, deadline_s=5.0, queue_size=2)
    running, taken = asyncio.create_task(made.run(stop)), 0

    async def give(*records: tuple[int, bytes]) -> None:
        nonlocal taken
        kafka.put(TopicPartition(MOMENTS.name, 0), *records)
        taken += len(records)
        counted = ("tonewatch_records_total", {"topic": MOMENTS.name})
        await kafka.until(lambda: metrics.registry.get_sample_value(*counted) == taken)
        for _ in range(20):
            await asyncio.sleep(0)

    yield give
    stop.set()
    await running


def moment(offset: int) -> tuple[int, bytes]:
    golden = decode_moment((GOLDEN / "moment.json").read_bytes().strip())
    named = {"moment_id": f"m{offset}", "alert_id": f"a{offset}"}
    return offset, encode(msgspec.structs.replace(golden, **named))


def calm() -> Segment:
    segment = decode_segment((GOLDEN / "segment.json").read_bytes().strip())
    assert isinstance(segment, Segment)
    return segment


class Judged:
    """The real judge over a table and outputs in memory."""

    def __init__(self, config: ToneConfig | None = None) -> None:
        self.metrics = Metrics()
        self.now_s = 1_790_000_000.0
        self.data: dict[str, Any] = {}
        self.withdrawn = Withdrawn()
        self.sent: dict[str, list[bytes]] = {topic.name: [] for topic in (TONE, ALERTS, MOMENTS, CALLERS)}
        outputs = {name: SimpleNamespace(send=self._send(name)) for name in self.sent}
        found = config or ToneConfig(relative=load_head(relative_head_file("full", weights())))
        self._judge = Judge(self, outputs, lambda: found, self.metrics, Callers(), clock=lambda: self.now_s)
        self._index = 0

    def __getitem__(self, key: str) -> dict[str, Any]:
        return dict(self.data.get(key, {}))

    async def keep(self, key: str, entry: dict[str, Any]) -> None:
        self.data[key] = entry

    def _send(self, name: str) -> Callable[..., Any]:
        async def send(*, key: str, value: bytes, **_more: object) -> Any:
            self.sent[name].append(value)
            return asyncio.sleep(0)

        return send

    async def hear(self, segment: Segment, spoken_s_ago: float = 0.5) -> None:
        """One more segment of the golden call."""
        if not self._index:
            await self._judge.take(_opened(segment.call_id), SEGMENTS.name, 0)
        self._index += 1
        moved = msgspec.structs.replace(
            segment,
            segment_id=f"{segment.call_id}/0/{4000 * self._index}",
            start_ms=4000 * self._index,
            end_ms=4000 * self._index + 3000,
            spoken_at_ms=round(1000 * (self.now_s - spoken_s_ago)),
        )
        await self._judge.take(moved, SEGMENTS.name, self._index)

    async def alerting_call(self, call_id: str) -> Alert:
        """A call whose caller gets angry."""
        await self._judge.take(_opened(call_id), SEGMENTS.name, 0)
        for index in range(10):
            await self._judge.take(spoken(call_id, index, is_angry=index > 5), SEGMENTS.name, index + 1)
        alert = msgspec.json.decode(self.sent[ALERTS.name][-1], type=Alert)
        assert (alert.call_id, alert.state) == (call_id, "firing")
        return alert

    async def act(self, alert: Alert, what: ActionKind) -> None:
        """Somebody does something with an alert."""
        action = AlertAction(call_id=alert.call_id, action_id="x", alert_id=alert.alert_id, action=what, by="n")
        await self._judge.take(action, ALERT_ACTIONS.name, 0)


def _opened(call_id: str) -> CallOpened:
    return CallOpened(call_id=call_id, call=CallAttributes(roles=("customer", "agent")), notice_given=True)


def spoken(call_id: str, index: int, *, is_angry: bool) -> Segment:
    """A segment of 3 s, every 4 s."""
    calm_voice = Prosody(f0_median_st=12.0, f0_range_st=6.0, level_db=-26.0, tilt_db=-14.0, rate_syl_per_s=4.2)
    raised = Prosody(f0_median_st=17.0, f0_range_st=9.0, level_db=-18.0, tilt_db=-6.0, rate_syl_per_s=5.4)
    angry = Posterior(angry=0.85, happy=0.08, neutral=0.05, sad=0.02)
    neutral = Posterior(angry=0.08, happy=0.12, neutral=0.7, sad=0.1)
    return Segment(
        call_id=call_id,
        segment_id=f"{call_id}/0/{4_000 * index}",
        channel=0,
        role="customer",
        start_ms=4_000 * index,
        end_ms=4_000 * index + 3_000,
        closed_by="pause",
        audio=AudioSpan(topic=CALLS.name, partition=0, first_offset=index, last_offset=index),
        prosody=raised if is_angry else calm_voice,
        posterior=angry if is_angry else neutral,
        quality=Quality(speech_ms=2_800),
        model=ModelRef(name="m", version="1"),
    )
