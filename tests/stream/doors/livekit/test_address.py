from __future__ import annotations

import pytest

from tonewatch.stream.doors.livekit.address import MOST_VALID_S, is_proved, proved, signed

SAID = {"call_id": "c 1&x", "role": "customer"}
ADDRESS = signed("/livekit", SAID, "a-long-secret", 1_060)


def test_an_address_is_good_for_its_tenant_until_it_expires() -> None:
    assert is_proved(ADDRESS, "a-long-secret", 1_000.0) and is_proved(ADDRESS, "a-long-secret", 1_060.0)
    assert not is_proved(ADDRESS, "a-long-secret", 1_060.5) and not is_proved(ADDRESS, "another-secret", 1_000.0)


def test_one_that_would_be_good_for_long_is_good_for_nothing() -> None:
    far = signed("/livekit", SAID, "a-long-secret", 1_000 + MOST_VALID_S + 1)
    assert not is_proved(far, "a-long-secret", 1_000.0)


@pytest.mark.parametrize(
    "wrong",
    [
        ADDRESS.replace("customer", "agent"),
        ADDRESS + "&role=agent",
        ADDRESS[:-1],
        ADDRESS.partition("&signature")[0],
        ADDRESS.replace("expires=1060", "expires=2000"),
        proved("/livekit?call_id=c", "a-long-secret"),
        proved("/livekit?expires=١٠٦٠", "a-long-secret"),
        "&signature=",
        "",
        "/livekit?\ud800&signature=\ud800",
    ],
)
def test_one_that_was_changed_or_never_expires_is_refused(wrong: str) -> None:
    assert not is_proved(wrong, "a-long-secret", 1_000.0)


def test_what_the_page_tells_an_application_to_compute_is_the_same() -> None:
    import hashlib
    import hmac
    from urllib.parse import urlencode

    said = "/livekit?" + urlencode({**SAID, "expires": 1_060})
    assert said + "&signature=" + hmac.new(b"a-long-secret", said.encode(), hashlib.sha256).hexdigest() == ADDRESS
