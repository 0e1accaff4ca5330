"""What each role does in Redis, as lines of an ACL file; the tests run each role with its own line and no other."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Annotated

import typer

from tonewatch.stream.board.view import (
    CALLS_KEY,
    COUNTERS_KEY,
    EVENTS_KEY,
    MARKS_KEY,
    OPEN_KEY,
    call_key,
    ended_session_key,
)
from tonewatch.stream.errors import SettingsError

ALL_CALLS = call_key("*")

# Of every connection of redis-py: it names itself, and with a database other than 0 it selects it.
_CONNECTION = ("hello", "auth", "ping", "select", "client|setinfo", "client|setname")


@dataclass(frozen=True)
class RedisUse:
    """The keys that a role reads and writes, or only reads, and its commands."""

    about: str
    writes: tuple[str, ...]
    reads: tuple[str, ...]
    commands: tuple[str, ...]

    def rule(self, name: str, password: str) -> str:
        """A line of an ACL file; without a password the user is switched off until it gets one."""
        proof = f"on >{password}" if password else "off"
        keys = [*(f"~{key}" for key in self.writes), *(f"%R~{key}" for key in self.reads)]
        commands = [f"+{command}" for command in (*_CONNECTION, *self.commands)]
        return " ".join(("user", name, proof, "resetchannels", *keys, "-@all", *commands))


ROLES: dict[str, RedisUse] = {
    "monitor": RedisUse(
        "the sink in tonewatch monitor",
        writes=(EVENTS_KEY, CALLS_KEY, OPEN_KEY, MARKS_KEY, COUNTERS_KEY, ALL_CALLS),
        reads=(),
        commands=(
            *(
                "hmget",
                "hset",
                "hdel",
                "hincrby",
                "get",
                "set",
                "xadd",
                "xrange",
                "xdel",
                "xtrim",
                "zadd",
                "zrem",
                "zremrangebyscore",
            ),
            *("watch", "unwatch", "multi", "exec", "discard"),
        ),
    ),
    "erase": RedisUse(
        "tonewatch erase, export-person and retention",
        writes=(EVENTS_KEY, CALLS_KEY, OPEN_KEY, ALL_CALLS),
        reads=(MARKS_KEY,),
        commands=(
            *("get", "del", "zrem", "zrange", "xrange", "xdel", "hgetall", "ttl", "scan", "config|get"),
            *("multi", "exec", "discard"),
        ),
    ),
    "dashboard": RedisUse(
        "tonewatch dashboard, which only writes which sessions were signed out",
        writes=(ended_session_key("*"),),
        reads=(EVENTS_KEY, CALLS_KEY, OPEN_KEY, COUNTERS_KEY, ALL_CALLS),
        # INFO tells whether there is room left; without the right to it the board cannot say that Redis is full.
        commands=("hgetall", "get", "set", "mget", "zcard", "zrevrange", "xrange", "xrevrange", "xread", "info"),
    ),
}
"""By role; the others do not speak to Redis."""


redis = typer.Typer(help="The board's Redis.", no_args_is_help=True)


@redis.callback()
def _group() -> None:
    # Without it typer would make the only command the whole of it.
    return


@redis.command("acl")
def redis_acl(
    role: Annotated[list[str] | None, typer.Option(help=f"Only this one: {', '.join(ROLES)}; may be repeated.")] = None,
    prefix: Annotated[str, typer.Option(help="Before the role in a user's name.")] = "tonewatch-",
    passwords: Annotated[bool, typer.Option("--passwords", help="Draw a password for each user.")] = False,
) -> None:
    """Print an ACL line for each role that speaks to Redis; nothing is asked of Redis, and nothing changed."""
    if unknown := sorted(set(role or ()) - set(ROLES)):
        raise SettingsError(f"--role {unknown[0]}: choose from {', '.join(ROLES)}.")
    for name in role or ROLES:
        typer.echo(ROLES[name].rule(f"{prefix}{name}", secrets.token_urlsafe(24) if passwords else ""))
