"""The one place where settings become a client of Redis: of a single server, or of the master that sentinels name."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from redis.asyncio import Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.sentinel import Sentinel
from redis.credentials import CredentialProvider
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from tonewatch.stream.errors import AccessRefused
from tonewatch.stream.secret_files import read_secret_file
from tonewatch.stream.settings import RedisSettings

SENTINEL_PORT = 26_379

PASSWORD_FILE, SENTINEL_PASSWORD_FILE = "TONEWATCH_REDIS_PASSWORD_FILE", "TONEWATCH_REDIS_SENTINEL_PASSWORD_FILE"


class OfSentinels(Redis):
    """A client of the master that sentinels name. Closing it closes the clients of the sentinels too."""

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        await super().aclose(close_connection_pool)
        pool: Any = self.connection_pool
        for sentinel in pool.sentinel_manager.sentinels:
            await sentinel.aclose()


class PasswordOfFile(CredentialProvider):
    """Reads the password for each connection, so that a new one needs no restart."""

    def __init__(self, user: str, file: str, variable: str = PASSWORD_FILE) -> None:
        """
        Raises:
            SettingsError: the file cannot be read.
        """
        self._user, self._file, self._variable = user, file, variable
        read_secret_file(file, variable)

    def get_credentials(self) -> tuple[str, str] | tuple[str]:
        password = read_secret_file(self._file, self._variable)
        return (self._user, password) if self._user else (password,)


def connect(settings: RedisSettings, **options: Any) -> Redis:  # noqa: ANN401
    """A client; `options` are redis-py's. Nothing is opened yet.

    Raises:
        SettingsError: a password file cannot be read.
    """
    if settings.redis.partition("://")[0].endswith("+sentinel"):
        return _of_sentinels(settings, options)
    return Redis.from_url(settings.redis, **{**options, **_user(settings), **_tls(settings)})


def _of_sentinels(settings: RedisSettings, options: Mapping[str, Any]) -> Redis:
    """Sentinels are asked at each connection, so a failover needs no restart."""
    address = urlsplit(settings.redis)
    encrypted = address.scheme.startswith("rediss")
    master, _, database = address.path.strip("/").partition("/")
    user, _, places = address.netloc.rpartition("@")
    given = {**options, **dict(_of_query(address.query)), **_tls(settings)}
    to_sentinels = {name: value for name, value in given.items() if name.startswith(("ssl", "socket_"))}
    if settings.redis_sentinel_password_file:
        name, file = settings.redis_sentinel_user, settings.redis_sentinel_password_file
        to_sentinels["credential_provider"] = PasswordOfFile(name, file, SENTINEL_PASSWORD_FILE)
    if encrypted:
        to_sentinels["ssl"] = True
    make: Any = Sentinel  # redis-py gives it no types
    sentinel = make([_place(place) for place in places.split(",")], sentinel_kwargs=to_sentinels)
    named = {**_in_url(user), "db": int(database or 0), **given, **_user(settings)}
    found: Redis = sentinel.master_for(master, redis_class=OfSentinels, ssl=encrypted, **named)
    return found


def _of_query(query: str) -> list[tuple[str, Any]]:
    # redis-py's own reading of what stands behind the question mark: it knows the types.
    found = parse_url(f"rediss://h/?{query}") if query else {}
    return [(name, value) for name, value in found.items() if name in dict(parse_qsl(query))]


def _in_url(user: str) -> dict[str, str]:
    name, colon, password = user.partition(":")
    found = {"username": unquote(name)} if name else {}
    return {**found, "password": unquote(password)} if colon else found


def _place(text: str) -> tuple[str, int]:
    address = urlsplit(f"//{text}")
    return address.hostname or "", address.port or SENTINEL_PORT


def _user(settings: RedisSettings) -> dict[str, Any]:
    address = urlsplit(settings.redis)
    in_url = unquote(address.netloc.rpartition("@")[0].partition(":")[0])
    name = settings.redis_user or in_url
    if settings.redis_password_file:
        return {"credential_provider": PasswordOfFile(name, settings.redis_password_file)}
    return {"username": name} if settings.redis_user else {}


def _tls(settings: RedisSettings) -> dict[str, str]:
    files = {
        "ssl_ca_certs": settings.redis_ca_file,
        "ssl_certfile": settings.redis_certificate_file,
        "ssl_keyfile": settings.redis_key_file,
    }
    return {name: file for name, file in files.items() if file}


def shown(url: str) -> str:
    """A URL as it may be shown: without user and password."""
    address = urlsplit(url)
    return f"{address.scheme}://{address.netloc.rpartition('@')[2]}{address.path}"


async def check(redis: Redis, settings: RedisSettings) -> None:
    """Ask once whether Redis lets us in; a server that does not answer is left to who works with it.

    Raises:
        AccessRefused: it answered, and refuses us.
    """
    try:
        await redis.get("tonewatch:board:call:")
    except (AuthenticationError, NoPermissionError) as error:
        raise AccessRefused(refused(error, settings)) from error
    except (RedisError, OSError) as error:
        if found := _certificate(error):
            raise AccessRefused(
                f"Redis at {shown(settings.redis)} shows a certificate that is not trusted ({found}): set "
                "TONEWATCH_REDIS_CA_FILE to the CA that signed it."
            ) from error


def refused(error: AuthenticationError | NoPermissionError, settings: RedisSettings) -> str:
    """What to say of it."""
    name = settings.redis_user or unquote(urlsplit(settings.redis).netloc.rpartition("@")[0].partition(":")[0])
    user = f"user {name or 'default'}"
    if isinstance(error, NoPermissionError):
        return (
            f"Redis at {shown(settings.redis)} does not let {user} do this ({error}): `tonewatch redis acl` prints the "
            "rights that each role needs."
        )
    return (
        f"Redis at {shown(settings.redis)} refused {user} ({error}): see TONEWATCH_REDIS_USER and "
        "TONEWATCH_REDIS_PASSWORD_FILE, or the password in TONEWATCH_REDIS."
    )


def _certificate(error: BaseException | None) -> str:

    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__ or error.__context__
    return ""
