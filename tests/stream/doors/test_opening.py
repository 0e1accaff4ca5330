from __future__ import annotations

import ssl
from typing import Any, cast

import pytest

from tonewatch.stream.doors.door_command import PROTOCOLS
from tonewatch.stream.doors.limits import Limits
from tonewatch.stream.doors.opening import address, limits, listeners
from tonewatch.stream.doors.socket_call import DoorTools
from tonewatch.stream.doors.websocket_listener import WebSocketListener
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.settings import DoorSettings

SECRETS = (
    "twilio - auth-token; websocket - the-token; audiohook - the-key c2VjcmV0LXdvcmQ=; freeswitch - the-token; "
    "livekit - a-long-token"
)


def opened(tls: ssl.SSLContext | None = None, /, **given: Any) -> list[WebSocketListener]:
    tools = DoorTools(cast(Any, None), cast(Any, None), Limits(), Metrics())
    return listeners(DoorSettings(**given), PROTOCOLS, tools, tls)


def test_doors_on_one_address_share_it_and_those_without_one_stay_closed() -> None:
    made = opened(door_twilio="127.0.0.1:1", door_websocket="127.0.0.1:1", door_audiohook="127.0.0.1:2")
    found = {str(one.address): [protocol.name for protocol in one.protocols] for one in made}
    assert found == {"127.0.0.1:1": ["twilio", "websocket"], "127.0.0.1:2": ["audiohook"]}
    assert opened() == []


@pytest.mark.parametrize("door", PROTOCOLS)
def test_a_door_that_a_network_can_reach_needs_secrets_and_encryption(door: str) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with pytest.raises(SettingsError, match="has no secrets"):
        opened(tls, **{door: "0.0.0.0:8443"})
    with pytest.raises(SettingsError, match="has no TLS"):
        opened(**{door: "0.0.0.0:8443"}, door_secrets=SECRETS)
    assert opened(tls, **{door: "0.0.0.0:8443"}, door_secrets=SECRETS)
    assert opened(**{door: "0.0.0.0:8443"}, door_secrets=SECRETS, door_behind_proxy=True)


def test_behind_a_proxy_loopback_is_no_protection() -> None:
    with pytest.raises(SettingsError, match="has no secrets"):
        opened(door_websocket="127.0.0.1:8090", door_behind_proxy=True)


def test_secrets_of_another_door_open_none() -> None:
    for where in ("0.0.0.0:1", "127.0.0.1:1"):  # a misspelt door would else stand open on loopback
        with pytest.raises(SettingsError, match="has no secret, and others have: they are for twilio"):
            opened(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), door_websocket=where, door_secrets="twilio - auth-token")


@pytest.mark.parametrize("text", ["8443", ":8443", "host:", "host:x", "host:99999", "host:٣"])
def test_what_is_no_address_is_told_with_its_variable(text: str) -> None:
    with pytest.raises(SettingsError, match="TONEWATCH_DOOR_TWILIO"):
        address(text, "TONEWATCH_DOOR_TWILIO")


def test_a_host_of_ipv6_stands_in_brackets() -> None:
    assert str(address("[::1]:8443", "x")) == "::1:8443"


def test_limits_are_those_of_the_settings() -> None:
    assert limits(DoorSettings()) == Limits()
    assert limits(DoorSettings(door_calls=3, door_idle_s=7.0)) == Limits(calls=3, idle_s=7.0)
