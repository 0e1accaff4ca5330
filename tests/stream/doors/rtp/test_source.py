import pytest

from tonewatch.stream.doors.media_networks import MediaNetworks
from tonewatch.stream.doors.rtp.source import Source
from tonewatch.stream.errors import Unprocessable

NETWORKS = MediaNetworks.parse("10.1.0.0/16")


def refusal(source: Source, host: str, port: int) -> str:
    with pytest.raises(Unprocessable) as caught:
        source.check(host, port)
    return caught.value.reason


def test_the_first_source_is_kept_to() -> None:
    source = Source(NETWORKS)
    source.check("10.1.0.5", 17_000)
    source.bind("10.1.0.5", 17_000)
    source.check("10.1.0.5", 17_000)
    assert refusal(source, "10.1.0.5", 17_002) == refusal(source, "10.1.0.6", 17_000) == "source"


def test_a_source_that_was_announced_is_the_only_one() -> None:
    assert refusal(Source(NETWORKS, "10.1.0.5"), "10.1.0.6", 17_000) == "source"


def test_networks_come_first() -> None:
    assert refusal(Source(NETWORKS, "192.0.2.1"), "192.0.2.1", 17_000) == "network"
