"""Passwords of local users, as Argon2id hashes."""

from __future__ import annotations

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tonewatch.stream.errors import SettingsError

SHORTEST = 12
LONGEST = 256
"""Characters of a password. The longer bound is against requests that would keep the hash busy."""

AT_ONCE = 2
"""Hashes that are computed at once: each takes 64 MiB and a good part of a core."""


def check_password(password: str) -> str:
    """
    Raises:
        SettingsError: it is too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise SettingsError(f"A password has {SHORTEST} to {LONGEST} characters; this one has {len(password)}.")
    return password


class Passwords:
    """Hashes and verifies; a name that nobody has costs as much as a wrong password, so that times tell nothing."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()  # RFC 9106, the profile for little memory: 64 MiB, three passes
        self._nobody = self._hasher.hash(secrets.token_urlsafe(24))
        self._turns = asyncio.Semaphore(AT_ONCE)

    def hash(self, password: str) -> str:
        return self._hasher.hash(check_password(password))

    async def fits(self, password: str, stored: str | None) -> bool:
        """Is it the password of `stored`? None: of nobody, which takes as long and is never true."""
        async with self._turns:
            fits = await asyncio.to_thread(self._verify, password[:LONGEST], stored or self._nobody)
        return fits and stored is not None and len(password) <= LONGEST

    def _verify(self, password: str, stored: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False
