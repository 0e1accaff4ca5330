"""One measurement of `tonewatch bench live`: a number of calls on a rig that runs, for some time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from tonewatch.stream.bench.live import OVERHEAD, LiveReport, is_carried, per_call_second, percentiles
from tonewatch.stream.bench.live_watch import (
    SAMPLE_S,
    Delays,
    Lag,
    Roles,
    Usage,
    browse,
    machine_busy_s,
    read_topics,
    shed_of,
)
from tonewatch.stream.bench.load import Load, Recording
from tonewatch.stream.bench.rig import Rig
from tonewatch.stream.local.apache_kafka import ApacheKafka
from tonewatch.stream.local.consumer_lag import FlowWatcher

SETTLE_S = 5.0
"""After the last call has begun."""

END_S = 5.0
"""In which calls that are cut off end in order."""


@dataclass(frozen=True)
class About:
    """What was run: the same in every report of a rig."""

    commit: str
    machine: str
    broker: str
    words: bool
    reasons: bool
    listeners: int
    monitors: int = 1
    boards: int = 1


@dataclass(frozen=True)
class Rigged:
    """A rig whose roles are ready. `ports` of their metrics; `boards`: of each its websocket, and a cookie for it."""

    rig: Rig
    recordings: Sequence[Recording]
    seed: int
    ports: Sequence[int]
    boards: Sequence[tuple[str, str]]
    about: About

    def roles(self) -> Roles:
        """Ids of the processes of each role, of the servers, and of the bench itself."""
        kafka = self.rig.kafka
        brokers = [n.child.pid for n in kafka.nodes if n.child] if isinstance(kafka, ApacheKafka) else [kafka.pid]
        pids: dict[str, list[int | None]] = {"broker": brokers, "redis": [self.rig.redis.pid], "bench": [os.getpid()]}
        for worker in self.rig.workers.workers.values():
            pids.setdefault(worker.role, []).append(worker.pid)
        return {role: [pid for pid in some if pid is not None] for role, some in pids.items()}


@dataclass
class _Looks:
    """Everything that looks on, and the counts at the beginning of the window."""

    rigged: Rigged
    delays: Delays
    lag: Lag
    usage: Usage


async def measure(rigged: Rigged, calls: int, seconds: float, ramp_s: float) -> LiveReport:
    """`calls` at once: they begin within `ramp_s`, are measured for `seconds`, and are cut off then."""
    looks = _Looks(rigged, Delays(), Lag(), Usage(rigged.roles))
    before_mb = looks.usage.sample()
    name = f"-{calls}-{time.time_ns() // 1_000_000 % 100_000}"
    load = Load(rigged.rig.producer, list(rigged.recordings), rigged.seed, name=name, ramp_s=ramp_s)
    async with _looking(looks) as watcher, _calling(load, calls):
        await asyncio.sleep(ramp_s + SETTLE_S)
        return await _window(looks, watcher, load, calls, seconds, before_mb)


@contextlib.asynccontextmanager
async def _looking(looks: _Looks) -> AsyncIterator[FlowWatcher]:
    """The browser, the reader of the topics, and the lag."""
    rigged = looks.rigged
    watcher = FlowWatcher(rigged.rig.bootstrap)
    await watcher.start()
    tasks = [
        *(asyncio.create_task(browse(url, session, looks.delays)) for url, session in rigged.boards),
        asyncio.create_task(read_topics(rigged.rig.bootstrap, looks.delays)),
    ]
    try:
        yield watcher
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await watcher.stop()


@contextlib.asynccontextmanager
async def _calling(load: Load, calls: int) -> AsyncIterator[None]:
    over = asyncio.Event()
    calling = asyncio.create_task(load.keep_up(calls, over))
    try:
        yield
        if calling.done():
            calling.result()
    finally:
        over.set()
        load.cut_off()
        await asyncio.wait({calling}, timeout=END_S)
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)


async def _window(
    looks: _Looks, watcher: FlowWatcher, load: Load, calls: int, seconds: float, before_mb: Mapping[str, float]
) -> LiveReport:
    rigged, usage, lag = looks.rigged, looks.usage, looks.lag
    await lag.look(watcher)
    dead, deaths = lag.dead_letters, rigged.rig.workers.unasked_deaths()
    shed, cpu_s, busy_s = await shed_of(rigged.ports), usage.cpu_s(), machine_busy_s()
    began_s, load.late_s, looks.delays.is_open = time.monotonic(), 0.0, True
    following = asyncio.create_task(lag.follow(watcher))
    try:
        while (left_s := seconds - (time.monotonic() - began_s)) > 0:
            await asyncio.sleep(min(SAMPLE_S, left_s))
            usage.sample()
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    looks.delays.is_open = False
    took_s = time.monotonic() - began_s
    cores = {role: (now - cpu_s.get(role, 0.0)) / took_s for role, now in usage.cpu_s().items()}
    others = (machine_busy_s() - busy_s) / took_s - sum(cores.values())
    await lag.look(watcher)
    left_out = {
        what: more for what, now in (await shed_of(rigged.ports)).items() if (more := now - shed.get(what, 0)) > 0
    }
    return _report(
        looks,
        calls,
        took_s,
        cores,
        before_mb,
        shed=left_out,
        dead_letters=lag.dead_letters - dead,
        deaths=rigged.rig.workers.unasked_deaths() - deaths,
        others_cores=max(0.0, round(others, 2)),
        sent_late_s_most=round(load.late_s, 3),
    )


def _report(
    looks: _Looks,
    calls: int,
    seconds: float,
    cores: Mapping[str, float],
    before_mb: Mapping[str, float],
    *,
    shed: dict[str, int],
    dead_letters: int,
    deaths: int,
    others_cores: float,
    sent_late_s_most: float,
) -> LiveReport:
    delays, about = looks.delays, looks.rigged.about
    segment, alert, board = (percentiles(found) for found in (delays.segment_s, delays.alert_s, delays.board_s))
    grown_mb = sum(mb - before_mb.get(role, 0.0) for role, mb in looks.usage.most_mb.items() if role not in OVERHEAD)
    by_role = per_call_second(cores, calls)
    return LiveReport(
        commit=about.commit,
        machine=about.machine,
        broker=about.broker,
        words=about.words,
        reasons=about.reasons,
        listeners=about.listeners,
        monitors=about.monitors,
        boards=about.boards,
        calls=calls,
        seconds=round(seconds, 1),
        speech_to_segment_s_p50=segment[0],
        speech_to_segment_s_p95=segment[1],
        speech_to_segment_s_p99=segment[2],
        speech_to_alert_s_p50=alert[0],
        speech_to_alert_s_p95=alert[1],
        speech_to_alert_s_p99=alert[2],
        speech_to_board_s_p50=board[0],
        speech_to_board_s_p95=board[1],
        speech_to_board_s_p99=board[2],
        segments=len(delays.segment_s),
        alerts=len(delays.alert_s),
        tones=len(delays.board_s),
        ms_per_call_second=by_role.get("listen", 0.0),
        ms_per_call_second_by_role=by_role,
        cpu_cores_by_role={role: round(used, 3) for role, used in cores.items()},
        rss_mb_by_role={role: round(mb, 1) for role, mb in looks.usage.most_mb.items()},
        mb_per_call=round(max(0.0, grown_mb) / calls, 2),
        lag_records_by_group=looks.lag.by_group(),
        shed=shed,
        dead_letters=dead_letters,
        deaths=deaths,
        others_cores=others_cores,
        sent_late_s_most=sent_late_s_most,
        carried=is_carried(board[1], shed, dead_letters, deaths),
    )
