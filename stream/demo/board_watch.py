"""The board's websocket, read as a browser reads it: what a user sees, and how long after it was spoken."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tonewatch.stream.board.view import BoardEvent, CallView, apply
from tonewatch.stream.demo.board_sign_in import sign_in
from tonewatch.stream.demo.state import AlertLine, Calls, Delays
from tonewatch.stream.messages import Alert, CallState, Rationale, Tone
from tonewatch.stream.tone.phrasing.advice import without_advice
from tonewatch.stream.wall_clock import delay_ms

RETRY_S = 0.2

SignIn = Callable[[str, int], Awaitable[str]]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class Frame(msgspec.Struct, frozen=True):
    """One message of the board's websocket: a `snapshot` with all calls, one `event`, or several; others are ignored.

    `id` is where to resume from.
    """

    kind: str
    id: str | None = None
    calls: tuple[CallView, ...] = ()
    event: BoardEvent | None = None
    events: tuple[BoardEvent, ...] = ()


@dataclass
class BoardWatch:
    """All that came over the websocket, kept as the board keeps it.

    `delays_ms` are wall clock of arrival minus wall clock of the end of speech, one per tone event that came live.
    `at_once` is the most calls under way together, of those whose id ends in `suffix`.
    """

    started_ms: int
    views: dict[str, CallView] = field(default_factory=dict)
    states: dict[str, list[str]] = field(default_factory=dict)
    decided: dict[str, Rationale] = field(default_factory=dict)
    delays_ms: list[int] = field(default_factory=list)
    tones: int = 0
    at_once: int = 0
    first_tone_s: float | None = None
    first_alert_s: float | None = None
    connected: bool = False
    last_id: str | None = None
    suffix: str = ""

    def take(self, text: str | bytes, arrived_ms: int) -> None:
        """One message of the websocket.

        Raises:
            msgspec.DecodeError: it is not one of the board's.
        """
        frame = msgspec.json.decode(text, type=Frame)
        if frame.kind == "snapshot":
            self._snapshot(frame.calls)
        for event in (frame.event, *frame.events):
            if event is not None:
                self._event(event, arrived_ms)
        self.last_id = frame.id or self.last_id
        under_way = [v for v in self.views.values() if v.state != "ended" and v.call_id.endswith(self.suffix)]
        self.at_once = max(self.at_once, len(under_way))

    def _snapshot(self, calls: Sequence[CallView]) -> None:
        self.views.clear()
        for view in calls:
            self.views[view.call_id] = view
            for alert in view.alerts.values():
                self._alert(alert)
            for rationale in view.rationales.values():
                self.decided[rationale.alert_id] = rationale

    def _event(self, event: BoardEvent, arrived_ms: int) -> None:
        since_s = (arrived_ms - self.started_ms) / 1000
        view = self.views.setdefault(event.call_id, CallView(call_id=event.call_id))
        apply(view, event)
        match event:
            case Tone():
                self.tones += 1
                self.first_tone_s = since_s if self.first_tone_s is None else self.first_tone_s
                if (delay := delay_ms(event.spoken_at_ms, arrived_ms)) is not None:
                    self.delays_ms.append(delay)
            case Alert():
                self.first_alert_s = since_s if self.first_alert_s is None else self.first_alert_s
                self._alert(event)
            case Rationale():
                self.decided[event.alert_id] = event
            case CallState():
                pass

    def _alert(self, alert: Alert) -> None:
        states = self.states.setdefault(alert.alert_id, [])
        if not states or states[-1] != alert.state:
            states.append(alert.state)

    def calls(self) -> Calls:
        """The calls by state."""
        count = [view.state for view in self.views.values()]
        return Calls(count.count("live"), count.count("not_analysed"), count.count("ended"), self.at_once)

    def alerts(self) -> tuple[AlertLine, ...]:
        """Every alert, in the order in which they first came."""
        found = {alert.alert_id: alert for view in self.views.values() for alert in view.alerts.values()}
        return tuple(self._line(found[alert_id]) for alert_id in self.states if alert_id in found)

    def _line(self, alert: Alert) -> AlertLine:
        view = self.views[alert.call_id]
        why = self.decided.get(alert.alert_id)
        text = why.text if why else alert.sentence
        is_of_now = alert.state in ("pending", "firing", "confirmed") and view.state != "ended"
        return AlertLine(
            alert_id=alert.alert_id,
            call_id=alert.call_id,
            title=view.call.title or alert.call_id,
            states=tuple(self.states[alert.alert_id]),
            onset_s=alert.onset_ms / 1000,
            text=text if is_of_now else without_advice(text),
            source=why.source if why else alert.decided_by,
            call_ended=view.state == "ended",
            cause=alert.cause,
        )

    def delays(self) -> Delays:
        """Median and 95th percentile of what was measured."""
        if not self.delays_ms:
            return Delays()
        p50, p95 = np.percentile(self.delays_ms, (50, 95))
        return Delays(len(self.delays_ms), float(p50), float(p95))


async def follow(
    host: str, port: int, watch: BoardWatch, *, now_ms: Callable[[], int] = _now_ms, enter: SignIn = sign_in
) -> None:
    """Read the websocket until cancelled; sign in and connect again whenever it breaks, and resume where it broke."""
    while True:
        try:
            session = {"cookie": await enter(host, port)}
            url = f"ws://{host}:{port}/ws"
            async with connect(url, open_timeout=5, max_size=None, additional_headers=session) as socket:
                # The board sends what came after this event, or a snapshot where it no longer has it.
                await socket.send(msgspec.json.encode({"resume": watch.last_id}).decode())
                watch.connected = True
                async for text in socket:
                    watch.take(text, now_ms())
        except (OSError, WebSocketException, TimeoutError):
            pass
        watch.connected = False
        await asyncio.sleep(RETRY_S)
