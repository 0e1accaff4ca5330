"""The document is what is served: no path more, none less, and every reference leads somewhere."""

from __future__ import annotations

import re
from typing import Any, cast

import msgspec
import pytest
from redis.asyncio import Redis
from starlette.routing import Route

from tonewatch.dashboard.app import create_app
from tonewatch.dashboard.review.desk import Desk
from tonewatch.dashboard.review.openapi import document


def served(desk: Desk | None) -> set[tuple[str, str]]:
    app = create_app(Redis(), desk=desk)
    return {
        (route.path.replace(":path}", "}"), method.lower())
        for route in app.routes
        if isinstance(route, Route) and route.path.startswith("/api/")
        for method in set(route.methods or ()) - {"HEAD"}
    }


def test_the_paths_are_those_that_are_served() -> None:
    told = {(path, method) for path, methods in document()["paths"].items() for method in methods}
    assert told == served(cast(Desk, _AnyDesk()))


def test_every_reference_leads_to_a_schema() -> None:
    found = document()
    names = set(re.findall(r'"#/components/schemas/(\w+)"', msgspec.json.encode(found).decode()))
    assert names and names <= found["components"]["schemas"].keys()
    assert b"$defs" not in msgspec.json.encode(found)


@pytest.mark.parametrize("name", ["from_ms", "queue", "unreviewed", "cursor", "limit"])
def test_the_list_s_filters_are_parameters(name: str) -> None:
    parameters: list[dict[str, Any]] = document()["paths"]["/api/review/moments"]["get"]["parameters"]
    assert name in {one["name"] for one in parameters if one["in"] == "query"}


class _AnyDesk:
    """Has every handler, and serves nothing."""

    def __getattr__(self, name: str) -> str:
        return name
