"""The TLS context of Kafka's connections, whose files may be replaced while a process runs."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.secret_files import read_secret_file
from tonewatch.stream.settings import KafkaSecurity

log = logging.getLogger(__name__)

CA, CERTIFICATE, KEY, KEY_PASSWORD = (
    f"TONEWATCH_KAFKA_{name}_FILE" for name in ("CA", "CERTIFICATE", "KEY", "KEY_PASSWORD")
)


class RenewingContext(ssl.SSLContext):
    """A context of clients that loads its files again before a connection if they are others than they were.

    Certificates that are renewed every few hours are then used without a restart. Files that cannot be loaded leave
    what was loaded before, and a warning.
    """

    # ssl.SSLContext takes its protocol in __new__, and leaves attributes to whoever makes one: `client_context` does.
    files: tuple[Path, ...]
    load: Callable[[], None]
    loaded: tuple[float, ...]

    def wrap_bio(self, *given: Any, **options: Any) -> ssl.SSLObject:  # noqa: ANN401
        """As its parent's, which asyncio calls once for each connection."""
        self.renew()
        return super().wrap_bio(*given, **options)

    def renew(self) -> None:
        """Load the files, where one of them has changed."""
        try:
            now = tuple(file.stat().st_mtime for file in self.files)
            if now != self.loaded:
                self.load()
                self.loaded = now
                log.info("The certificates of Kafka's connections were loaded again")
        except (OSError, SettingsError) as error:
            log.warning("Renewed certificates cannot be loaded", extra={"error": type(error).__name__})


def client_context(settings: KafkaSecurity) -> RenewingContext:
    """
    Raises:
        SettingsError: a file is missing, or not what it should be; the text names the variable.
    """
    context = RenewingContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = settings.kafka_check_host_name
    names = (settings.kafka_ca_file, settings.kafka_certificate_file, settings.kafka_key_file)
    context.files = tuple(Path(name) for name in names if name)
    context.load = lambda: _load(context, settings)
    context.load()
    context.loaded = tuple(file.stat().st_mtime for file in context.files)
    return context


def _load(context: ssl.SSLContext, settings: KafkaSecurity) -> None:
    _load_ca(context, settings.kafka_ca_file)
    if settings.kafka_certificate_file:
        _load_certificate(context, settings)


def _load_ca(context: ssl.SSLContext, file: str) -> None:
    if not file:
        context.load_default_certs()
        return
    try:
        context.load_verify_locations(file)
    except ssl.SSLError as error:
        raise SettingsError(f"{CA}: {file} holds no certificates in PEM.") from error
    except OSError as error:
        raise SettingsError(f"{CA}: {file} cannot be read ({error.strerror}).") from error


def _load_certificate(context: ssl.SSLContext, settings: KafkaSecurity) -> None:
    certificate, key = settings.kafka_certificate_file, settings.kafka_key_file
    file = settings.kafka_key_password_file
    # Without a password OpenSSL would ask for one at the terminal, and wait.
    password = read_secret_file(file, KEY_PASSWORD) if file else ""
    for variable, name in ((CERTIFICATE, certificate), (KEY, key)):
        if not Path(name).is_file():
            raise SettingsError(f"{variable}: there is no file {name}.")
    try:
        context.load_cert_chain(certificate, key, password)
    except (ssl.SSLError, OSError) as error:
        raise SettingsError(
            f"{CERTIFICATE}, {KEY}: {certificate} and {key} are not a certificate and its private key in PEM, "
            f"or {KEY_PASSWORD} does not open the key."
        ) from error
