"""Which doors the settings open, on which addresses, and whether that is safe.

One address may have several doors on websockets: their paths differ. Doors with a transport of their own are added in
`door_command.py`.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping

from tonewatch.stream.doors.credentials import Credentials
from tonewatch.stream.doors.limits import Admission, Limits
from tonewatch.stream.doors.session import WebSocketProtocol
from tonewatch.stream.doors.socket_call import DoorTools
from tonewatch.stream.doors.websocket_listener import Address, WebSocketListener
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.settings import DoorSettings


def address(text: str, variable: str) -> Address:
    """`host:port`, with brackets around a host of IPv6.

    Raises:
        SettingsError: it is none; the text names the variable.
    """
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise SettingsError(f"{variable}: '{text}' is no address: write host:port, as 0.0.0.0:8443.")
    return Address(host.removeprefix("[").removesuffix("]"), int(port))


def limits(settings: DoorSettings) -> Limits:
    return Limits(
        calls=settings.door_calls,
        address_calls=settings.door_address_calls,
        channels=settings.door_channels,
        bytes_s=settings.door_bytes_s,
        message_bytes=settings.door_message_bytes,
        idle_s=settings.door_idle_s,
    )


def listeners(
    settings: DoorSettings,
    protocols: Mapping[str, WebSocketProtocol],
    tools: DoorTools,
    tls: ssl.SSLContext | None,
) -> list[WebSocketListener]:
    """`protocols`: by the address in the settings; an empty address opens nothing.

    Raises:
        SettingsError: an address is none, or a door would stand open to a network without credentials or encryption.
    """
    by_address: dict[Address, list[WebSocketProtocol]] = {}
    for name, protocol in protocols.items():
        if text := getattr(settings, name):
            by_address.setdefault(address(text, f"TONEWATCH_{name.upper()}"), []).append(protocol)
    credentials = Credentials(settings.door_secrets_file, settings.door_secrets.get_secret_value())
    admission = Admission(tools.limits)
    made = [
        WebSocketListener(
            where, on_it, credentials, tools, admission, tls, settings.door_public_url, settings.door_behind_proxy
        )
        for where, on_it in by_address.items()
    ]
    for listener in made:
        _check(listener, credentials)
    return made


def _check(listener: WebSocketListener, credentials: Credentials) -> None:
    """Fail closed: what a network can reach has secrets and encryption, or does not open."""
    for protocol in listener.protocols:
        if not credentials.of(protocol.name) and not listener.is_private:
            raise SettingsError(
                f"The door {protocol.name} on {listener.address} has no secrets: name them in "
                f"TONEWATCH_DOOR_SECRETS_FILE (`{protocol.name} TENANT SECRET`), or listen on 127.0.0.1 alone."
            )
    if listener.tls is None and not listener.is_private and not listener.behind_proxy:
        raise SettingsError(
            f"A door on {listener.address} has no TLS: set TONEWATCH_DOOR_CERTIFICATE_FILE and its _KEY_FILE, or "
            "TONEWATCH_DOOR_BEHIND_PROXY=true where a proxy before it has TLS."
        )
