"""Who may open an AudioHook: the integration's API key, and its signature where it has a client secret."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from tonewatch.stream.doors.audiohook.signature import OLDEST_S, decode_secret, read
from tonewatch.stream.doors.credentials import Refused, Secret
from tonewatch.stream.doors.session import Knock
from tonewatch.stream.errors import SettingsError

REFUSED = "credentials"


class Nonces:
    """Those that were used while their signatures are fresh: none comes in twice."""

    def __init__(self) -> None:
        self._until_s: dict[str, float] = {}

    def take(self, nonce: str, now_s: float) -> bool:
        """Is it the first time?"""
        self._until_s = {known: until for known, until in self._until_s.items() if until >= now_s}
        if nonce in self._until_s:
            return False
        self._until_s[nonce] = now_s + 2 * OLDEST_S
        return True


class AudioHookAdmission:
    """A secret with a key asks for a signature; one without is the API key alone. `clock` is wall clock seconds."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._nonces = Nonces()

    def check(self, secrets: Sequence[Secret]) -> None:
        """
        Raises:
            SettingsError: a client secret is not the base64 that Genesys shows.
        """
        for one in secrets:
            if one.key and decode_secret(one.secret) is None:
                raise SettingsError(
                    f"{one.where}: the client secret of the door audiohook is no base64: write it as it stands in "
                    "Genesys."
                )

    def admit(self, knock: Knock, secrets: Sequence[Secret]) -> str:
        """
        Raises:
            Refused: the tenant is not proved.
        """
        api_key = knock.headers.get("x-api-key", "")
        for secret in secrets:
            expected = secret.key or secret.secret
            if hmac.compare_digest(expected.encode(), api_key.encode(errors="replace")) and (
                not secret.key or self._is_signed(knock, secret)
            ):
                return secret.tenant
        raise Refused(401, REFUSED)

    def _is_signed(self, knock: Knock, secret: Secret) -> bool:
        signed = read(knock.headers, knock.path, urlsplit(knock.url).netloc)
        key = decode_secret(secret.secret)
        if signed is None or not key or signed.key_id != secret.key:
            return False
        now_s = self._clock()
        return signed.is_fresh(now_s) and signed.is_of(key) and self._nonces.take(signed.nonce, now_s)
