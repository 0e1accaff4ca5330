from __future__ import annotations

import pytest

from tonewatch.stream.doors.twilio.signature import is_signed, signature

STREAM = "wss://door.example.org/twilio"


def test_the_signature_is_that_of_the_published_example() -> None:
    caller = "+14158675309"
    form = {"CallSid": "CA1234567890ABCDE", "Caller": caller, "Digits": "1234", "From": caller, "To": "+18005551212"}
    assert signature("https://mycompany.com/myapp.php?foo=1&bar=2", "12345", form) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_a_stream_of_another_account_or_address_is_refused() -> None:
    signed = signature(STREAM, "token")
    assert is_signed(STREAM, "token", signed)
    assert not is_signed(STREAM, "another", signed) and not is_signed(STREAM + "/x", "token", signed)


@pytest.mark.parametrize(
    "told", [STREAM + "/", "wss://door.example.org:443/twilio", "wss://door.example.org:443/twilio/"]
)
def test_the_usual_port_and_a_slash_at_the_end_make_no_difference(told: str) -> None:
    assert is_signed(STREAM, "token", signature(told, "token"))


def test_another_port_does() -> None:
    assert not is_signed(STREAM, "token", signature("wss://door.example.org:8443/twilio", "token"))
    assert is_signed(
        "wss://door.example.org:8443/twilio", "token", signature("wss://door.example.org:8443/twilio", "token")
    )


def test_without_a_signature_or_a_token_nothing_is_signed() -> None:
    assert not is_signed(STREAM, "token", "") and not is_signed(STREAM, "", signature(STREAM, ""))
    assert not is_signed(STREAM, "token", "ä")
