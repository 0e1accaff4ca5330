from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest

from tonewatch.stream.doors.credentials import Credentials, Refused, basic_or_bearer, bearer, parse
from tonewatch.stream.errors import SettingsError

TEXT = """
# door     tenant  secret
websocket  acme    acme-token
websocket  acme    acme-token-new
audiohook  -       api-key-1 client-secret
"""


def test_secrets_stand_by_door_and_tenant() -> None:
    found = Credentials(text=TEXT)
    assert [(one.tenant, one.secret) for one in found.of("websocket")] == [
        ("acme", "acme-token"),
        ("acme", "acme-token-new"),
    ]
    ((tenant, key, secret),) = [(one.tenant, one.key, one.secret) for one in found.of("audiohook")]
    assert (tenant, key, secret) == ("", "api-key-1", "client-secret") and found.of("twilio") == []


def test_a_file_is_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "secrets"
    file.write_text("websocket acme old-token\n")
    found = Credentials(file=str(file))
    assert bearer("Bearer old-token", found.of("websocket")) == "acme"
    file.write_text("websocket acme new-token\n")
    with pytest.raises(Refused):
        bearer("Bearer old-token", found.of("websocket"))


@pytest.mark.parametrize(
    "text", ["websocket acme", "websocket a/b s3cr3t-word", "a - s3cr3t-word x y", "websocket - s3cr3t"]
)
def test_a_line_that_is_none_is_named_by_its_number_and_not_quoted(text: str) -> None:
    with pytest.raises(SettingsError, match="line 2") as refused:
        parse(f"# none\n{text}", "here")
    assert "s3cr3t" not in str(refused.value)


def test_no_secret_is_shown_where_it_is_printed() -> None:
    credentials = Credentials(text=TEXT)
    assert "token" not in repr(credentials) and "token" not in repr(credentials.of("websocket"))
    assert "secret" not in repr(credentials.of("audiohook")).replace("Secret(", "")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic acme-token", "acme-token", "Bearer ä"])
def test_who_has_no_token_is_refused(header: str) -> None:
    with pytest.raises(Refused) as refused:
        bearer(header, Credentials(text=TEXT).of("websocket"))
    assert (refused.value.status, refused.value.reason) == (401, "credentials")


def test_without_secrets_nobody_has_a_token() -> None:
    with pytest.raises(Refused):
        bearer("Bearer ", [])


def basic(words: str) -> str:
    return f"Basic {b64encode(words.encode()).decode()}"


def test_a_password_is_taken_with_its_user_name_where_it_has_one() -> None:
    found = parse("freeswitch acme user p:ssword; freeswitch beta the-token", "here")
    assert basic_or_bearer(basic("user:p:ssword"), found) == "acme"
    assert basic_or_bearer(basic("whoever:the-token"), found) == "beta"
    assert basic_or_bearer("Bearer the-token", found) == "beta"


@pytest.mark.parametrize(
    "given", ["", "Basic", "Basic !", "Basic é", basic("other:p:ssword"), basic("user:wrong"), basic(""), "Bearer x"]
)
def test_any_other_password_is_refused(given: str) -> None:
    with pytest.raises(Refused):
        basic_or_bearer(given, parse("freeswitch acme user p:ssword", "here"))
