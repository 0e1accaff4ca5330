"""Who may use a door: a secret per tenant and door, in a file or in the environment, never in a log.

A line each: the door's name, the tenant, and the secret; an AudioHook has a key before its secret. Several lines of one
tenant are several secrets that hold at once, as while one is replaced. `-` is the tenant without a name.

    # door      tenant  secret
    twilio      acme    the account's auth token
    websocket   acme    any-token
    audiohook   -       the-api-key  the-client-secret
    freeswitch  acme    user  password
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.secret_files import read_secret_file

NO_TENANT = "-"
LEAST_SECRET = 8

_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")


class Refused(Exception):
    """A connection that a door does not take: the status of HTTP, and a short fixed word for counters."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class Secret:
    """`tenant` is '' for the one without a name; `key` is '' where a door asks for none. `where`: file and line."""

    door: str
    tenant: str
    secret: str = field(repr=False)
    key: str = field(default="", repr=False)
    where: str = field(default="", compare=False)


@dataclass(frozen=True)
class Credentials:
    """Read anew for each connection: a secret that was replaced holds from then on."""

    file: str = ""
    text: str = field(default="", repr=False)

    def of(self, door: str) -> list[Secret]:
        """
        Raises:
            SettingsError: the file cannot be read, or a line is none; the text quotes nothing of it.
        """
        return [one for one in self.all() if one.door == door]

    def doors(self) -> list[str]:
        """Names of the doors that have a secret, in order; raises as `of`."""
        return sorted({one.door for one in self.all()})

    def all(self) -> list[Secret]:
        """Of all doors; raises as `of`."""
        if self.file:
            return parse(read_secret_file(self.file, "TONEWATCH_DOOR_SECRETS_FILE"), self.file)
        return parse(self.text, "TONEWATCH_DOOR_SECRETS")


def parse(text: str, where: str) -> list[Secret]:
    """Lines, or parts between semicolons.

    Raises:
        SettingsError: a line has too few words or a secret that is too short; it is named by its number only.
    """
    found = []
    for number, line in enumerate(re.split(r"[\n;]", text), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) not in (3, 4) or not (words[1] == NO_TENANT or _TENANT.fullmatch(words[1])):
            raise SettingsError(f"{where}, line {number}: write DOOR TENANT SECRET, or DOOR TENANT KEY SECRET.")
        if len(words[-1]) < LEAST_SECRET:
            raise SettingsError(f"{where}, line {number}: a secret has {LEAST_SECRET} characters at least.")
        tenant = "" if words[1] == NO_TENANT else words[1]
        key = words[2] if len(words) == 4 else ""
        found.append(Secret(words[0], tenant, words[-1], key, f"{where}, line {number}"))
    return found


def tenants(secrets: Sequence[Secret]) -> frozenset[str]:
    """Those that have a name."""
    return frozenset(one.tenant for one in secrets if one.tenant)


def bearer(authorization: str, secrets: Sequence[Secret]) -> str:
    """The tenant whose secret is the bearer token; each comparison takes the same time.

    Raises:
        Refused: none is.
    """
    scheme, _, token = authorization.partition(" ")
    given = token.strip().encode(errors="replace")
    found = [one for one in secrets if hmac.compare_digest(one.secret.encode(), given)]
    if scheme.lower() != "bearer" or not found:
        raise Refused(401, "credentials")
    return found[0].tenant


def basic_or_bearer(authorization: str, secrets: Sequence[Secret]) -> str:
    """The tenant whose secret is the password, or the bearer token. A secret with a key has that as its user name.

    Raises:
        Refused: none is.
    """
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() != "basic":
        return bearer(authorization, secrets)
    user, _, password = _decoded(given.strip()).partition(b":")
    for one in secrets:
        is_user = not one.key or hmac.compare_digest(one.key.encode(), user)
        if hmac.compare_digest(one.secret.encode(), password) and is_user:
            return one.tenant
    raise Refused(401, "credentials")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
