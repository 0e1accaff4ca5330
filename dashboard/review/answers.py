"""HTTP answers of the review desk: JSON that is not sent twice, and files of which a part may be asked for."""

from __future__ import annotations

import hashlib
import re

import msgspec
from starlette.requests import Request
from starlette.responses import Response

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


def json(request: Request, content: object, status: int = 200) -> Response:
    """With an ETag of its own bytes; 304 where the client has them already (RFC 9110, section 13)."""
    body = msgspec.json.encode(content)
    # Others must not be shown what one person may see, and nobody what was true before.
    headers = {"cache-control": "private, no-cache", "etag": _etag(body)}
    if status == 200 and request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    return Response(body, status, headers, media_type="application/json")


def refused(text: str, status: int) -> Response:
    """What was wrong, as `{"error": ...}`."""
    body = msgspec.json.encode({"error": text})
    return Response(body, status, {"cache-control": "no-store"}, media_type="application/json")


def file(request: Request, body: bytes, media_type: str, name: str = "") -> Response:
    """The bytes, or the one range of them that is asked for (RFC 9110, section 14); `name`: to be kept under it."""
    headers = {"accept-ranges": "bytes", "cache-control": "private, no-cache", "etag": _etag(body)}
    if name:
        headers["content-disposition"] = f'attachment; filename="{name}"'
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    asked = request.headers.get("range")
    if asked is None or request.headers.get("if-range") not in (None, headers["etag"]):
        return Response(body, 200, headers, media_type=media_type)
    part = part_of(asked, len(body))
    if part is None:
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{len(body)}"})
    headers["content-range"] = f"bytes {part.start}-{part.stop - 1}/{len(body)}"
    return Response(body[part], 206, headers, media_type=media_type)


def part_of(asked: str, size: int) -> slice | None:
    """The bytes that a Range header with one range asks for; None where there are none, or it is no such header."""
    found = _RANGE.fullmatch(asked.strip())
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        start, stop = size - min(int(last), size), size
    else:
        start, stop = int(first), min(int(last) + 1, size) if last else size
    return slice(start, stop) if start < stop else None


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'
