"""Fields of a form that a browser sends, and where it may be led to."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.requests import Request

MOST_BYTES = 8_192
MOST_FIELDS = 10


async def read_form(request: Request) -> dict[str, str]:
    """The fields, each once; nothing where it is no such form, too large, or has a field twice."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        return {}
    body = await request.body()
    if len(body) > MOST_BYTES:
        return {}
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except (ValueError, UnicodeDecodeError):
        return {}
    return {name: values[0] for name, values in fields.items() if len(values) == 1}


def own_path(text: str) -> str:
    """`text` where it is a path of this board, with its query; else the board itself, never another site."""
    # Browsers read a backslash as a slash, and leave out line breaks and tabs: //elsewhere is another host.
    if not text.startswith("/") or text[1:2] in ("/", "\\") or "\\" in text or not text.isprintable():
        return "/"
    return "/" if text.startswith("/sign-") else text
