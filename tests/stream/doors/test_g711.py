from __future__ import annotations

import numpy as np
import pytest

from tonewatch.stream.doors.g711 import G711, decode, encode
from tonewatch.workers.audio import codecs


@pytest.mark.parametrize("codec", ["mulaw", "alaw"])
def test_every_code_is_what_the_listener_takes_it_for_and_comes_back(codec: G711) -> None:
    every = bytes(range(256))
    heard = np.frombuffer(decode(every, codec), dtype="<i2").astype(np.float32) / 32_768
    assert np.array_equal(heard, codecs.decode(every, codec))
    assert decode(encode(decode(every, codec), codec), codec) == decode(every, codec)
