"""The key that stands for a caller: a keyed hash of the integrator's id."""

from __future__ import annotations

import hashlib
import hmac
import logging
from pathlib import Path

from tonewatch.stream.errors import SettingsError

LEAST_SECRET_BYTES = 16
_KEY_DIGITS = 32

log = logging.getLogger(__name__)


def read_secret(text: str, file: str) -> bytes:
    """The secret that callers' keys are made with, as given or from a file; empty where there is none.

    Raises:
        SettingsError: the file cannot be read, or the secret is so short that ids could be guessed from their keys.
    """
    try:
        # Stripped: a file that was written by hand ends in a newline, and the keys must not depend on it.
        secret = Path(file).read_bytes().strip() if file else text.encode()
    except OSError as error:
        raise SettingsError(f"TONEWATCH_CALLER_SECRET_FILE: {file} cannot be read ({error.strerror}).") from error
    # An empty variable means "no callers"; an empty file that was named is a mistake.
    if 0 < len(secret) < LEAST_SECRET_BYTES or (file and not secret):
        name = "TONEWATCH_CALLER_SECRET_FILE" if file else "TONEWATCH_CALLER_SECRET"
        raise SettingsError(f"{name}: the secret has {len(secret)} bytes; give at least {LEAST_SECRET_BYTES}.")
    return secret


class CallerKeys:
    """Makes the key of a caller: HMAC-SHA256 of the id, 128 bits of it as hex. Without a secret there is none."""

    def __init__(self, secret: bytes = b"") -> None:
        self._secret = secret
        self._has_said = False

    def __call__(self, caller_id: str) -> str:
        """'' where the id or the secret is."""
        if not caller_id.strip():
            return ""
        if not self._secret:
            if not self._has_said:
                log.warning("Calls name their caller, and it is not used: TONEWATCH_CALLER_SECRET is not set")
            self._has_said = True
            return ""
        # A keyed hash: telephone numbers are few enough to be tried out against a plain one.
        return hmac.new(self._secret, caller_id.strip().encode(), hashlib.sha256).hexdigest()[:_KEY_DIGITS]
