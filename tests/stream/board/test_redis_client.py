"""Redis by ACL users, TLS and sentinels, against real servers."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import RedisError

from tonewatch.stream.board.redis_client import check, connect, shown
from tonewatch.stream.errors import AccessRefused, SettingsError
from tonewatch.stream.local.certificates import Authority, find_openssl
from tonewatch.stream.local.child import Child
from tonewatch.stream.local.redis_server import redis_program
from tonewatch.stream.local.servers import HOST, port_is_busy
from tonewatch.stream.local.servers import free_port as any_free_port
from tonewatch.stream.settings import RedisSettings

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if find_openssl() is None:
        pytest.skip("no openssl on PATH: the certificates of these tests are made by it")
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
async def admin(own_redis_url: str) -> AsyncIterator[Any]:
    client: Any = Redis.from_url(own_redis_url)
    yield client
    await client.aclose()


@contextlib.asynccontextmanager
async def client(settings: RedisSettings) -> AsyncIterator[Any]:
    made: Any = connect(settings, socket_timeout=5, socket_connect_timeout=2)
    try:
        yield made
    finally:
        await made.aclose()


async def test_the_password_of_a_file_is_read_again_at_the_next_connection(
    own_redis_url: str, admin: Any, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text("first\n")
    await admin.acl_setuser("board", enabled=True, reset=True, passwords=["+first"], categories=["+@all"], keys=["*"])
    settings = RedisSettings(redis=own_redis_url, redis_user="board", redis_password_file=str(file))
    async with client(settings) as redis:
        assert (await redis.acl_whoami()) == "board"
        await admin.acl_setuser("board", enabled=True, passwords=["-first", "+second"])
        file.write_text("second\n")
        await redis.connection_pool.disconnect()
        assert (await redis.acl_whoami()) == "board"


async def test_a_refused_user_is_one_line_without_the_password(own_redis_url: str, admin: Any, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("wrong")
    given = {"redis": own_redis_url, "redis_user": "board", "redis_password_file": str(tmp_path / "password")}
    await admin.acl_setuser("board", enabled=True, reset=True, passwords=["+right"], categories=["+@all"], keys=["*"])
    settings = RedisSettings.model_validate(given)
    async with client(settings) as redis:
        with pytest.raises(AccessRefused, match=r"refused user board.*TONEWATCH_REDIS_PASSWORD_FILE") as refused:
            await check(redis, settings)
    assert "wrong" not in str(refused.value)
    await admin.acl_setuser("board", enabled=True, reset=True, passwords=["+wrong"])
    async with client(settings) as redis:
        with pytest.raises(AccessRefused, match=r"does not let user board do this.*tonewatch redis acl"):
            await check(redis, settings)


def test_a_password_file_that_is_not_there_is_named() -> None:
    with pytest.raises(SettingsError, match=r"TONEWATCH_REDIS_PASSWORD_FILE: /nowhere cannot be read"):
        connect(RedisSettings(redis_password_file="/nowhere"))


def test_a_url_is_shown_without_user_and_password() -> None:
    assert shown("rediss://user:secret@h:1/0?ssl_ca_certs=x") == "rediss://h:1/0"


@contextlib.asynccontextmanager
async def behind_tls(url: str, authority: Authority, *, wants_certificate: bool) -> AsyncIterator[int]:
    """A port that speaks TLS and hands on to the Redis at `url`, as stunnel or a cloud's front does."""
    own = authority.issue("redis", hosts="IP:127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.certificate, own.key)
    context.load_verify_locations(authority.certificate)
    context.verify_mode = ssl.CERT_REQUIRED if wants_certificate else ssl.CERT_NONE
    port = int(url.rpartition(":")[2].partition("/")[0])

    async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection(HOST, port)
        with contextlib.suppress(OSError):
            await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))

    server = await asyncio.start_server(hand_on, HOST, 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def test_tls_with_the_ca_of_the_settings_and_without_it(own_redis_url: str, authority: Authority) -> None:
    async with behind_tls(own_redis_url, authority, wants_certificate=False) as port:
        url = f"rediss://{HOST}:{port}/0"
        settings = RedisSettings(redis=url, redis_ca_file=str(authority.certificate))
        async with client(settings) as redis:
            await check(redis, settings)
            assert await redis.ping()
        async with client(RedisSettings(redis=url)) as redis:
            with pytest.raises(AccessRefused, match=r"not trusted.*TONEWATCH_REDIS_CA_FILE"):
                await check(redis, RedisSettings(redis=url))


async def test_a_client_certificate_by_settings_and_by_the_url(own_redis_url: str, authority: Authority) -> None:
    own = authority.issue("board")
    async with behind_tls(own_redis_url, authority, wants_certificate=True) as port:
        url = f"rediss://{HOST}:{port}/0"
        files = {"redis_certificate_file": str(own.certificate), "redis_key_file": str(own.key)}
        given = {"redis": url, "redis_ca_file": str(authority.certificate)}
        async with client(RedisSettings.model_validate({**given, **files})) as redis:
            assert await redis.ping()
        by_url = f"{url}?ssl_ca_certs={authority.certificate}&ssl_certfile={own.certificate}&ssl_keyfile={own.key}"
        async with client(RedisSettings(redis=by_url)) as redis:
            assert await redis.ping()
        async with client(RedisSettings.model_validate(given)) as redis:
            with pytest.raises((RedisError, OSError)):
                await redis.ping()


class Watched:
    """A master, its replica and a sentinel, each a process; users need the password `pw`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = {name: any_free_port() for name in ("master", "replica", "sentinel")}
        common = ("--bind", HOST, "--save", "", "--requirepass", "pw", "--masterauth", "pw")
        follows = ("--replicaof", f"{HOST} {self.ports['master']}", "--repl-diskless-sync-delay", "0")
        self.children = {
            "master": self._child("master", *common),
            "replica": self._child("replica", *common, *follows),
            "sentinel": self._sentinel(),
        }

    def _child(self, name: str, *words: str) -> Child:
        own = self.folder / name
        own.mkdir()
        argv = [redis_program(), "--port", str(self.ports[name]), "--dir", str(own), *words]
        return Child(argv, own / "log")

    def _sentinel(self) -> Child:
        own = self.folder / "sentinel"
        own.mkdir()
        file = own / "sentinel.conf"
        file.write_text(
            f"port {self.ports['sentinel']}\nbind {HOST}\ndir {own}\nrequirepass watch\n"
            f"sentinel monitor board {HOST} {self.ports['master']} 1\nsentinel auth-pass board pw\n"
            "sentinel down-after-milliseconds board 500\nsentinel failover-timeout board 2000\n"
        )
        return Child([redis_program(), str(file), "--sentinel"], own / "log")

    def settings(self) -> RedisSettings:
        (self.folder / "password").write_text("pw")
        (self.folder / "watch").write_text("watch")
        return RedisSettings(
            redis=f"redis+sentinel://{HOST}:{any_free_port()},{HOST}:{self.ports['sentinel']}/board/0",
            redis_password_file=str(self.folder / "password"),
            redis_sentinel_password_file=str(self.folder / "watch"),
        )


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path)
    for child in made.children.values():
        child.start()
    yield made
    for child in made.children.values():
        child.stop(5)


async def test_sentinels_name_the_master_and_its_successor(watched: Watched, timeout_factor: float) -> None:
    async with client(watched.settings()) as redis, asyncio.timeout(60 * timeout_factor):
        await until(lambda: redis.set("kept", "1"))
        info: dict[str, Any] = {}
        while info.get("master_link_status") != "up":
            await asyncio.sleep(0.1)
            replica: Any = Redis(host=HOST, port=watched.ports["replica"], password="pw")
            with contextlib.suppress(RedisError):
                info = await replica.info("replication")
            await replica.aclose()
        # The sentinel must know of the replica before there is a successor to name.
        sentinel: Any = Redis(host=HOST, port=watched.ports["sentinel"], password="watch")
        while not (await sentinel.execute_command("SENTINEL", "REPLICAS", "board")):
            await asyncio.sleep(0.1)
        await sentinel.aclose()
        watched.children["master"].stop(0)
        await until(lambda: redis.set("kept", "2"))
        assert not port_is_busy(watched.ports["master"])
        assert await redis.get("kept") == b"2"


async def until(work: Callable[[], Awaitable[object]]) -> None:
    """Until Redis takes it."""
    while True:
        try:
            await work()
        except (RedisError, NoConnection, OSError):
            await asyncio.sleep(0.1)
        else:
            return
