"""The cookies of signing in: out of reach of scripts, of other sites, and of connections without TLS."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection

from tonewatch.dashboard.signin.sign_in import cookie_name, is_plain, trip_cookie_name


def set_session(headers: MutableHeaders, asked: HTTPConnection, token: str) -> None:
    """Ends with the browser; the server ends it before."""
    headers.append("set-cookie", _cookie(asked, cookie_name(asked), token))


def drop_session(headers: MutableHeaders, asked: HTTPConnection) -> None:
    headers.append("set-cookie", f"{_cookie(asked, cookie_name(asked), '')}; Max-Age=0")


def form_cookie_name(asked: HTTPConnection) -> str:
    return f"{cookie_name(asked)}-form"


def set_form(headers: MutableHeaders, asked: HTTPConnection, value: str) -> None:
    """Known to the browser that got the form, and to nobody who made it send one."""
    headers.append("set-cookie", f"{_cookie(asked, form_cookie_name(asked), value)}; Max-Age=3600")


def set_trip(headers: MutableHeaders, asked: HTTPConnection, value: str, for_s: int) -> None:
    """What is known again when the browser comes back from the identity provider."""
    headers.append("set-cookie", f"{_cookie(asked, trip_cookie_name(asked), value)}; Max-Age={for_s}")


def _cookie(asked: HTTPConnection, name: str, value: str) -> str:
    # Lax, not Strict: a link to an alert in a chat, or the way back from an identity provider, finds the session.
    secure = "" if is_plain(asked) else "; Secure"
    return f"{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}"
