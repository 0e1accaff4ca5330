"""A position is proven by the sound there alone, and a restart reaches back to the same proof."""

from __future__ import annotations

from tonewatch.workers.audio.position import RESYNC_FRAMES, SETTLE_FRAMES, CallPosition

PAUSE, LEAD_IN = 20, 5


def position(first: int = 0, *, known: bool = False) -> CallPosition:
    return CallPosition.begin(first, known=known, pause=PAUSE, lead_in=LEAD_IN)


def judge(at: CallPosition, frames: int, *, is_speech: bool) -> None:
    for _ in range(frames):
        if at.warming_up:
            at.skip()
        else:
            at.advance(is_speech=is_speech)
            at.accept_pause()


def warm(at: CallPosition) -> CallPosition:
    judge(at, at.trusted_from - at.next, is_speech=True)
    return at


def proven_after(at: CallPosition, *frames: int) -> list[bool]:
    """Whether it is after so many quiet frames, counted from here."""
    found, begin = [], at.next
    for count in frames:
        judge(at, count - (at.next - begin), is_speech=False)
        found.append(at.proven)
    return found


def test_a_call_that_begins_here_is_known_from_its_first_frame() -> None:
    at = position(known=True)
    assert at.proven
    assert not at.warming_up


def test_frames_before_the_detector_can_be_trusted_prove_nothing() -> None:
    at = position(1000)
    judge(at, at.trusted_from - 1000, is_speech=False)
    assert (at.quiet, at.proven) == (0, False)


def test_speech_and_a_pause_behind_it_prove_a_position_and_bound_the_next_lead_in() -> None:
    at = warm(position(1000))
    judge(at, 1, is_speech=True)
    assert proven_after(at, PAUSE - 1, PAUSE) == [False, True]
    assert at.lead_in_from == at.next


def test_a_pause_whose_speech_was_not_judged_must_outlast_the_lead_in() -> None:
    at = warm(position(1000))
    assert proven_after(at, PAUSE + LEAD_IN - 1, PAUSE + LEAD_IN) == [False, True]


def test_sound_without_pauses_is_proven_on_the_grid_and_no_sooner_than_it_settled() -> None:
    at = warm(position(1000))
    since = at.next
    while not at.at_grid_position:
        judge(at, 1, is_speech=True)
    assert at.next % RESYNC_FRAMES == 0
    assert SETTLE_FRAMES + PAUSE <= at.next - since < SETTLE_FRAMES + PAUSE + RESYNC_FRAMES


def test_a_grid_position_is_followed_by_the_next_one_on_the_grid() -> None:
    at = position(known=True)
    judge(at, SETTLE_FRAMES, is_speech=True)
    assert at.at_grid_position
    at.accept_grid_position()
    judge(at, RESYNC_FRAMES, is_speech=True)
    assert at.at_grid_position


def test_a_restart_from_where_the_audio_is_needed_comes_to_the_same_proof() -> None:
    at = position(known=True)
    judge(at, 600, is_speech=True)
    judge(at, 2 * PAUSE, is_speech=False)
    needed_from = at.needed_from()
    assert needed_from is not None
    again = position(needed_from)
    judge(again, 600 - needed_from, is_speech=True)
    judge(again, 2 * PAUSE, is_speech=False)
    assert (again.proven, again.lead_in_from, again.next) == (True, at.lead_in_from, at.next)


def test_before_a_proof_all_of_the_audio_is_needed() -> None:
    assert position(1000).needed_from() is None


def test_quiet_frames_at_once_are_as_quiet_frames_one_by_one() -> None:
    at_once, one_by_one = (warm(position(1000)) for _ in range(2))
    for at in (at_once, one_by_one):
        judge(at, 3, is_speech=True)
        judge(at, PAUSE, is_speech=False)
        assert not at.is_in_long_pause  # The frame that ends the proof is one that counts.
        judge(at, 1, is_speech=False)
        assert at.is_in_long_pause
    at_once.stay_quiet(RESYNC_FRAMES)
    judge(one_by_one, RESYNC_FRAMES, is_speech=False)
    assert at_once == one_by_one
