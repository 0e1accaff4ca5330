"""Mail, to a real SMTP server on loopback with STARTTLS by an authority of the test."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from tonewatch.stream.local.certificates import Authority, find_openssl
from tonewatch.stream.notify.outcome import Delivered, Refused, Sending, TryAgain
from tonewatch.stream.notify.receivers.email import EmailReceiver, mail
from tonewatch.stream.notify.routes import EmailTarget, Secret

Make = Callable[..., Sending]
MakeTarget = Callable[..., EmailTarget]


@dataclass
class MailServer:
    """Takes mails, with STARTTLS and a login where `context` is there; `codes` are its answers to commands."""

    context: ssl.SSLContext | None
    codes: dict[str, str] = field(default_factory=dict)
    mails: list[EmailMessage] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    plain_commands: list[str] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(text: str) -> None:
            writer.write(f"{text}\r\n".encode())

        encrypted = False
        say("220 test")
        while line := (await reader.readline()).decode().strip():
            verb = line.split()[0].upper()
            if not encrypted:
                self.plain_commands.append(verb)
            if verb in self.codes:
                say(self.codes[verb])
            elif verb == "EHLO":
                extra = ["250-STARTTLS"] if self.context and not encrypted else ["250-AUTH PLAIN"]
                say("\r\n".join(["250-test", *extra, "250 8BITMIME"]))
            elif verb == "STARTTLS" and self.context:
                say("220 go on")
                await writer.drain()
                await writer.start_tls(self.context)
                encrypted = True
            elif verb == "AUTH":
                self.logins.append(line)
                say("235 welcome")
            elif verb == "DATA":
                say("354 go on")
                data = await reader.readuntil(b"\r\n.\r\n")
                self.mails.append(_parsed(data[:-5]))
                say("250 taken")
            elif verb == "QUIT":
                say("221 bye")
                await writer.drain()
                return
            else:
                say("250 well")
            await writer.drain()


def _parsed(data: bytes) -> EmailMessage:
    found = message_from_bytes(data, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if find_openssl() is None:
        pytest.skip("no openssl on PATH: the certificates of these tests are made by it")
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
async def mail_server(authority: Authority) -> AsyncIterator[MailServer]:
    certificate = authority.issue("localhost", hosts="DNS:localhost,IP:127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    found = MailServer(context)
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    yield found
    server.close()
    await server.wait_closed()


@pytest.fixture
def target(
    mail_server: MailServer, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., EmailTarget]:
    monkeypatch.setenv("PASSWORD", "geheim")

    def make(**changed: Any) -> EmailTarget:
        fields: dict[str, Any] = {
            "host": "localhost",
            "port": mail_server.port,
            "ca_file": str(authority.certificate),
            "user": "tonewatch",
            "password": Secret(env="PASSWORD"),
            "sender": "tonewatch@example.com",
            "to": ("ada@example.com", "grace@example.com"),
            "private_addresses": True,
        }
        return EmailTarget(**(fields | changed))

    return make


async def test_a_mail_comes_by_starttls_after_a_login_in_text_and_html(
    mail_server: MailServer, target: MakeTarget, sending: Make
) -> None:
    outcome = await EmailReceiver(target()).tell(sending())
    (said,) = mail_server.mails
    assert outcome == Delivered(str(said["Message-ID"]))
    assert mail_server.logins and set(mail_server.plain_commands) == {"EHLO", "STARTTLS"}
    assert (
        said["Subject"] == "[Tonewatch] Alert (act): anger, billing"
        and said["To"] == "ada@example.com, grace@example.com"
    )
    text, html = (said.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None and html is not None
    for part in (text.get_content(), html.get_content()):
        assert "Louder by 7 dB." in part and "board.example" in part and "notify.example/acknowledge" in part


async def test_a_server_whose_certificate_is_not_known_gets_no_mail(
    mail_server: MailServer, target: MakeTarget, sending: Make
) -> None:
    assert await EmailReceiver(target(ca_file="")).tell(sending()) == TryAgain("certificate")
    assert mail_server.mails == [] and mail_server.logins == []


async def test_a_server_without_starttls_gets_no_mail(
    mail_server: MailServer, target: MakeTarget, sending: Make
) -> None:
    mail_server.context = None
    assert await EmailReceiver(target()).tell(sending()) == TryAgain("no_answer")
    assert mail_server.mails == [] and mail_server.logins == []


@pytest.mark.parametrize(
    ("codes", "outcome"),
    [
        ({"DATA": "451 later"}, TryAgain("smtp_451")),
        ({"DATA": "554 never"}, Refused("smtp_554")),
        ({"RCPT": "550 nobody"}, Refused("smtp_550")),
        ({"AUTH": "535 no"}, Refused("smtp_535")),
        ({"MAIL": "421 busy"}, TryAgain("smtp_421")),
    ],
    ids=lambda one: next(iter(one)) if isinstance(one, dict) else "",
)
async def test_what_a_server_answers_is_understood(
    mail_server: MailServer, target: MakeTarget, sending: Make, codes: dict[str, str], outcome: object
) -> None:
    mail_server.codes = codes
    assert await EmailReceiver(target()).tell(sending()) == outcome


async def test_no_server_is_tried_again(target: MakeTarget, sending: Make, free_port: int) -> None:
    assert await EmailReceiver(target(port=free_port)).tell(sending()) == TryAgain("no_answer")


async def test_mails_of_an_alert_are_one_thread_and_a_second_try_is_the_same_mail(
    target: MakeTarget, sending: Make
) -> None:
    first, again = mail(sending(), target()), mail(sending(attempts=4), target())
    end = mail(sending({"kind": "resolved"}, delivery_id="d1", opened=str(first["Message-ID"])), target())
    other = mail(sending({"alert_id": "c-2/anger/0"}, delivery_id="d2"), target())
    assert first["Message-ID"] == again["Message-ID"] != end["Message-ID"]
    assert first.get_body(("plain",)).get_content() == again.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert end["In-Reply-To"] == first["Message-ID"] and first["References"] in end["References"]
    assert other["References"] not in end["References"]


def test_a_name_with_a_line_break_makes_no_header_and_no_markup(sending: Make) -> None:
    target = EmailTarget(host="localhost", sender="a@example.com", to=("b@example.com",))
    said = mail(sending({"queue": "x\r\nBcc: evil@example.com", "sentence": "<script>"}), target)
    assert said["Bcc"] is None and "\n" not in said["Subject"]
    html = said.get_body(("html",))
    assert html is not None and "<script>" not in html.get_content()
