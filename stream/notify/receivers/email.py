"""Mailboxes, by SMTP: text and HTML, and threads by the alert.

`Message-ID` is the delivery's, so a mail that is sent twice is the same mail. All mails of an alert have an id of it in
`References` (RFC 5322, 3.6.4), by which readers make a thread of them, and name the first one in `In-Reply-To`.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import smtplib
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from html import escape

from tonewatch.stream.messages import Delivery, Notice
from tonewatch.stream.notify.addresses import AddressRefused, check_host
from tonewatch.stream.notify.outcome import Delivered, Outcome, Refused, Sending, TryAgain
from tonewatch.stream.notify.routes import EmailTarget
from tonewatch.stream.notify.wording import details, headline, title

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EmailReceiver:
    target: EmailTarget

    @property
    def address(self) -> str:
        return f"{self.target.host}:{self.target.port} {','.join(self.target.to)}"

    async def tell(self, sending: Sending) -> Outcome:
        """In a thread: the standard library's client waits."""
        password = self.target.password.read() if self.target.password is not None else ""
        return await asyncio.to_thread(self._send, mail(sending, self.target), password)

    def _send(self, said: EmailMessage, password: str) -> Outcome:
        try:
            check_host(self.target.host, self.target.port, private=self.target.private_addresses)
            with self._connected() as server:
                if self.target.user:
                    server.login(self.target.user, password)
                refused = server.send_message(said, self.target.sender, list(self.target.to))
        except AddressRefused:
            return Refused("address_refused")
        except smtplib.SMTPRecipientsRefused as error:
            return _of_code(min(code for code, _ in error.recipients.values()))
        except smtplib.SMTPResponseException as error:
            return _of_code(error.smtp_code)
        except ssl.SSLCertVerificationError:
            return TryAgain("certificate")
        except (smtplib.SMTPException, OSError):
            return TryAgain("no_answer")
        if refused:
            log.warning("A mail server takes a mail for some of its mailboxes only", extra={"refused": len(refused)})
        return Delivered(str(said["Message-ID"]))

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context(cafile=self.target.ca_file or None)
        host, port, timeout_s = self.target.host, self.target.port, self.target.timeout_s
        if self.target.tls == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=timeout_s, context=context)
        server = smtplib.SMTP(host, port, timeout=timeout_s)
        if self.target.tls == "starttls":
            try:
                # Without it nothing is said: a server, or somebody between, that does not offer it gets no mail.
                server.starttls(context=context)
            except BaseException:
                server.close()
                raise
        return server


def _of_code(code: int) -> Outcome:
    """4yz may work later, 5yz will not (RFC 5321, 4.2.1)."""
    return Refused(f"smtp_{code}") if 500 <= code < 600 else TryAgain(f"smtp_{code}")


def mail(sending: Sending, target: EmailTarget) -> EmailMessage:
    """The whole mail; the same at every try."""
    delivery = sending.delivery
    domain = target.sender.rpartition("@")[2]
    said = EmailMessage()
    said["From"] = formataddr(("Tonewatch", target.sender))
    said["To"] = ", ".join(target.to)
    said["Subject"] = _subject(delivery)
    said["Date"] = format_datetime(datetime.fromtimestamp(delivery.planned_at_ms / 1000, UTC))
    said["Message-ID"] = _message_id(delivery.delivery_id, domain)
    thread = _message_id(f"{delivery.target} {delivery.notices[0].alert_id}", domain)
    if sending.opened is not None:
        said["In-Reply-To"] = sending.opened.receipt
        thread = f"{thread} {sending.opened.receipt}"
    said["References"] = thread
    said["Auto-Submitted"] = "auto-generated"
    said.set_content(_text(sending))
    said.add_alternative(_html(sending), subtype="html")
    return said


def _subject(delivery: Delivery) -> str:
    # A line break in a call's or a queue's name would begin a header of its own.
    return " ".join(f"[Tonewatch] {title(delivery)}".split())


def _message_id(of: str, domain: str) -> str:
    return f"<{hashlib.blake2b(of.encode(), digest_size=16).hexdigest()}.tonewatch@{domain}>"


def _lines(notice: Notice, sending: Sending) -> list[tuple[str, str]]:
    delivery = sending.delivery
    links = [("Board", sending.links.to_board(notice))]
    if notice.kind in ("raised", "updated"):
        acknowledge = sending.links.to_acknowledge(notice, delivery.delivery_id, delivery.planned_at_ms)
        links.append(("Acknowledge", acknowledge))
    return [*details(notice), *((name, url) for name, url in links if url)]


def _text(sending: Sending) -> str:
    parts = []
    for notice in sending.delivery.notices:
        parts += [headline(notice, step=sending.delivery.step), notice.sentence]
        parts += [f"  {name}: {value}" for name, value in _lines(notice, sending)] + [""]
    return "\n".join(parts)


def _html(sending: Sending) -> str:
    parts = []
    for notice in sending.delivery.notices:
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{_linked(value)}</td></tr>" for name, value in _lines(notice, sending)
        )
        said = f"<p>{escape(notice.sentence)}</p>" if notice.sentence else ""
        parts.append(f"<h3>{escape(headline(notice, step=sending.delivery.step))}</h3>{said}<table>{rows}</table>")
    return f"<html><body>{''.join(parts)}</body></html>"


def _linked(value: str) -> str:
    text = escape(value)
    return f'<a href="{text}">{text}</a>' if value.startswith(("https://", "http://")) else text
