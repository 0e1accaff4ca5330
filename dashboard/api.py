"""The calls as JSON for integrators, and whether this server is alive and ready."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tonewatch.dashboard.store import BoardStore
from tonewatch.stream.board.view import CallView
from tonewatch.stream.errors import StoreError


class Api:
    """Serves `/api/calls`, `/api/calls/{call_id}`, `/healthz` and `/readyz`."""

    def __init__(self, store: BoardStore) -> None:
        self._store = store

    async def calls(self, request: Request) -> Response:
        """Every call on the board without its tone line, newest activity first."""
        try:
            views = await self._store.calls()
        except StoreError as error:
            return _json({"error": str(error)}, 503)
        return _json({"calls": [_summary(view) for view in views]})

    async def call(self, request: Request) -> Response:
        """One call with its whole tone line."""
        try:
            view = await self._store.call(request.path_params["call_id"])
        except StoreError as error:
            return _json({"error": str(error)}, 503)
        return _json(view) if view is not None else _json({"error": "The board knows no such call."}, 404)

    async def live(self, request: Request) -> Response:
        return _json({"live": True})

    async def ready(self, request: Request) -> Response:
        """Ready means that Redis answers now."""
        try:
            await self._store.ping()
        except StoreError as error:
            return _json({"ready": False, "redis": "down", "error": str(error)}, 503)
        return _json({"ready": True, "redis": "up"})


def _summary(view: CallView) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.structs.asdict(view)
    del fields["points"]
    return fields


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, {"cache-control": "no-store"}, media_type="application/json")
