"""The JSON API as one OpenAPI 3.1 document, made from the types that are served."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tonewatch.dashboard.load_watch import AlertLoad
from tonewatch.dashboard.review import answers
from tonewatch.dashboard.review.routes import DESK, Operation
from tonewatch.dashboard.signin.person import Right, Role
from tonewatch.dashboard.trends import TrendQuery, TrendsThere
from tonewatch.stream.archive.review.trends import Trends
from tonewatch.stream.board.view import CallView
from tonewatch.stream.messages.schema import components

PATH = "/api/openapi.json"


class CallList(msgspec.Struct, frozen=True, kw_only=True):
    """The calls of the live board, newest activity first, without their tone lines."""

    calls: tuple[CallView, ...]


class SessionOfMine(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in, and what for. `csrf` goes as header `x-csrf-token` with every request that writes; `queues` and
    `teams` are those whose calls are sent, empty: all; `ends_at_ms` 0: the session does not end by itself."""

    name: str
    role: Role
    queues: tuple[str, ...]
    teams: tuple[str, ...]
    may: tuple[Right, ...]
    csrf: str
    ends_at_ms: int
    signs_out: bool


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """What was wrong, and what to do."""

    error: str


BOARD = (
    Operation("/api/calls", "The calls of the live board.", CallList),
    Operation("/api/calls/{call_id}", "One call of the live board, with its tone line.", CallView),
    Operation("/api/load", "Alerts of the last hour by queue and supervisor, and what is held back.", AlertLoad),
    Operation("/api/session", "Who is signed in.", SessionOfMine),
    Operation("/api/trends/there", "Is there an archive to take trends from?", TrendsThere),
    Operation("/api/trends", "Calls, alerts, answers and verdicts by hour, queue and team.", Trends, TrendQuery),
    Operation(PATH, "This document.", "application/json"),
)


def document(operations: Sequence[Operation] = (*BOARD, *DESK)) -> dict[str, Any]:
    """Of these operations; schemas stand in `components`."""
    kinds = [kind for one in operations for kind in (one.answer, one.body) if kind and not isinstance(kind, str)]
    _schemas, found = components([*kinds, Refusal])
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    moved = msgspec.json.encode(found).replace(b'"#/$defs/', b'"#/components/schemas/')
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tonewatch", "version": version("tonewatch"), "license": {"name": "Apache-2.0"}},
        "paths": paths,
        "components": {"schemas": msgspec.json.decode(moved)},
    }


async def served(request: Request) -> Response:
    """The document, as `PATH` answers it."""
    return answers.json(request, document())


def _operation(one: Operation) -> dict[str, Any]:
    said: dict[str, Any] = {
        "summary": one.about,
        "parameters": [*_in_path(one.path), *_in_query(one.query)],
        "responses": {
            str(one.status): {"description": one.about, "content": _content(one.answer)},
            "default": {"description": "It was refused.", "content": _content(Refusal)},
        },
    }
    if one.body:
        said["requestBody"] = {"required": True, "content": _content(one.body)}
    return said


def _content(kind: Any) -> dict[str, Any]:  # noqa: ANN401
    if isinstance(kind, str):
        return {kind: {}}
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}


def _in_path(path: str) -> list[dict[str, Any]]:
    names = [part.strip("{}") for part in path.split("/") if part.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _in_query(kind: type[msgspec.Struct] | None) -> list[dict[str, Any]]:
    if kind is None:
        return []
    _schemas, found = components([kind])
    fields = found[kind.__name__]["properties"]
    return [{"name": name, "in": "query", "required": False, "schema": schema} for name, schema in fields.items()]
