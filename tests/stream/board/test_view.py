from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream.board.view import BoardEvent, CallView, apply
from tonewatch.stream.messages import CallAttributes, CallState, Rationale, Tone


def tone(start_ms: int, value: float = -0.2) -> Tone:
    return Tone(
        call_id="c",
        segment_id=f"c/0/{start_ms}",
        role="customer",
        start_ms=start_ms,
        end_ms=start_ms + 900,
        tone=value,
        spread=0.1,
        risk=0.4,
    )


def reason(at_ms: int, alert_id: str = "a") -> Rationale:
    return Rationale(
        call_id="c",
        moment_id=f"m{at_ms}",
        alert_id=alert_id,
        kind="onset",
        at_ms=at_ms,
        text=f"as of {at_ms}",
        source="facts",
        decision="confirm",
        label="angry",
        confidence=0.5,
    )


def seen(*events: BoardEvent) -> CallView:
    view = CallView(call_id="c")
    for event in events:
        apply(view, event)
    return view


@given(st.lists(st.integers(0, 20), max_size=12), st.data())
def test_an_event_that_comes_again_changes_nothing(starts_s: list[int], data: st.DataObject) -> None:
    events: list[BoardEvent] = [*(tone(1000 * s) for s in starts_s), *(reason(1000 * s) for s in starts_s)]
    once = seen(*events)
    again = data.draw(st.sampled_from(events)) if events else CallState(call_id="c", state="live")
    assert msgspec.json.encode(apply(seen(*events), again)) == msgspec.json.encode(once)


def test_the_newest_tone_is_the_call_s_and_an_older_one_changes_nothing() -> None:
    view = seen(tone(0, -0.1), tone(2000, -0.5), tone(1000, 0.9))
    assert (view.tone, view.duration_ms, [point.start_ms for point in view.points]) == (-0.5, 2900, [0, 2000])


def test_a_call_that_ended_is_no_risk_and_keeps_what_was_known_of_it() -> None:
    view = seen(
        CallState(call_id="c", state="live", call=CallAttributes(title="A bill")),
        tone(0),
        CallState(call_id="c", state="ended"),
    )
    assert (view.state, view.call.title, view.risk, view.tone) == ("ended", "A bill", 0.0, -0.2)


def test_the_newest_reason_of_an_alert_stands_whatever_the_order() -> None:
    view = seen(reason(3000), reason(1000), reason(2000, "b"))
    assert {alert: why.at_ms for alert, why in view.rationales.items()} == {"a": 3000, "b": 2000}
    assert view.latest is not None and view.latest.at_ms == 3000


def test_the_account_of_a_call_has_each_reason_once_by_time_and_its_closing_line_last() -> None:
    closing = msgspec.structs.replace(reason(4000, ""), moment_id="c/closing/4000", closing=True, text="In all: calm.")
    second = msgspec.structs.replace(reason(2000), moment_id="m2")
    first = msgspec.structs.replace(reason(1000), moment_id="m1")
    view = seen(second, closing, first, first)
    assert [(line.at_ms, line.closing) for line in view.account] == [(1000, False), (2000, False), (4000, True)]
    assert view.latest is not None and not view.latest.closing and "" not in view.rationales
