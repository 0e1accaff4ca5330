"""The calls as JSON for integrators, and the probes of this server."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tonewatch.dashboard.audit import Audit
from tonewatch.dashboard.load_watch import LoadWatch
from tonewatch.dashboard.places import sees
from tonewatch.dashboard.signin.sign_in import person_of
from tonewatch.dashboard.store import BoardStore
from tonewatch.stream.board.view import CallView
from tonewatch.stream.errors import StoreError

_log = logging.getLogger(__name__)

AWAY = "The board's Redis does not answer now: see the server's log."


class Api:
    """Serves `/api/calls`, `/api/calls/{call_id}`, `/api/load`, `/healthz` and `/readyz`."""

    def __init__(self, store: BoardStore, audit: Audit, loads: LoadWatch) -> None:
        self._store = store
        self._loads = loads
        self._audit = audit

    async def calls(self, request: Request) -> Response:
        """The calls of a snapshot that who asks sees, without their tone lines, newest activity first.

        503 while Redis is away.
        """
        person = person_of(request)
        try:
            views = [view for view in await self._store.calls() if sees(person, view.call)]
        except StoreError as error:
            return _away(error)
        self._audit.tell("opened_board", person, detail="api")
        return _json({"calls": [_summary(view) for view in views]})

    async def call(self, request: Request) -> Response:
        """One call with its whole tone line; 404 where the board does not know it, or who asks does not see it."""
        try:
            view = await self._store.call(request.path_params["call_id"])
        except StoreError as error:
            return _away(error)
        person = person_of(request)
        is_seen = view is not None and sees(person, view.call)
        if view is not None:
            self._audit.tell("looked" if is_seen else "refused", person, view.call_id, detail="api")
        return _json(view) if is_seen else _json({"error": "The board knows no such call."}, 404)

    async def load(self, request: Request) -> Response:
        """Alerts of the last hour by queue and supervisor, and what is held back, of the calls that who asks sees."""
        return _json(self._loads.told(person_of(request)))

    async def live(self, request: Request) -> Response:
        """The process answers, whatever Redis does: a restart would not mend Redis."""
        return _json({"live": True})

    async def ready(self, request: Request) -> Response:
        """Ready means that Redis answers now, and has room for what happens next.

        Anybody may ask: where Redis is and what it said stands in the log alone.
        """
        try:
            full = await self._store.full()
        except StoreError as error:
            _log.warning("Not ready.", extra={"error": str(error)})
            return _json({"ready": False, "redis": "down"}, 503)
        if full:
            _log.warning("Not ready.", extra={"error": full})
            return _json({"ready": False, "redis": "full"}, 503)
        return _json({"ready": True, "redis": "up"})


def _away(error: StoreError) -> Response:
    """What Redis said names its address and user: for the log alone."""
    _log.warning("The API cannot read the board.", extra={"error": str(error)})
    return _json({"error": AWAY}, 503)


def _summary(view: CallView) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(view)
    del fields["points"]  # up to 600 points a call: nine tenths of the answer
    return fields


def _json(content: object, status: int = 200) -> Response:
    # A proxy that keeps an answer would show calls as they were.
    return Response(msgspec.json.encode(content), status, {"cache-control": "no-store"}, media_type="application/json")
