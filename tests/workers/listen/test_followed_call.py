"""A call that is followed without Kafka."""

from __future__ import annotations

from tonewatch.stream.demo.truth import default_folder
from tonewatch.stream.messages import CallClosed, CallOpened
from tonewatch.workers.listen.call import ClosedSegment
from tonewatch.workers.listen.discontinuities import HOUR_MS, one_absurd_time
from tonewatch.workers.listen.followed_call import FollowedCall
from tonewatch.workers.listen.wire_command import read_call


def test_what_cannot_be_used_is_refused_with_its_reason_and_the_rest_is_followed() -> None:
    followed = FollowedCall("c")
    outputs = followed.follow(one_absurd_time(read_call(default_folder() / "calm_enquiry.flac"), 24_000))
    assert followed.refused == ["clock_jump", "clock_jump"]
    assert isinstance(outputs[0], CallOpened)
    assert isinstance(outputs[-1], CallClosed)
    assert outputs[-1].duration_ms < HOUR_MS


def test_after_a_time_out_the_call_goes_on_and_no_segment_has_an_id_that_another_had() -> None:
    records = read_call(default_folder() / "calm_enquiry.flac")
    followed = FollowedCall("c")
    outputs = [one for o, message in enumerate(records[:200]) for one in followed.take(message, o)]
    outputs += followed.time_out(200)
    outputs += [one for o, message in enumerate(records[200:], 200) for one in followed.take(message, o)]
    ids = [one.segment_id for one in outputs if isinstance(one, ClosedSegment)]
    assert len(ids) == len(set(ids)) > 10
