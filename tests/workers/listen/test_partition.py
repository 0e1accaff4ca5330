from tonewatch.stream.messages import CallClock
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
        state.ended(str(number), notice_given=True)
    assert (state.has_ended("0"), state.has_ended("1")) == (False, True)
    state.begins_again("1")
    assert not state.has_ended("1")


def test_whether_the_caller_was_told_is_known_of_calls_that_go_on_that_ended_and_of_those_of_before() -> None:
    state = PartitionState()
    told = Call("told", SegmenterSettings(), 0.0)
    told.notice_given = True
    state.calls["told"] = told
    state.ended("over", notice_given=False)
    state.keep(CallClock(call_id="before"))
    known = {key: state.notice_of(key) for key in (b"told", b"over", b"before", b"\xff", None)}
    assert known == {b"told": True, b"over": False, b"before": True, b"\xff": None, None: None}
