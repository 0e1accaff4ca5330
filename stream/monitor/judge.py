"""One message of any input topic through the judging core: the call's memory in, outputs written, the memory out."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec

from tonewatch.stream.cloud_events import event_headers
from tonewatch.stream.codec import encode
from tonewatch.stream.messages import (
    Alert,
    CallClosed,
    CallOpened,
    CallState,
    ControlMessage,
    Moment,
    PastCall,
    Provenance,
    Rationale,
    Segment,
    SegmentMessage,
    Tone,
)
from tonewatch.stream.monitor.callers import Callers, record_key
from tonewatch.stream.monitor.swap_watch import SwapWatch
from tonewatch.stream.monitor.swept_call import KEPT_S, remembered, swept
from tonewatch.stream.provenance import provenance_of
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.traces import NO_SPAN, Span, carried
from tonewatch.stream.tone import plausible, whose_voice
from tonewatch.stream.tone.alerts.review import review
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.former_state import from_flat, with_notice
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.step import Output, step
from tonewatch.stream.topics import ALERTS, CALLERS, MOMENTS, TONE, Topic
from tonewatch.stream.wall_clock import delay_ms

FORGET_AFTER_S = 6 * 3600
"""A call that nothing was heard of for this long is dropped from memory, but for what was told of it
(`swept_call.py`); its changelog entry expires by itself."""

SWEPT: Final = "swept"
"""In an entry, instead of its state: what is left of it. In memory alone, never in the changelog."""

LOCKS = 64

log = logging.getLogger(__name__)

Stamped = TypeVar("Stamped", Tone, Alert)

Config = Callable[[], ToneConfig]
"""What holds now: rules may change while the monitor runs."""


class Judge:
    """Loads a call's memory from the table, takes one step, writes what came out, stores the memory."""

    def __init__(
        self,
        table: Any,  # noqa: ANN401
        outputs: dict[str, Any],
        config: Config,
        metrics: Metrics,
        callers: Callers,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._table = table
        self._outputs = outputs
        self._config = config
        self._metrics = metrics
        self._callers = callers
        self._clock = clock
        self._next_sweep_s = clock() + FORGET_AFTER_S
        self._spaces_warned_of: set[str] = set()
        self._swaps = SwapWatch(metrics)
        self._provenance: tuple[ToneConfig, Provenance] | None = None
        # A segment and a reason of one call must not both begin from the same memory: the later would undo the earlier.
        self._locks = [asyncio.Lock() for _ in range(LOCKS)]

    async def take(
        self,
        message: SegmentMessage | Rationale | ControlMessage,
        topic: str,
        offset: int,
        span: Span = NO_SPAN,
    ) -> None:
        """One message of any input topic, and where it lay there.

        Raises:
            NotTheCallers: it holds what was derived of a voice that may not be judged; nothing is changed by it.
            Unprocessable: it lies where nothing of the call can; nothing is changed by it.
        """
        async with self._locks[hash(message.call_id) % LOCKS]:
            entry = self._table[message.call_id]
            is_known = bool(entry)
            memory, config = self._memory_of(message.call_id, entry), self._config()
            whose_voice.check(memory, message)
            plausible.check(memory, message)
            if isinstance(message, Segment):
                self._compare_weights(message, config)
            past = self._callers.of(message.caller) if isinstance(message, CallOpened) else ()
            repeated, greeted = memory.repeated, memory.sides.greeted
            written = step(memory, message, config, past)
            self._metrics.segments_repeated.inc(memory.repeated - repeated)
            # Outputs first, then the entry: a crash in between writes them again under the same ids, and loses none.
            await asyncio.gather(*[self._write(output, span) for output in written])
            self._swaps.heard(message.call_id, greeted, memory)
            if isinstance(message, CallClosed):
                self._swaps.over(memory)
            # A call that was silent for long may come back, and its caller is still the one who was learned.
            if isinstance(message, CallClosed) and message.reason == "ended":
                memory = memory.forgotten()
            if is_known or memory.told is not None or written:
                seen = {**entry.get("seen", {}), topic: offset}
                new = {"state": kept_state(memory), "touched_s": int(self._clock()), "seen": seen}
                await self._keep(message, new, is_known=is_known)
        self._sweep()

    def _memory_of(self, call_id: str, entry: dict[str, Any]) -> CallMemory:
        if not entry and call_id in self._table.withdrawn:
            return CallMemory(told=False, announced="not_analysed", withdrawn=True)
        return _remembered(call_id, entry)

    async def _keep(
        self, message: SegmentMessage | Rationale | ControlMessage, entry: dict[str, Any], *, is_known: bool
    ) -> None:
        """Of a call that was not known before it was withdrawn little is kept, and nothing of what comes of it later:
        whoever may write a withdrawal could fill memory with calls that never were."""
        if is_known or not entry["state"].get("withdrawn"):
            await self._table.keep(message.call_id, entry)
        elif isinstance(message, CallOpened) and message.withdrawn_at_ms:
            # Each time it is said: who erases a call waits for the answer.
            await self._table.keep_withdrawn(message.call_id, entry)

    def _compare_weights(self, message: Segment, config: ToneConfig) -> None:
        """A listener with other weights than the monitor's head: its segments are judged alone, and that is said."""
        if config.relative is None or not message.space or message.space == config.relative.space:
            return
        self._metrics.foreign_embeddings.inc()
        if message.space not in self._spaces_warned_of:
            self._spaces_warned_of.add(message.space)
            self._metrics.health.warn(
                "weights",
                f"a listener's encoder ({message.space}) is not the one that the monitor's head goes with "
                f"({config.relative.space}): set the same TONEWATCH_WEIGHTS for both",
            )

    def _sweep(self) -> None:
        """Drop from memory the calls that nothing was heard of any more; of those that were told of little is left."""
        now_s = self._clock()
        if now_s < self._next_sweep_s:
            return
        self._next_sweep_s = now_s + FORGET_AFTER_S / 6
        entries = self._table.data
        old = [(c, entry) for c, entry in entries.items() if entry.get("touched_s", now_s) < now_s - FORGET_AFTER_S]
        for call_id, entry in old:
            if entry["touched_s"] < now_s - KEPT_S:
                entries.pop(call_id, None)
            elif SWEPT not in entry:
                kept = swept(_remembered(call_id, entry))
                if kept is None:
                    entries.pop(call_id, None)
                else:
                    entries[call_id] = {SWEPT: kept, "touched_s": entry["touched_s"]}

    async def _write(self, output: Output, span: Span) -> None:
        """Send one output, stamped with the wall clock, and wait until Kafka has it."""
        match output:
            case PastCall():
                if self._callers.may_keep(output):
                    await self._send(CALLERS, record_key(output), output, NO_SPAN)
            case CallState():
                if output.state == "not_analysed":
                    self._metrics.calls_not_analysed.inc()
                await self._send(TONE, output.call_id, output, span)
            case Tone():
                await self._send(TONE, output.call_id, self._stamped(output), span)
            case Alert():
                self._count(output)
                made = msgspec.structs.replace(output, made_by=self._made_by())
                await self._send(ALERTS, output.call_id, self._stamped(made), span)
            case Moment():
                stamped = msgspec.structs.replace(output, emitted_at_ms=self._now_ms())
                await self._send(MOMENTS, output.call_id, stamped, span)

    def _made_by(self) -> Provenance:
        """Of the configuration that holds now; made once for each."""
        config = self._config()
        if self._provenance is None or self._provenance[0] is not config:
            self._provenance = (config, provenance_of(config))
        return self._provenance[1]

    def _count(self, alert: Alert) -> None:
        self._metrics.alerts.labels(state=alert.state).inc()
        self._metrics.alert_events.labels(rule=alert.rule, event=alert.event).inc()
        if (found := review(alert)) is not None:
            self._metrics.alerts_reviewed.labels(rule=alert.rule).inc()
            self._metrics.alerts_upheld.labels(rule=alert.rule).inc(found == "upheld")

    def _stamped(self, output: Stamped) -> Stamped:
        """With the time at which it is written; the delay since the words were spoken is measured."""
        now_ms = self._now_ms()
        if (delay := delay_ms(output.spoken_at_ms, now_ms)) is not None:
            self._metrics.delay_seconds.labels(at=output.__struct_config__.tag).observe(delay / 1000)
        return msgspec.structs.replace(output, emitted_at_ms=now_ms)

    def _now_ms(self) -> int:
        return round(self._clock() * 1000)

    async def _send(self, topic: Topic, key: str, output: Output, span: Span) -> None:
        with span.child(f"{output.__struct_config__.tag} written") as writing:
            headers = carried(writing, event_headers(topic.name, output))
            sent = await self._outputs[topic.name].send(key=key, value=encode(output), **headers)
            await sent


def kept_state(memory: CallMemory) -> dict[str, Any]:
    """A memory as its entry has it: without the parts that are as in a new one, which of many calls are nearly all."""
    state = msgspec.to_builtins(memory)
    return {name: value for name, value in state.items() if not isinstance(value, dict | list) or value != _BLANK[name]}


_BLANK: Final[dict[str, Any]] = msgspec.to_builtins(CallMemory())


def _remembered(call_id: str, entry: dict[str, Any]) -> CallMemory:
    """A call's memory. One of another release that does not fit is forgotten: the call is learned anew."""
    if SWEPT in entry:
        return remembered(call_id, entry[SWEPT])
    if not entry.keys() & {"state", "memory"}:
        return CallMemory()
    try:
        kept = with_notice(entry["state"]) if "state" in entry else from_flat(entry["memory"])
        return msgspec.convert(kept, CallMemory)
    except (msgspec.ValidationError, AttributeError, TypeError) as error:
        log.warning(
            "A call's memory of another release does not fit and is forgotten", extra={"error": type(error).__name__}
        )
        # Whether the caller was told is not, nor that the notice was withdrawn: nobody says it again.
        kept = _kept(entry)
        told, withdrawn = with_notice(kept)["told"], kept.get("withdrawn") is True
        is_said = isinstance(told, bool) and not withdrawn
        return CallMemory(
            told=told if is_said else False if withdrawn else None, announced=_announced(kept), withdrawn=withdrawn
        )


def _announced(kept: dict[str, Any]) -> str:
    announced = kept.get("announced")
    return announced if announced in ("live", "not_analysed", "ended") else ""


def _kept(entry: dict[str, Any]) -> dict[str, Any]:
    kept = entry.get("state", entry.get("memory"))
    return kept if isinstance(kept, dict) else {}
