"""What a listener made of a call's audio comes out of it again."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tonewatch.stream.messages import AudioChunk, NoticeWithdrawn, Posterior
from tonewatch.workers.provenance.recompute import compare, segments_again

from .conftest import PARTITION, Told


def again(told: Told, analysis: Any, records: list[Any] | None = None) -> dict[str, Any]:
    wanted = {item.segment_id for item in told.alert.evidence}
    kept = list(enumerate(told.records)) if records is None else records
    return segments_again(kept, analysis, PARTITION, wanted)


def test_every_segment_of_the_evidence_comes_out_as_it_was(told: Told, analysis: Any) -> None:
    found = again(told, analysis)
    then = {one.segment_id: one for one in told.segments}
    assert set(found) == {item.segment_id for item in told.alert.evidence}
    agreements = [compare(then[name], one) for name, one in found.items()]
    assert [(one.why, one.posterior, one.prosody) for one in agreements] == [("", 0.0, 0.0)] * len(agreements)


def test_audio_that_was_altered_since_comes_out_otherwise(told: Told, analysis: Any) -> None:
    """One channel's loudness pressed into half of the sample's bits."""
    records = [
        (offset, msgspec.structs.replace(one, payload=bytes(b & 0x8F for b in one.payload)))
        if isinstance(one, AudioChunk) and one.role == "customer"
        else (offset, one)
        for offset, one in enumerate(told.records)
    ]
    then = {one.segment_id: one for one in told.segments}
    found = again(told, analysis, records)
    whys = [compare(then[name], one).why for name, one in found.items()]
    assert any(whys) or set(found) != {item.segment_id for item in told.alert.evidence}


def test_of_audio_that_is_gone_nothing_comes_out(told: Told, analysis: Any) -> None:
    assert again(told, analysis, []) == {}


def test_nothing_is_made_of_a_call_without_notice(told: Told, analysis: Any) -> None:
    quiet = [
        (offset, msgspec.structs.replace(one, notice_given=False) if hasattr(one, "notice_given") else one)
        for offset, one in enumerate(told.records)
    ]
    assert again(told, analysis, quiet) == {}


@pytest.mark.parametrize("at", [20, None])
def test_nothing_is_made_of_a_call_whose_notice_was_withdrawn(told: Told, analysis: Any, at: int | None) -> None:
    records = list(told.records)
    withdrawn = NoticeWithdrawn(call_id=records[0].call_id, withdrawn_at_ms=1)
    records.insert(len(records) if at is None else at, withdrawn)
    assert again(told, analysis, list(enumerate(records))) == {}


@pytest.mark.parametrize(("angry", "differs"), [(0.005, False), (0.2, True)])
def test_a_share_that_moved_further_than_another_processor_moves_it_differs(
    told: Told, angry: float, differs: bool
) -> None:
    then = next(one for one in told.segments if one.posterior is not None)
    assert then.posterior is not None
    a, h, n, s = then.posterior.shares()
    moved = Posterior(angry=min(1.0, a + angry), happy=h, neutral=n, sad=s)
    assert bool(compare(then, msgspec.structs.replace(then, posterior=moved)).why) is differs


def test_other_weights_are_told_of_and_not_compared(told: Told) -> None:
    then = next(one for one in told.segments if one.model is not None)
    assert then.model is not None
    other = msgspec.structs.replace(then, model=msgspec.structs.replace(then.model, version="0"))
    assert "other weights here" in compare(then, other).why
