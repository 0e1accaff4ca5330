from __future__ import annotations

import io
import urllib.error
import urllib.request
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import SaslAuthenticationFailed

from tonewatch.stream.kafka.tokens import EndpointTokens, FileTokens, NoToken, ReadingAuthenticator, make_tokens
from tonewatch.stream.settings import KafkaSecurity

URL = "https://id.example/token"


class Endpoint:
    """In the place of urlopen: gives these answers, and keeps what it was asked."""

    def __init__(self, *answers: bytes | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[urllib.request.Request] = []

    def __call__(self, request: urllib.request.Request, **_more: Any) -> io.BytesIO:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return io.BytesIO(answer)


def endpoint_settings(**more: str) -> KafkaSecurity:
    given = {"kafka_token_url": URL, "kafka_token_client_id": "c", "kafka_token_client_secret": "s", **more}
    return KafkaSecurity.model_validate({"kafka_mechanism": "OAUTHBEARER", **given})


async def test_a_token_is_used_for_most_of_its_life_and_then_asked_for_anew(
    monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    endpoint = Endpoint(*(b'{"access_token":"%d","expires_in":100}' % n for n in (1, 2)))
    monkeypatch.setattr(urllib.request, "urlopen", endpoint)
    tokens = EndpointTokens(endpoint_settings(kafka_token_scope="a b"), clock=clock)
    assert await tokens.token() == "1"
    clock.advance(79)
    assert await tokens.token() == "1"
    clock.advance(1)
    assert await tokens.token() == "2"
    assert endpoint.asked[0].data == b"grant_type=client_credentials&scope=a+b"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"<html>", "gave no token .JSONDecodeError"),
        (b'{"token_type":"bearer"}', "gave no token .KeyError"),
        (urllib.error.URLError(ConnectionRefusedError(111, "Connection refused")), "gave no token .*refused"),
        (
            urllib.error.HTTPError(URL, 400, "Bad Request", Message(), io.BytesIO(b'{"error":"invalid_scope"}')),
            "refused the client .400 invalid_scope",
        ),
        (
            urllib.error.HTTPError(URL, 401, "Unauthorized", Message(), io.BytesIO(b'{"error":"secret s is wrong"}')),
            "refused the client .401 Unauthorized",
        ),
    ],
    ids=["no json", "no token", "away", "its word", "its sentence"],
)
async def test_an_endpoint_without_a_token_is_one_line(
    monkeypatch: pytest.MonkeyPatch, answer: bytes | Exception, told: str
) -> None:
    monkeypatch.setattr(urllib.request, "urlopen", Endpoint(answer))
    with pytest.raises(NoToken, match=f"TONEWATCH_KAFKA_TOKEN_URL: {URL} {told}"):
        await make_tokens(endpoint_settings()).token()


async def test_a_file_is_read_each_time(tmp_path: Path) -> None:
    file = tmp_path / "token"
    given = {"kafka_mechanism": "OAUTHBEARER", "kafka_token_file": str(file), "kafka_token_extensions": "a=1, b=2"}
    tokens = make_tokens(KafkaSecurity.model_validate(given))
    assert isinstance(tokens, FileTokens) and tokens.extensions() == {"a": "1", "b": "2"}
    with pytest.raises(NoToken, match=r"TONEWATCH_KAFKA_TOKEN_FILE: .* cannot be read"):
        await tokens.token()
    for written in ("first", "second"):
        file.write_text(f"{written}\n")
        assert await tokens.token() == written


async def test_an_answer_without_text_lets_us_in_and_a_refusal_is_confirmed_by_one_byte(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("abc")
    tokens = FileTokens(KafkaSecurity(kafka_mechanism="OAUTHBEARER", kafka_token_file=str(file)))
    let_in = ReadingAuthenticator(sasl_oauth_token_provider=tokens)
    assert await let_in.step(None) == (b"n,,\x01auth=Bearer abc\x01\x01", True)
    assert await let_in.step(b"") is None
    refused = ReadingAuthenticator(sasl_oauth_token_provider=tokens)
    await refused.step(None)
    # RFC 7628, section 3.2.3: the broker's error is the answer to this.
    assert await refused.step(b'{"status":"invalid_token"}') == (b"\x01", True)
    with pytest.raises(SaslAuthenticationFailed):
        await refused.step(b'{"status":"invalid_token"}')
