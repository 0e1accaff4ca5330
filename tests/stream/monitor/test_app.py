from pathlib import Path

import msgspec
import pytest

from tonewatch.stream.codec import decode_segment
from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import Posterior, Segment
from tonewatch.stream.monitor.app import check

GOLDEN = decode_segment((Path(__file__).parents[1] / "golden" / "segment.json").read_bytes())


@pytest.mark.parametrize("share", [-0.1, 1.1, -1e308, float("inf")])
def test_a_posterior_that_is_none_is_not_judged(share: float) -> None:
    assert isinstance(GOLDEN, Segment)
    check(GOLDEN)
    posterior = Posterior(angry=share, happy=0.1, neutral=0.1, sad=0.1)
    with pytest.raises(Unprocessable, match="posterior"):
        check(msgspec.structs.replace(GOLDEN, posterior=posterior))
