"""The review desk's own OpenAPI document, turned against it: whatever it is asked, it answers and does not fail.

Requests are made from the document: parameters that it names, of the kinds it names and of any other, and any JSON as a
body. Schemathesis does more of the kind; its plugin would be loaded by every run of pytest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from tonewatch.dashboard.review.desk import Desk
from tonewatch.dashboard.review.openapi import document
from tonewatch.dashboard.review.routes import desk_routes
from tonewatch.dashboard.review.sounds import Sounds
from tonewatch.stream.archive.folder import Folder
from tonewatch.stream.archive.review.reader import ReviewReader
from tonewatch.stream.archive.store import Archive, connect

from ..vouching import Told, Vouched, audit_to
from .conftest import ADA, AT_MS, Kept

OPERATIONS = [
    (path, method, operation)
    for path, methods in document()["paths"].items()
    for method, operation in methods.items()
    if method in ("get", "post", "put", "delete", "patch")
]

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=40))
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=12), inner, max_size=4)),
    max_leaves=12,
)
ODD = st.sampled_from(
    ["", "0", "-1", "9" * 40, "1e999", "nan", "../../etc/passwd", "%00", "'; --", "\x00", "\U0001f600"]
)
PARAMETER = st.one_of(ODD, st.integers().map(str), st.text(max_size=30))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vouched]:
    folder = tmp_path_factory.mktemp("desk")
    archive = Archive(connect(url := f"sqlite:///{folder / 'archive.db'}"))
    archive.open()
    served = Desk(ReviewReader(connect(url)), Sounds(Folder(folder)), Kept(archive), lambda: AT_MS)
    app = Starlette(routes=desk_routes(served))
    app.state.audit = audit_to(Told())
    yield Vouched(app, ADA)


async def asked(desk: Any, method: str, path: str, query: dict[str, str], body: object) -> int:
    """A fault of the desk's own is raised here, or is a status of 500."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(desk), base_url="http://board") as client:
        given_body: dict[str, Any] = {} if method == "get" else {"json": body}
        return (await client.request(method, path, params=query, **given_body)).status_code


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS, ids=lambda one: str(one)[:40])
@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_request_makes_the_desk_fail(
    desk: Any, path: str, method: str, operation: dict[str, Any], data: Any
) -> None:
    parameters = operation.get("parameters", [])
    query = {
        one["name"]: data.draw(PARAMETER) for one in parameters if one["in"] == "query" and data.draw(st.booleans())
    }
    for one in parameters:
        if one["in"] == "path":
            path = path.replace("{" + one["name"] + "}", quote(data.draw(PARAMETER.filter(bool)), safe=""))
    body = data.draw(ANY_JSON.filter(_is_json))
    assert asyncio.run(asked(desk, method, path, query, body)) < 500


def _is_json(value: object) -> bool:
    """JSON has no NaN, and UTF-8 no halves of a pair."""
    text = repr(value)
    return "nan" not in text and "inf" not in text and not any(0xD800 <= ord(c) <= 0xDFFF for c in text)


def test_the_document_names_something_to_ask() -> None:
    assert len(OPERATIONS) >= 3
