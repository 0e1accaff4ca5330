from __future__ import annotations

import pytest

from tonewatch.stream.doors.freeswitch.messages import described, metadata
from tonewatch.stream.errors import BadRecord, Unprocessable

STEREO = {"call_id": "c", "mixType": "stereo", "sampleRate": "8000"}


def test_the_leg_is_on_the_left_and_is_the_callers_unless_it_is_said_to_be_the_agents() -> None:
    assert described(STEREO).facts.roles == ("customer", "agent")
    assert described({**STEREO, "role": "agent"}).facts.roles == ("agent", "customer")


def test_a_leg_of_its_own_has_its_place_among_the_roles_of_its_call() -> None:
    alone = {**STEREO, "mixType": "mono", "role": "agent"}
    assert (described(alone).facts.roles, described(alone).channels) == (("agent",), (0,))
    beside = described({**alone, "roles": "customer, agent"})
    assert (beside.facts.roles, beside.channels) == (("customer", "agent"), (1,))


def test_a_mixed_stream_is_taken_only_where_it_is_said_who_is_on_it() -> None:
    assert described({**STEREO, "mixType": "mixed", "role": "mixed"}).facts.roles == ("mixed",)
    with pytest.raises(Unprocessable, match="both parties"):
        described({**STEREO, "mixType": "mixed"})


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"call_id": ""}, "bad_call_id"),
        ({"call_id": "erased:1"}, "bad_call_id"),
        ({"mixType": ""}, "bad_mix_type"),
        ({"mixType": "mono"}, "bad_role"),
        ({"mixType": "mono", "role": "mixed"}, "bad_role"),
        ({"role": "boss"}, "bad_role"),
        ({"roles": "customer"}, "bad_role"),
        ({"sampleRate": ""}, "unsupported_rate"),
        ({"sampleRate": "400k"}, "unsupported_rate"),
        ({"sampleRate": "٨٠٠٠"}, "unsupported_rate"),
    ],
)
def test_what_is_not_said_is_not_guessed(said: dict[str, str], reason: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        described({**STEREO, **said})
    assert refused.value.reason == reason


def test_a_rate_may_be_written_as_in_the_command_and_the_callers_number_is_taken_where_it_is_asked_for() -> None:
    assert described({**STEREO, "sampleRate": "16k"}).rate_hz == 16_000
    assert described({**STEREO, "from": "+15550100"}).facts.caller_id == ""
    assert described({**STEREO, "from": "+15550100", "caller": "from"}).facts.caller_id == "+15550100"


def test_notice_may_be_a_word_or_a_truth_and_is_given_by_neither_silence_nor_another_word() -> None:
    for frame, given in (('{"notice": true}', True), ('{"notice": "true"}', True), ('{"notice": 1}', False)):
        assert described({**STEREO, **metadata(frame)}).facts.notice_given is given
    assert not described(STEREO).facts.notice_given


@pytest.mark.parametrize("frame", ["", "hello", "[]", '"c"', '{"call_id": []}', '{"sampleRate": 8000.5}', "null"])
def test_a_frame_that_is_no_object_or_has_no_plain_values_is_refused(frame: str) -> None:
    with pytest.raises(BadRecord):
        metadata(frame)


def test_a_number_beyond_all_bounds_is_refused() -> None:
    with pytest.raises(BadRecord):
        metadata(f'{{"sampleRate": {"9" * 5_000}}}')
