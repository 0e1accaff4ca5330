from tonewatch.workers.audio.segmenter import SegmenterSettings
from tonewatch.workers.listen.call import Call
from tonewatch.workers.listen.partition import ENDED_REMEMBERED, PartitionState


def test_nothing_is_safe_before_the_first_record() -> None:
    assert PartitionState().safe_offset() is None


def test_the_oldest_that_is_not_written_holds_the_commit_back() -> None:
    followed = PartitionState(position=30)
    for offset in (12, 12, 20):
        followed.queued(offset)
    followed.written(12)
    assert followed.safe_offset() == 12
    followed.written(12)
    assert followed.safe_offset() == 20
    followed.written(20)
    assert followed.safe_offset() == 30


def test_a_call_is_silent_by_the_partition_s_own_clock() -> None:
    followed = PartitionState(quiet_s=100.0)
    followed.calls["old"] = Call("old", SegmenterSettings(), 30.0)
    followed.calls["new"] = Call("new", SegmenterSettings(), 50.0)
    assert [call.call_id for call in followed.silent_calls(60.0)] == ["old"]


def test_ended_calls_are_remembered_and_the_oldest_of_very_many_forgotten() -> None:
    followed = PartitionState()
    for number in range(ENDED_REMEMBERED + 1):
        followed.ended(str(number))
    assert (followed.has_ended("0"), followed.has_ended("1")) == (False, True)
    followed.begins_again("1")
    assert not followed.has_ended("1")
