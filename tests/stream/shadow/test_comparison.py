from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from tonewatch.stream.messages import Alert, FactsTable, Posterior, Thresholds, Tone
from tonewatch.stream.shadow.comparison import Said, compare, distribution

NEUTRAL = Posterior(angry=0.1, happy=0.1, neutral=0.7, sad=0.1)
ANGRY = Posterior(angry=0.6, happy=0.1, neutral=0.2, sad=0.1)
FACTS = FactsTable(
    at_ms=0,
    window_start_ms=0,
    window_end_ms=0,
    baseline_segments=5,
    tone=-0.5,
    tone_before=0.0,
    facts=(),
    posterior=None,
    posterior_baseline=None,
)


def tone(call_id: str, index: int, value: float | None = -0.2, posterior: Posterior | None = NEUTRAL) -> Tone:
    return Tone(
        call_id=call_id,
        segment_id=f"{call_id}/0/{4_000 * index}",
        role="customer",
        start_ms=4_000 * index,
        end_ms=4_000 * index + 3_000,
        tone=value,
        spread=0.1,
        risk=0.1,
        posterior=posterior,
        spoken_at_ms=1_000,
        emitted_at_ms=1_000 + 100 * index,
    )


def alert(call_id: str, onset_ms: int, **changes: Any) -> Alert:
    fired = Alert(
        call_id=call_id,
        alert_id=f"{call_id}/anger/{onset_ms}",
        seq=0,
        rule="anger",
        state="firing",
        event="fired",
        severity="watch",
        onset_ms=onset_ms,
        fired_ms=onset_ms + 4_000,
        peak_ms=onset_ms,
        peak_tone=-0.5,
        sentence="The tone turned.",
        evidence=(),
        facts=FACTS,
        thresholds=Thresholds(fire=0.5, clear=0.2, hold_ms=0, cooldown_ms=0, min_segments=1),
    )
    return msgspec.structs.replace(fired, **changes)


def said(messages: Iterable[Tone | Alert]) -> Said:
    side = Said()
    for message in messages:
        side.take(message)
    return side


def heard(call_id: str, segments: range = range(10)) -> list[Tone]:
    return [tone(call_id, index) for index in segments]


def test_alerts_of_one_call_are_the_same_where_their_onsets_are_near() -> None:
    live = said([*heard("a"), alert("a", 12_000), *heard("b"), alert("b", 8_000)])
    shadow = said([*heard("a"), alert("a", 14_500), *heard("b"), alert("b", 24_000)])
    found = compare(live, shadow, "new")
    assert [pair.onset_difference_ms for pair in found.alerts_in_both] == [2_500]
    assert [a.call_id for a in found.alerts_only_live] == ["b"] == [a.call_id for a in found.alerts_only_shadow]
    assert found.agreement == pytest.approx(1 / 3)
    assert found.onset_difference_ms.mean == 2_500


def test_each_alert_is_in_one_pair_and_the_nearest_are_paired_first() -> None:
    live = said([*heard("a"), alert("a", 10_000), alert("a", 16_000)])
    shadow = said([*heard("a"), alert("a", 15_000)])
    found = compare(live, shadow, "new")
    assert [(p.live.onset_ms, p.shadow.onset_ms) for p in found.alerts_in_both] == [(16_000, 15_000)]
    assert [a.onset_ms for a in found.alerts_only_live] == [10_000]


def test_alerts_of_different_causes_are_never_the_same() -> None:
    live = said([*heard("a"), alert("a", 10_000)])
    shadow = said([*heard("a"), alert("a", 10_000, cause="dead_air")])
    assert compare(live, shadow, "new").alerts_in_both == []


def test_an_alert_that_stayed_pending_was_raised_by_nobody() -> None:
    live = said([*heard("a"), alert("a", 10_000, state="pending", event="pending")])
    found = compare(live, said(heard("a")), "new")
    assert (found.alerts_only_live, found.agreement) == ([], 1.0)


def test_what_came_of_an_alert_later_does_not_unmake_it() -> None:
    later = alert("a", 10_000, seq=1, state="withdrawn", event="withdrawn")
    live = said([*heard("a"), alert("a", 10_000), later, alert("a", 10_000)])
    assert len(compare(live, said([*heard("a"), alert("a", 10_000)]), "new").alerts_in_both) == 1


def test_a_call_that_the_shadow_joined_late_is_left_out_with_its_alerts() -> None:
    live = said([*heard("a"), alert("a", 10_000), *heard("only live")])
    found = compare(live, said(heard("a", range(4, 10))), "new")
    assert (found.calls_compared, found.calls_joined_late, found.calls_only_live) == (0, 1, 1)
    assert found.alerts_only_live == []


def test_a_call_counts_only_as_far_as_both_have_judged_it() -> None:
    live = said([*heard("a"), alert("a", 30_000)])
    found = compare(live, said(heard("a", range(6))), "new")
    assert found.alerts_only_live == []
    assert (found.segments_in_both, found.segments_only_live) == (6, 0)


def test_tones_and_posteriors_are_compared_segment_by_segment() -> None:
    live = said([tone("a", 0), tone("a", 1, None), tone("a", 2, 0.2)])
    shadow = said([tone("a", 0, -0.4, ANGRY), tone("a", 1), tone("a", 2, 0.2)])
    found = compare(live, shadow, "new")
    assert found.tone_difference.mean == pytest.approx(-0.1)
    assert found.tone_difference.mean_absolute == pytest.approx(0.1)
    assert (found.judged_only_live, found.judged_only_shadow) == (0, 1)
    assert found.posterior_shift.mean_by_emotion["angry"] == pytest.approx(0.5 / 3)
    assert found.posterior_shift.total_variation == pytest.approx(0.5 / 3)
    assert found.posterior_shift.other_emotion == pytest.approx(1 / 3)


def test_a_record_that_was_written_twice_counts_once() -> None:
    once, twice = said(heard("a")), said([*heard("a"), *heard("a")])
    assert compare(once, twice, "new") == compare(once, once, "new")


def test_how_late_each_side_is_is_told() -> None:
    found = compare(said(heard("a")), said(heard("a")), "new")
    assert found.delay_ms_live.quantiles["50"] == 450


def test_with_nothing_to_compare_no_figure_is_made_up() -> None:
    found = compare(Said(), Said(), "new")
    assert found.tone_difference.mean is None and found.posterior_shift.count == 0
    assert msgspec.json.decode(msgspec.json.encode(found))["agreement"] == 1.0


def test_quantiles_lie_between_neighbours() -> None:
    assert distribution([3.0, 1.0, 2.0, 4.0]).quantiles == pytest.approx(
        {"5": 1.15, "25": 1.75, "50": 2.5, "75": 3.25, "95": 3.85}
    )
