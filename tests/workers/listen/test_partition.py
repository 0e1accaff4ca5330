from tonewatch.workers.audio.segmenter import SegmenterSettings
from tonewatch.workers.listen.call import Call
from tonewatch.workers.listen.partition import ENDED_REMEMBERED, PartitionState


def test_nothing_is_safe_before_the_first_record() -> None:
    assert PartitionState().safe_offset() is None


def test_the_oldest_that_is_not_written_holds_the_commit_back() -> None:
    state = PartitionState(position=30)
    for offset in (12, 12, 20):
        state.hold(offset)
    state.written(12)
    assert state.safe_offset() == 12
    state.written(12)
    assert state.safe_offset() == 20
    state.written(20)
    assert state.safe_offset() == 30


def test_a_call_is_silent_by_the_partition_s_own_clock() -> None:
    state = PartitionState(quiet_s=100.0)
    state.calls["old"] = Call("old", SegmenterSettings(), 30.0)
    state.calls["new"] = Call("new", SegmenterSettings(), 50.0)
    assert [call.call_id for call in state.silent_calls(60.0)] == ["old"]


def test_ended_calls_are_remembered_and_the_oldest_of_very_many_forgotten() -> None:
    state = PartitionState()
    for number in range(ENDED_REMEMBERED + 1):
        state.ended(str(number))
    assert (state.has_ended("0"), state.has_ended("1")) == (False, True)
    state.begins_again("1")
    assert not state.has_ended("1")
