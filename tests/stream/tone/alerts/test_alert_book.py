"""Whatever is said, answered and done, in whatever order, and wherever a monitor dies: an alert's life makes sense.

The machine speaks segments, lets the explainer answer, lets users act, and delivers things twice. A monitor that dies
goes on from what the table held before its last messages, takes those again, and must write the very same records.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tonewatch.stream.messages import Alert
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.step import step

MOODS = ("STEADY", "SHOUTING", "DELIGHTED", "CRYING")
OPEN = ("firing", "confirmed")
OVER = ("resolved", "withdrawn")

LEADS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "pending": (("",), ("pending",)),
    "fired": (("", "pending"), ("firing",)),
    "confirmed": (("firing",), ("confirmed",)),
    "changed": (("firing",), ("confirmed",)),
    "withdrawn": (("pending", "firing"), ("withdrawn",)),
    "resolved": (OPEN, ("resolved",)),
    "reopened": (OVER, ("firing",)),
}
"""By event: from which states, to which. '' is an alert that was not there; all other events leave the state."""


class AlertLife(RuleBasedStateMachine):
    def __init__(self, calls: Any) -> None:
        super().__init__()
        self.calls = calls
        self.memory = CallMemory(told=True)
        self.spoken = 0
        self.acted = 0
        self.closed = False
        self.written: dict[str, list[Alert]] = {}
        self.since: list[tuple[bytes, Any, list[Any]]] = []
        self.take(calls.opened())
        self.speak("STEADY", 6, 0)
        self.speak("SHOUTING", 3, 0)

    def take(self, message: Any) -> list[Any]:
        """One message, as the monitor takes it; what was remembered before it is kept for a death."""
        before = msgspec.msgpack.encode(self.memory)
        outputs = step(self.memory, message, ToneConfig())
        self.since = [*self.since, (before, message, outputs)][-5:]
        for alert in self.calls.alerts(outputs):
            self.written.setdefault(alert.alert_id, []).append(alert)
        return outputs

    def known(self, data: st.DataObject) -> str:
        """The newest alert first, and sometimes one that never was."""
        return data.draw(st.sampled_from([*reversed(self.written)] * 3 + ["c/anger/1"]))

    @precondition(lambda self: not self.closed)
    @rule(mood=st.sampled_from(MOODS), count=st.integers(1, 5), pause=st.integers(0, 3))
    def speak(self, mood: str, count: int, pause: int) -> None:
        self.spoken += pause
        for _ in range(count):
            self.take(self.calls.segment(self.spoken, getattr(self.calls, mood)))
            self.spoken += 1

    @rule(data=st.data(), decision=st.sampled_from(["confirm", "change", "withdraw", "abstain"]))
    def answer(self, data: st.DataObject, decision: str) -> None:
        label = data.draw(st.sampled_from(["angry", "sad", "neutral"]))
        self.take(self.calls.rationale(decision, self.known(data), label=label))

    @rule(data=st.data(), kind=st.sampled_from(["acknowledge", "snooze", "assign", "comment", "resolve", "reopen"]))
    def act(self, data: st.DataObject, kind: str) -> None:
        self.acted += 1
        more = {"snooze_ms": 20_000, "assignee": "Bo", "note": "seen"}
        action = self.calls.action(kind, self.known(data), str(self.acted), **more)
        self.take(action)
        assert self.calls.run([action], self.memory) == []

    @precondition(lambda self: self.spoken)
    @rule(data=st.data())
    def a_segment_comes_again(self, data: st.DataObject) -> None:
        again = self.calls.segment(data.draw(st.integers(0, self.spoken - 1)), self.calls.SHOUTING)
        before = msgspec.msgpack.encode(self.memory)
        if again.end_ms <= self.memory.counted.get("0", 0):
            assert self.calls.run([again], self.memory) == []
            self.memory.repeated -= 1  # that it came again is counted, and all that changes
            assert msgspec.msgpack.encode(self.memory) == before

    @rule(count=st.integers(1, 5))
    def the_monitor_dies(self, count: int) -> None:
        lost = self.since[-count:]
        self.memory = msgspec.msgpack.decode(lost[0][0], type=CallMemory)
        for _, message, outputs in lost:
            assert step(self.memory, message, ToneConfig()) == outputs

    @precondition(lambda self: not self.closed)
    @rule()
    def the_call_ends(self) -> None:
        self.take(self.calls.closed(4_000 * self.spoken + 1_000))
        self.memory, self.closed, self.since = self.memory.forgotten(), True, []
        self.take(self.calls.rationale("abstain", "c/anger/1"))
        assert all(alerts[-1].state in OVER for alerts in self.written.values())

    @invariant()
    def each_record_follows_from_the_one_before(self) -> None:
        for alerts in self.written.values():
            state = ""
            for number, alert in enumerate(alerts):
                befores, afters = LEADS.get(alert.event, ((state,), (state,)))
                assert alert.seq == number
                assert state in befores and alert.state in afters, (state, alert.event, alert.state)
                assert (alert.resolved_ms is not None) == (alert.state == "resolved")
                state = alert.state

    @invariant()
    def a_cause_has_one_open_alert_at_most(self) -> None:
        newest = [alerts[-1] for alerts in self.written.values()]
        causes = [alert.cause for alert in newest if alert.state not in OVER]
        assert len(causes) == len(set(causes))

    @invariant()
    def what_was_raised_keeps_its_onset_and_its_worst_only_gets_worse(self) -> None:
        for alerts in self.written.values():
            raised = [alert for alert in alerts if alert.state != "pending"]
            for before, after in pairwise(raised):
                assert after.onset_ms == before.onset_ms
                assert after.event == "reopened" or after.peak_tone <= before.peak_tone


def test_an_alert_s_life_makes_sense(calls: Any) -> None:
    factory: Any = lambda: AlertLife(calls)  # noqa: E731
    run_state_machine_as_test(factory, settings=settings(max_examples=40, stateful_step_count=25, deadline=None))
