"""How much of everything a number of simultaneous calls needs, and what is too small first."""

from __future__ import annotations

import math

import msgspec

from tonewatch.stream.plan.costs import Costs

BUSY = 0.7
"""Of a process at the busiest hour: above it queues grow faster than load."""

UNEVEN_SIGMA = 2.0
"""Calls are spread over workers by a hash: the fullest has so many standard deviations more than the mean."""

REPLICATION = 3
KEPT_AUDIO_S = 24 * 3600
PARTITIONS_A_WORKER = 2
"""So that one more worker can take some from each."""

# What stands in the manifests and settings that come with the project, and what one server of each kind takes.
PARTITIONS_DEFAULT = 8
REPLICAS_MOST = 24
BROKER_MB_S = 60.0
BROKER_TB = 8.0
BOARD_CALLS = 2_000
"""On one board a snapshot of more takes longer than a person waits (`tonewatch bench board`)."""


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can be too small. `used`: its load by what it carries; above 1 it breaks. `remedy` in words."""

    what: str
    used: float
    remedy: str


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """Of `calls` at once. Workers are processes of one core; `gpus` null where no figure of one is known.

    `kafka_mb_s`: into the brokers, before replication; `kafka_tb`: a day of audio, replicated.
    """

    calls: int
    calls_a_listener: int
    listeners: int
    words_cores: float
    monitors: int
    explainers: int
    dashboards: int
    partitions: int
    brokers: int
    gpus: int | None
    cores: int
    memory_gb: float
    kafka_mb_s: float
    kafka_tb: float
    limits: tuple[Limit, ...]

    @property
    def breaks_first(self) -> Limit | None:
        """Of the limits at their defaults that are passed, the one that is passed by the most."""
        return next((one for one in self.limits if one.used > 1), None)


def size(costs: Costs, calls: int, *, gpu_speech_s: float | None = None, boards: int = 1) -> Size:
    """`gpu_speech_s`: seconds of speech a second that one card encodes (`tonewatch bench gpu`)."""
    each = max(1, math.floor(1000 * BUSY / costs.listen_ms))
    listeners = workers(calls, each)
    monitors = workers(calls, max(1, math.floor(1000 * BUSY / (costs.messages_per_s * costs.message_ms))))
    explainers = max(1, math.ceil(calls * costs.reasons_per_s * costs.reason_ms / 1000 / BUSY))
    words = calls * costs.words_of_call_ms / 1000 / BUSY
    events = calls * costs.events_per_s
    dashboards = max(boards, math.ceil(events * costs.board_event_ms / 1000 / BUSY))
    mb_s = calls * (costs.audio_bytes + costs.other_bytes) / 1e6
    tb = calls * costs.audio_bytes * KEPT_AUDIO_S * REPLICATION / 1e12
    memory_mb = (
        calls * (costs.listen_call_mb + costs.monitor_call_mb + costs.redis_call_mb)
        + listeners * costs.listen_mb
        + monitors * costs.monitor_mb
    )
    return Size(
        calls=calls,
        calls_a_listener=each,
        listeners=listeners,
        words_cores=round(words, 1),
        monitors=monitors,
        explainers=explainers,
        dashboards=dashboards,
        partitions=max(PARTITIONS_DEFAULT, PARTITIONS_A_WORKER * max(listeners, monitors)),
        brokers=max(3, math.ceil(mb_s * REPLICATION / BROKER_MB_S), math.ceil(tb / BROKER_TB)),
        gpus=None if gpu_speech_s is None else math.ceil(calls * costs.speech_share / (BUSY * gpu_speech_s)),
        cores=math.ceil(listeners + words + monitors + explainers + dashboards),
        memory_gb=round(memory_mb / 1000, 1),
        kafka_mb_s=round(mb_s, 1),
        kafka_tb=round(tb, 1),
        limits=_limits(costs, calls, listeners, monitors, mb_s, tb),
    )


def workers(calls: int, each: int) -> int:
    """So many that the fullest, with UNEVEN_SIGMA of a binomial spread, has no more than `each`."""
    count = max(1, math.ceil(calls / each))
    while calls > each and fullest(calls, count) > each:
        count += 1
    return count


def fullest(calls: int, count: int) -> float:
    """Calls of the fullest of `count` workers."""
    mean = calls / count
    return mean + UNEVEN_SIGMA * math.sqrt(mean * (1 - 1 / count))


def _limits(costs: Costs, calls: int, listeners: int, monitors: int, mb_s: float, tb: float) -> tuple[Limit, ...]:
    events = calls * costs.events_per_s
    found = (
        Limit(
            what="partitions of a topic (TONEWATCH_KAFKA_PARTITIONS)",
            used=max(listeners, monitors) / PARTITIONS_DEFAULT,
            remedy="create the topics with more partitions before the first call; they are the most workers of a role",
        ),
        Limit(
            what="replicas that KEDA may start (maxReplicaCount)",
            used=max(listeners, monitors) / REPLICAS_MOST,
            remedy="raise maxReplicaCount in k8s/components/autoscaling",
        ),
        Limit(
            what="one Redis, one thread",
            used=events * costs.redis_event_ms / 1000 / BUSY,
            remedy="a Redis and a monitor group for each tenant or region: a board shows one of them anyway",
        ),
        Limit(
            what="one process of the board",
            used=events * costs.board_event_ms / 1000 / BUSY,
            remedy="boards for each tenant; each process reads every event of its Redis",
        ),
        Limit(
            what="calls on one board",
            used=calls / BOARD_CALLS,
            remedy="users of queues and teams: nobody looks at more than some hundred calls",
        ),
        Limit(
            what="three brokers, bytes in",
            used=mb_s * REPLICATION / (3 * BROKER_MB_S),
            remedy="more brokers, and G.711 as it comes instead of pcm16: half of the bytes",
        ),
        Limit(
            what="three brokers, a day of audio",
            used=tb / (3 * BROKER_TB),
            remedy="keep audio for hours (the archive has that of alerts), or tiered storage",
        ),
    )
    rounded = (msgspec.structs.replace(one, used=round(one.used, 3)) for one in found)
    return tuple(sorted(rounded, key=lambda one: -one.used))
