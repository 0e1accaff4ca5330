from tonewatch.stream.messages import CallState
from tonewatch.stream.sink import MOST_COUNTED, counted


def test_a_counter_takes_no_number_that_redis_would_refuse() -> None:
    assert counted(CallState(call_id="c", state="ended", words_shed=2**63 - 1)) == {"shed_asr": MOST_COUNTED}
    assert counted(CallState(call_id="c", state="ended", words_shed=-5)) == {"shed_asr": 0}
    assert counted(CallState(call_id="c", state="ended", words_shed=3)) == {"shed_asr": 3}
