import numpy as np
import pytest

from tonewatch.stream.doors.rtp.decoder import Decoder
from tonewatch.stream.doors.rtp.encoder import Encoder
from tonewatch.stream.doors.rtp.formats import FORMATS
from tonewatch.workers.audio import codecs

SPOKEN = (9_000 * np.sin(np.arange(800) / 7)).astype("<i2")


@pytest.mark.parametrize("name", ["ulaw", "alaw", "slin", "slin16"])
def test_what_is_sent_is_what_is_heard(name: str) -> None:
    codec, _, payload = Decoder().decode(Encoder(FORMATS[name]).encode(SPOKEN.tobytes()), FORMATS[name])
    heard = codecs.decode(payload, codec) * 32_768
    assert np.max(np.abs(heard - SPOKEN)) <= (0 if name.startswith("slin") else 300)
