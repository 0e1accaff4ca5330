from __future__ import annotations

import pytest

from tonewatch.stream.doors.audiohook.admission import AudioHookAdmission
from tonewatch.stream.doors.audiohook.signature import read, sign
from tonewatch.stream.doors.credentials import Refused, parse
from tonewatch.stream.doors.session import Knock
from tonewatch.stream.errors import SettingsError

KEY = "SGVsbG8sIEkgYW0gdGhlIEFQSSBrZXkh"
SECRET = "TXlTdXBlclNlY3JldEtleVRlbGxOby0xITJAMyM0JDU="
CREATED_S = 1641013200
TARGET = "/api/v1/voicebiometrics/ws"
NAMES = (
    '("@request-target" "@authority" "audiohook-organization-id" "audiohook-session-id" '
    '"audiohook-correlation-id" "x-api-key")'
)
EXAMPLE = {
    "host": "audiohook.example.com",
    "audiohook-organization-id": "d7934305-0972-4844-938e-9060eef73d05",
    "audiohook-session-id": "30b0e395-84d3-4570-ac13-9a62d8f514c0",
    "audiohook-correlation-id": "e160e428-53e2-487c-977d-96989bf5c99d",
    "x-api-key": KEY,
    "signature": "sig1=:NZBwyBHRRyRoeLqy1IzOa9VYBuI8TgMFt2GRDkDuJh4=:",
    "signature-input": f'sig1={NAMES};keyid="{KEY}";nonce="VGhpc0lzQVVuaXF1ZU5vbmNl";alg="hmac-sha256";'
    f"created={CREATED_S};expires=3282026430",
}
"""The example of Genesys' documentation."""

SECRETS = parse(f"audiohook acme {KEY} {SECRET}", "here")


def knock(headers: dict[str, str], target: str = TARGET) -> Knock:
    return Knock(f"wss://audiohook.example.com{target}", target, headers)


def admitted(headers: dict[str, str], *, now_s: float = CREATED_S + 1, target: str = TARGET) -> str:
    return AudioHookAdmission(lambda: now_s).admit(knock(headers, target), SECRETS)


def test_the_published_example_is_signed() -> None:
    assert admitted(EXAMPLE) == "acme"


@pytest.mark.parametrize("name", ["audiohook-organization-id", "audiohook-session-id", "audiohook-correlation-id"])
def test_a_header_that_was_changed_is_refused(name: str) -> None:
    with pytest.raises(Refused):
        admitted({**EXAMPLE, name: EXAMPLE[name].replace("0", "1")})


def test_another_address_an_old_signature_and_one_that_covers_less_are_refused() -> None:
    less = EXAMPLE["signature-input"].replace('"audiohook-session-id" ', "")
    for headers, now_s, target in (
        (EXAMPLE, CREATED_S + 1, "/elsewhere"),
        (EXAMPLE, CREATED_S + 60, TARGET),
        (EXAMPLE, CREATED_S - 60, TARGET),
        ({**EXAMPLE, "signature-input": less}, CREATED_S + 1, TARGET),
        ({**EXAMPLE, "x-api-key": "another"}, CREATED_S + 1, TARGET),
        ({**EXAMPLE, "signature": ""}, CREATED_S + 1, TARGET),
        ({**EXAMPLE, "signature-input": ""}, CREATED_S + 1, TARGET),
        ({}, CREATED_S + 1, TARGET),
    ):
        with pytest.raises(Refused):
            admitted(headers, now_s=now_s, target=target)


def test_a_signature_comes_in_once() -> None:
    admission = AudioHookAdmission(lambda: CREATED_S + 1)
    admission.admit(knock(EXAMPLE), SECRETS)
    with pytest.raises(Refused):
        admission.admit(knock(EXAMPLE), SECRETS)


@pytest.mark.parametrize(
    "text", ["sig1", "sig1=(", 'sig1=("a";x)', 'sig1=("@authority")', "=", '"', "sig1=();;", "ä=(ü)"]
)
def test_what_is_no_signature_is_none(text: str) -> None:
    assert read({**EXAMPLE, "signature-input": text}, TARGET, "audiohook.example.com") is None
    assert read({**EXAMPLE, "signature": text}, TARGET, "audiohook.example.com") is None


def test_what_a_client_signs_is_admitted() -> None:
    said = f';keyid="{KEY}";nonce="{"n" * 22}";alg="hmac-sha256";created={CREATED_S};expires={CREATED_S + 10}'
    plain = {name: EXAMPLE[name] for name in EXAMPLE if not name.startswith("signature")}
    signed = sign(plain, TARGET, "audiohook.example.com", KEY, b"MySuperSecretKeyTellNo-1!2@3#4$5", said)
    assert admitted({**plain, **signed}) == "acme"


def test_without_a_client_secret_the_api_key_is_enough() -> None:
    secrets = parse("audiohook - just-the-key", "here")
    admission = AudioHookAdmission()
    assert admission.admit(knock({"x-api-key": "just-the-key"}), secrets) == ""
    with pytest.raises(Refused):
        admission.admit(knock({"x-api-key": "another"}), secrets)


def test_a_client_secret_that_is_no_base64_is_told_at_the_start() -> None:
    with pytest.raises(SettingsError, match=r"secrets, line 2: .* base64") as told:
        AudioHookAdmission().check(parse("# ours\naudiohook - the-key no!base64", "secrets"))
    assert "no!base64" not in str(told.value)


@pytest.mark.parametrize("number", ["9" * 5_000, "9" * 16, "-" + "9" * 16, "\u0661", '"soon"', '""'])
@pytest.mark.parametrize("name", ["created", "expires"])
def test_a_time_that_is_no_number_of_a_header_is_refused(name: str, number: str) -> None:
    said = f"{name}={CREATED_S if name == 'created' else 3282026430}"
    headers = {**EXAMPLE, "signature-input": EXAMPLE["signature-input"].replace(said, f"{name}={number}")}
    assert said in EXAMPLE["signature-input"]
    with pytest.raises(Refused):
        admitted(headers)
    assert read(headers, TARGET, "audiohook.example.com") is None
