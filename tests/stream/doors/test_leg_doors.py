from __future__ import annotations

import pytest

from tonewatch.stream.doors.announce_listener import AnnounceListener
from tonewatch.stream.doors.audiosocket.listener import AudioSocketListener
from tonewatch.stream.doors.leg_doors import leg_listeners, legs_at
from tonewatch.stream.doors.limits import Limits
from tonewatch.stream.doors.rtp.listener import RtpListener
from tonewatch.stream.doors.socket_call import DoorTools
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.settings import DoorSettings, load

SECRET = "announce acme a-long-token"


def settings(**more: str) -> DoorSettings:
    return load(DoorSettings, **{f"door_{name}": value for name, value in more.items()})


def test_without_addresses_nothing_is_opened() -> None:
    assert legs_at(settings(), encrypted=False) is None


def test_on_this_machine_alone_nothing_more_is_needed() -> None:
    chosen = settings(announce="127.0.0.1:9090", audiosocket="127.0.0.1:9092", rtp="127.0.0.1:40000-40010")
    at = legs_at(chosen, encrypted=False)
    assert at is not None and at.rtp is not None and at.rtp.ports() == [40_000, 40_002, 40_004, 40_006, 40_008, 40_010]


def test_a_network_needs_a_token_a_certificate_and_the_networks_of_asterisk() -> None:
    chosen = settings(announce="0.0.0.0:9090", audiosocket="0.0.0.0:9092", secrets=SECRET, media_networks="10.1.0.0/16")
    at = legs_at(chosen, encrypted=True)
    assert at is not None and not at.audiosocket_tls and at.networks.allows("10.1.2.3")


def test_what_announces_is_opened_last() -> None:
    chosen = settings(announce="127.0.0.1:9090", audiosocket="127.0.0.1:9092", rtp="127.0.0.1:40000-40010")
    tools = DoorTools(None, None, Limits(), Metrics())  # type: ignore[arg-type]
    opened = leg_listeners(chosen, tools, None)
    assert [type(one) for one in opened] == [AudioSocketListener, RtpListener, AnnounceListener]


def test_audiosocket_has_tls_where_no_network_is_named() -> None:
    at = legs_at(settings(announce="0.0.0.0:1", audiosocket="0.0.0.0:2", secrets=SECRET), encrypted=True)
    assert at is not None and at.audiosocket_tls and at.networks.allows("127.0.0.1")


@pytest.mark.parametrize(
    ("chosen", "encrypted", "says"),
    [
        ({"audiosocket": "127.0.0.1:1"}, False, "TONEWATCH_DOOR_ANNOUNCE"),
        ({"announce": "127.0.0.1:1"}, False, "announced calls only"),
        ({"announce": "0.0.0.0:1", "audiosocket": "127.0.0.1:2"}, True, "announced by anybody"),
        ({"announce": "0.0.0.0:1", "audiosocket": "127.0.0.1:2", "secrets": SECRET}, False, "have no TLS"),
        ({"announce": "127.0.0.1:1", "audiosocket": "0.0.0.0:2"}, False, "stunnel"),
        ({"announce": "127.0.0.1:1", "rtp": "0.0.0.0:40000-40010"}, True, "no encryption"),
        ({"announce": "127.0.0.1:1", "rtp": "127.0.0.1:1-5"}, True, "no even port"),
        ({"announce": "127.0.0.1:1", "rtp": "40000"}, True, "no range"),
        ({"announce": "here", "rtp": "127.0.0.1:40000"}, True, "no address"),
    ],
)
def test_what_would_stand_open_is_not_opened(chosen: dict[str, str], encrypted: bool, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        legs_at(settings(**chosen), encrypted=encrypted)
