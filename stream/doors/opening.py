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
from tonewatch.stream.doors.websocket_listener import Address, WebSocketListener, is_loopback
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


def websockets_at(
    settings: DoorSettings, protocols: Mapping[str, WebSocketProtocol], *, encrypted: bool
) -> dict[Address, list[WebSocketProtocol]]:
    """Which doors share which address. `protocols`: by the setting that has it; an empty address opens nothing.

    Raises:
        SettingsError: an address is none, or a door would stand open to a network without credentials or encryption.
    """
    found: dict[Address, list[WebSocketProtocol]] = {}
    for name, protocol in protocols.items():
        if text := getattr(settings, name):
            found.setdefault(address(text, f"TONEWATCH_{name.upper()}"), []).append(protocol)
    for where, on_it in found.items():
        _check(settings, where, on_it, encrypted)
    return found


def listeners(
    settings: DoorSettings,
    protocols: Mapping[str, WebSocketProtocol],
    tools: DoorTools,
    tls: ssl.SSLContext | None,
) -> list[WebSocketListener]:
    """One for each address; raises as `websockets_at`."""
    admission = Admission(tools.limits)
    return [
        WebSocketListener(
            where,
            on_it,
            credentials(settings),
            tools,
            admission,
            tls,
            settings.door_public_url,
            settings.door_behind_proxy,
        )
        for where, on_it in websockets_at(settings, protocols, encrypted=tls is not None).items()
    ]


def credentials(settings: DoorSettings) -> Credentials:
    return Credentials(settings.door_secrets_file, settings.door_secrets.get_secret_value())


def _check(settings: DoorSettings, where: Address, doors: list[WebSocketProtocol], encrypted: bool) -> None:
    """Fail closed: what a network can reach has secrets and encryption, or does not open."""
    is_private = is_loopback(where.host) and not settings.door_behind_proxy
    for door in doors:
        known = credentials(settings)
        secrets = known.of(door.name)
        door.check(secrets)
        if not secrets and known.doors():
            raise SettingsError(
                f"The door {door.name} on {where} has no secret, and others have: they are for "
                f"{', '.join(known.doors())}. Add a line `{door.name} TENANT SECRET`; without any secret it opens on "
                "127.0.0.1 alone."
            )
        if not secrets and not is_private:
            raise SettingsError(
                f"The door {door.name} on {where} has no secrets: name them in TONEWATCH_DOOR_SECRETS_FILE "
                f"(`{door.name} TENANT SECRET`), or listen on 127.0.0.1 alone, without TONEWATCH_DOOR_BEHIND_PROXY."
            )
    if not (encrypted or is_private or settings.door_behind_proxy):
        raise SettingsError(
            f"A door on {where} has no TLS: set TONEWATCH_DOOR_CERTIFICATE_FILE and its _KEY_FILE, or "
            "TONEWATCH_DOOR_BEHIND_PROXY=true where a proxy before it has TLS."
        )
