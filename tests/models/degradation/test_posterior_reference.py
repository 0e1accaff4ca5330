from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tonewatch.models.degradation.posterior_reference import reference_of, write
from tonewatch.stream.codec import decode_segment
from tonewatch.stream.errors import DataError
from tonewatch.stream.messages import Posterior, Segment
from tonewatch.stream.service.posterior_drift import read_reference

GOLDEN = decode_segment((Path(__file__).parents[2] / "stream" / "golden" / "segment.json").read_bytes().strip())


def judged(space: str, angry: float) -> Segment:
    assert isinstance(GOLDEN, Segment)
    posterior = Posterior(angry=angry, happy=0.0, neutral=1.0 - angry, sad=0.0)
    return msgspec.structs.replace(GOLDEN, space=space, posterior=posterior)


def test_segments_of_former_weights_and_those_that_were_not_judged_do_not_count(tmp_path: Path) -> None:
    unjudged = msgspec.structs.replace(judged("new", 0.5), posterior=None)
    messages = [judged("old", 0.95), *[judged("new", 0.15)] * 3, unjudged]
    reference = reference_of(messages, "a test", least=3)
    assert (reference.space, reference.segments, reference.counts["angry"][1]) == ("new", 3, 3)
    write(reference, tmp_path / "reference.json")
    assert read_reference(tmp_path / "reference.json") == reference


def test_a_reference_of_few_segments_is_refused() -> None:
    with pytest.raises(DataError, match="1 judged segments"):
        reference_of([judged("new", 0.5)], "a test", least=2)
