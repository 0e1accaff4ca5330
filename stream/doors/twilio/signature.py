"""Who opened a stream: Twilio signs its requests with the account's token, the handshake of a websocket too."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit, urlunsplit

HEADER = "x-twilio-signature"

_NO_PARAMETERS: Mapping[str, str] = {}


def signature(url: str, token: str, parameters: Mapping[str, str] = _NO_PARAMETERS) -> str:
    """Base64 of the HMAC-SHA1 of the address as Twilio was told it, and of a form's fields in order of their names.

    The handshake of a stream is a GET: it has no form. Source: https://www.twilio.com/docs/usage/security
    """
    signed = url + "".join(name + parameters[name] for name in sorted(parameters))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), hashlib.sha1)).decode()


def is_signed(url: str, token: str, given: str) -> bool:
    """Is `given` the signature of `url`? An empty token signs nothing. The comparison takes the same time always.

    Twilio does not say whether it signs an address with its usual port and a slash at the end, and has done each.
    """
    signatures = [signature(spelt, token) for spelt in spellings(url)]
    found = [hmac.compare_digest(one.encode(), given.encode(errors="replace")) for one in signatures]
    return bool(token) and any(found)


def spellings(url: str) -> Iterator[str]:
    """Ways to write one address: with and without its usual port, and a slash at the end."""
    parts = urlsplit(url)
    host = parts.netloc.removesuffix(":443")
    hosts = [parts.netloc] if ":" in host else [host, f"{host}:443"]
    for netloc in hosts:
        for path in (parts.path.rstrip("/"), parts.path.rstrip("/") + "/"):
            yield urlunsplit((parts.scheme, netloc, path, parts.query, ""))
