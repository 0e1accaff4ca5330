import pytest

from tonewatch.stream.doors.rtp.formats import FORMATS, format_of, usual_type
from tonewatch.stream.errors import Unprocessable


@pytest.mark.parametrize(
    ("payload_type", "announced", "heard_as"),
    [
        (0, "slin16", "ulaw"),
        (8, "ulaw", "alaw"),
        (9, "ulaw", "g722"),
        (10, "slin", "slin"),
        (11, "slin", "slin"),
        (118, "ulaw", "slin16"),
        (96, "slin48", "slin48"),
        (118, "slin24", "slin24"),
    ],
)
def test_a_payload_type_means(payload_type: int, announced: str, heard_as: str) -> None:
    assert format_of(payload_type, FORMATS[announced]).name == heard_as


@pytest.mark.parametrize(("payload_type", "announced"), [(10, "slin16"), (3, "ulaw"), (18, "ulaw"), (96, "ulaw")])
def test_other_payload_types_are_refused(payload_type: int, announced: str) -> None:
    with pytest.raises(Unprocessable) as caught:
        format_of(payload_type, FORMATS[announced])
    assert caught.value.reason == "payload_type"


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_what_is_sent_as_a_format_is_heard_as_it(name: str) -> None:
    assert format_of(usual_type(FORMATS[name]), FORMATS[name]).name == name


@pytest.mark.parametrize(("name", "size"), [("ulaw", 160), ("g722", 160), ("slin", 320), ("slin16", 640)])
def test_silence_has_the_length_of_its_time(name: str, size: int) -> None:
    silence = FORMATS[name].silence(20)
    assert len(silence) == size and FORMATS[name].ticks(silence) == FORMATS[name].clock_hz // 50
