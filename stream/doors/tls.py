"""The doors' own certificate, loaded again when its file changes."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from tonewatch.stream.errors import SettingsError

log = logging.getLogger(__name__)

LOOK_S = 60.0


@dataclass
class ServerCertificate:
    """`context` is what a server is given; connections that come after a change get the new certificate."""

    certificate: Path
    key: Path
    context: ssl.SSLContext
    changed_at_ns: tuple[int, int]

    def look(self) -> bool:
        """Load the files again where they changed; was it so?

        Raises:
            SettingsError: they do not fit together, as while only one of them has been replaced.
        """
        now_ns = _changed_at_ns(self.certificate, self.key)
        if now_ns == self.changed_at_ns:
            return False
        _load(self.context, self.certificate, self.key)
        self.changed_at_ns = now_ns
        return True

    async def follow(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        while True:
            await sleep(LOOK_S)
            try:
                if self.look():
                    log.info("The doors' certificate was loaded again")
            except SettingsError as error:
                log.warning("The doors' certificate cannot be loaded again", extra={"reason": str(error)})


def server_certificate(certificate: str, key: str) -> ServerCertificate:
    """
    Raises:
        SettingsError: the files cannot be read, or are no pair.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    files = Path(certificate), Path(key)
    _load(context, *files)
    return ServerCertificate(*files, context, _changed_at_ns(*files))


def _load(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        why = error.strerror or type(error).__name__
        raise SettingsError(
            f"TONEWATCH_DOOR_CERTIFICATE_FILE, TONEWATCH_DOOR_KEY_FILE: {certificate} and {key} are no certificate "
            f"with its key ({why})."
        ) from error


def _changed_at_ns(certificate: Path, key: Path) -> tuple[int, int]:
    try:
        return certificate.stat().st_mtime_ns, key.stat().st_mtime_ns
    except OSError as error:
        raise SettingsError(f"The doors' certificate cannot be read ({error.strerror}).") from error
