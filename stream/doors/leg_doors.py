"""The doors whose calls are announced: AudioSocket and RTP, and whether the settings open them safely."""

from __future__ import annotations

import ssl
import time
from typing import Final

from tonewatch.stream.doors.announce_listener import NAME, AnnounceListener
from tonewatch.stream.doors.announced_calls import AnnouncedCalls
from tonewatch.stream.doors.audiosocket.listener import AudioSocketListener
from tonewatch.stream.doors.credentials import Credentials
from tonewatch.stream.doors.limits import Admission
from tonewatch.stream.doors.media_networks import MediaNetworks
from tonewatch.stream.doors.opening import address
from tonewatch.stream.doors.rtp.listener import RtpListener
from tonewatch.stream.doors.rtp.ports import PortRange
from tonewatch.stream.doors.socket_call import DoorTools
from tonewatch.stream.doors.websocket_listener import is_loopback
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.settings import DoorSettings

_NETWORKS: Final = "TONEWATCH_DOOR_MEDIA_NETWORKS"

LegListener = AnnounceListener | AudioSocketListener | RtpListener


def leg_listeners(settings: DoorSettings, tools: DoorTools, tls: ssl.SSLContext | None) -> list[LegListener]:
    """None where the settings open none of them; the announcing one is last, when the others are open.

    Raises:
        SettingsError: an address is none, or a door would stand open to a network without permission or encryption.
    """
    if not (settings.door_audiosocket or settings.door_rtp or settings.door_announce):
        return []
    if not settings.door_announce or not (settings.door_audiosocket or settings.door_rtp):
        raise SettingsError(
            "AudioSocket and RTP take announced calls only: set TONEWATCH_DOOR_ANNOUNCE=host:port, and with it "
            "TONEWATCH_DOOR_AUDIOSOCKET or TONEWATCH_DOOR_RTP."
        )
    calls, admission = AnnouncedCalls(time.monotonic), Admission(tools.limits)
    networks = MediaNetworks.parse(settings.door_media_networks)
    audiosocket = _audiosocket(settings, tools, admission, calls, networks, tls)
    rtp = _rtp(settings, tools, admission, calls, networks)
    announce = AnnounceListener(
        address(settings.door_announce, "TONEWATCH_DOOR_ANNOUNCE"),
        Credentials(settings.door_secrets_file, settings.door_secrets.get_secret_value()),
        calls,
        tools,
        admission,
        rtp,
        audiosocket is not None,
        tls,
    )
    _check_announce(announce, settings.door_behind_proxy)
    return [one for one in (audiosocket, rtp, announce) if one is not None]


def _audiosocket(
    settings: DoorSettings,
    tools: DoorTools,
    admission: Admission,
    calls: AnnouncedCalls,
    networks: MediaNetworks,
    tls: ssl.SSLContext | None,
) -> AudioSocketListener | None:
    if not settings.door_audiosocket:
        return None
    where = address(settings.door_audiosocket, "TONEWATCH_DOOR_AUDIOSOCKET")
    # Asterisk speaks no TLS: whoever names networks has it without, the others have stunnel before Asterisk.
    tls = None if settings.door_media_networks else tls
    if tls is None and not settings.door_media_networks and not is_loopback(where.host):
        raise SettingsError(
            f"AudioSocket on {where} has no TLS: name the networks of your Asterisk in {_NETWORKS}, or set "
            "TONEWATCH_DOOR_CERTIFICATE_FILE and put stunnel before Asterisk."
        )
    return AudioSocketListener(where, calls, tools, admission, networks, tls)


def _rtp(
    settings: DoorSettings, tools: DoorTools, admission: Admission, calls: AnnouncedCalls, networks: MediaNetworks
) -> RtpListener | None:
    if not settings.door_rtp:
        return None
    ports = PortRange.parse(settings.door_rtp)
    if not settings.door_media_networks and not is_loopback(ports.host):
        raise SettingsError(
            f"RTP on {settings.door_rtp} has no encryption: name the networks it comes from in {_NETWORKS}."
        )
    return RtpListener(ports, calls, tools, admission, networks)


def _check_announce(listener: AnnounceListener, behind_proxy: bool) -> None:
    """Fail closed, as the doors on websockets do."""
    if listener.is_private and not behind_proxy:
        return
    if not listener.credentials.of(NAME):
        raise SettingsError(
            f"Calls on {listener.address} can be announced by anybody: name secrets in TONEWATCH_DOOR_SECRETS_FILE "
            f"(`{NAME} TENANT SECRET`), or listen on 127.0.0.1 alone."
        )
    if listener.tls is None and not behind_proxy:
        raise SettingsError(
            f"Announcements on {listener.address} have no TLS: set TONEWATCH_DOOR_CERTIFICATE_FILE and its _KEY_FILE, "
            "or TONEWATCH_DOOR_BEHIND_PROXY=true where a proxy before it has TLS."
        )
