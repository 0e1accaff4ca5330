import msgspec

from tonewatch.stream.messages import CallState, Tone
from tonewatch.stream.sink import MOST_COUNTED, counted, lateness


def test_a_counter_takes_no_number_that_redis_would_refuse() -> None:
    assert counted(CallState(call_id="c", state="ended", words_shed=2**63 - 1)) == {"shed_asr": MOST_COUNTED}
    assert counted(CallState(call_id="c", state="ended", words_shed=-5)) == {"shed_asr": 0}
    assert counted(CallState(call_id="c", state="ended", words_shed=3)) == {"shed_asr": 3}


def test_a_tone_says_how_long_after_its_words_it_was_known_and_nothing_else_does() -> None:
    tone = Tone(
        call_id="c", segment_id="c/0/0", role="customer", start_ms=0, end_ms=900, tone=None, spread=1.0, risk=0.0
    )
    spoken = msgspec.structs.replace(tone, spoken_at_ms=1_000_000)
    assert lateness(spoken, 1_012_000) == {"behind_ms": 12_000, "behind_at_ms": 1_012_000}
    assert lateness(spoken, 999_000)["behind_ms"] == 0
    assert lateness(spoken, 2**62)["behind_ms"] == MOST_COUNTED
    assert lateness(tone, 1_012_000) == lateness(CallState(call_id="c", state="live"), 5) == lateness(None, 5) == {}
