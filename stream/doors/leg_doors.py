"""The doors whose calls are announced: AudioSocket and RTP, and whether the settings open them safely."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
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
from tonewatch.stream.doors.websocket_listener import Address, is_loopback
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.settings import DoorSettings

_NETWORKS: Final = "TONEWATCH_DOOR_MEDIA_NETWORKS"

LegListener = AnnounceListener | AudioSocketListener | RtpListener


@dataclass(frozen=True)
class LegAddresses:
    """`audiosocket_tls`: Asterisk has stunnel before it, which speaks TLS for it."""

    announce: Address
    audiosocket: Address | None
    rtp: PortRange | None
    networks: MediaNetworks
    audiosocket_tls: bool


def legs_at(settings: DoorSettings, *, encrypted: bool) -> LegAddresses | None:
    """Null where the settings open none. `encrypted`: there is a certificate.

    Raises:
        SettingsError: an address is none, or a door would stand open to a network without permission or encryption.
    """
    if not (settings.door_audiosocket or settings.door_rtp or settings.door_announce):
        return None
    if not settings.door_announce or not (settings.door_audiosocket or settings.door_rtp):
        raise SettingsError(
            "AudioSocket and RTP take announced calls only: set TONEWATCH_DOOR_ANNOUNCE=host:port, and with it "
            "TONEWATCH_DOOR_AUDIOSOCKET or TONEWATCH_DOOR_RTP."
        )
    made = LegAddresses(
        address(settings.door_announce, "TONEWATCH_DOOR_ANNOUNCE"),
        address(settings.door_audiosocket, "TONEWATCH_DOOR_AUDIOSOCKET") if settings.door_audiosocket else None,
        PortRange.parse(settings.door_rtp) if settings.door_rtp else None,
        MediaNetworks.parse(settings.door_media_networks),
        # Asterisk speaks no TLS: whoever names networks has none, the others have stunnel before Asterisk.
        audiosocket_tls=encrypted and not settings.door_media_networks,
    )
    _check_announce(settings, made.announce, encrypted)
    _check_media(settings, made)
    return made


def leg_listeners(settings: DoorSettings, tools: DoorTools, tls: ssl.SSLContext | None) -> list[LegListener]:
    """The announcing one is last: the others are open when it is.

    Raises:
        SettingsError: as `legs_at`.
    """
    at = legs_at(settings, encrypted=tls is not None)
    if at is None:
        return []
    calls, admission = AnnouncedCalls(time.monotonic, tools.limits.calls), Admission(tools.limits)
    opened: list[LegListener] = []
    if at.audiosocket is not None:
        audiosocket_tls = tls if at.audiosocket_tls else None
        opened.append(AudioSocketListener(at.audiosocket, calls, tools, admission, at.networks, audiosocket_tls))
    rtp = RtpListener(at.rtp, calls, tools, admission, at.networks) if at.rtp is not None else None
    if rtp is not None:
        opened.append(rtp)
    has_audiosocket = at.audiosocket is not None
    announce = AnnounceListener(at.announce, _credentials(settings), calls, tools, admission, rtp, has_audiosocket, tls)
    return [*opened, announce]


def _credentials(settings: DoorSettings) -> Credentials:
    return Credentials(settings.door_secrets_file, settings.door_secrets.get_secret_value())


def _check_announce(settings: DoorSettings, where: Address, encrypted: bool) -> None:
    """Fail closed, as the doors on websockets do."""
    if is_loopback(where.host) and not settings.door_behind_proxy:
        return
    if not _credentials(settings).of(NAME):
        raise SettingsError(
            f"Calls on {where} can be announced by anybody: name secrets in TONEWATCH_DOOR_SECRETS_FILE "
            f"(`{NAME} TENANT SECRET`), or listen on 127.0.0.1 alone."
        )
    if not encrypted and not settings.door_behind_proxy:
        raise SettingsError(
            f"Announcements on {where} have no TLS: set TONEWATCH_DOOR_CERTIFICATE_FILE and its _KEY_FILE, or "
            "TONEWATCH_DOOR_BEHIND_PROXY=true where a proxy before it has TLS."
        )


def _check_media(settings: DoorSettings, at: LegAddresses) -> None:
    if settings.door_media_networks:
        return
    if at.audiosocket is not None and not at.audiosocket_tls and not is_loopback(at.audiosocket.host):
        raise SettingsError(
            f"AudioSocket on {at.audiosocket} has no TLS: name the networks of your Asterisk in {_NETWORKS}, or set "
            "TONEWATCH_DOOR_CERTIFICATE_FILE and put stunnel before Asterisk."
        )
    if at.rtp is not None and not is_loopback(at.rtp.host):
        raise SettingsError(
            f"RTP on {settings.door_rtp} has no encryption: name the networks that it comes from in {_NETWORKS}."
        )
