"""Who opened an AudioHook: Genesys signs the handshake with the integration's client secret.

HTTP message signatures (RFC 9421; AudioHook follows its draft 11, which is the same for what it uses) by HMAC-SHA256.
The text that was signed has a line for each component, and last the parameters of the signature as they were sent.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

COVERED = (
    "@request-target",
    "@authority",
    "audiohook-organization-id",
    "audiohook-session-id",
    "audiohook-correlation-id",
    "x-api-key",
)
"""What Genesys signs; a signature that covers less could be moved to another request."""

LEAST_NONCE = 22
OLDEST_S = 30
AHEAD_S = 5

_MEMBER = re.compile(r'\s*([a-z*][a-z0-9_\-.*]*)=((?:"(?:[^"\\]|\\.)*"|:[^:]*:|[^",:])*)(?:,|$)')
_INPUT = re.compile(r'\(((?:\s*"[^"\\]*")*)\s*\)((?:;[a-z*][a-z0-9_\-.*]*=(?:"(?:[^"\\]|\\.)*"|-?[0-9]{1,15}))*)')
_PARAMETER = re.compile(r';([a-z*][a-z0-9_\-.*]*)=(?:"((?:[^"\\]|\\.)*)"|(-?[0-9]{1,15}))')

_NUMBER = re.compile(r"-?[0-9]{1,15}")
"""An integer of RFC 8941. In quotation marks a parameter may be anything."""


@dataclass(frozen=True)
class Signed:
    """One signature of a request. `base`: what was signed."""

    key_id: str
    nonce: str
    created_s: int
    expires_s: int | None
    base: str
    value: bytes

    def is_fresh(self, now_s: float) -> bool:
        too_old = now_s - self.created_s > OLDEST_S or (self.expires_s is not None and now_s > self.expires_s)
        return not too_old and self.created_s <= now_s + AHEAD_S

    def is_of(self, secret: bytes) -> bool:
        """The comparison takes the same time always."""
        return hmac.compare_digest(hmac.digest(secret, self.base.encode(), hashlib.sha256), self.value)


def read(headers: Mapping[str, str], request_target: str, authority: str) -> Signed | None:
    """The first signature of a request that is whole and covers what it must; null where there is none."""
    inputs, values = _members(headers.get("signature-input", "")), _members(headers.get("signature", ""))
    derived = {"@request-target": request_target, "@authority": authority.lower().removesuffix(":443")}
    for label, text in inputs.items():
        parsed = _INPUT.fullmatch(text)
        value = _bytes(values.get(label, ""))
        if parsed is None or value is None:
            continue
        names = re.findall(r'"([^"]*)"', parsed[1])
        found = {name: derived.get(name, headers.get(name)) for name in names}
        if not set(COVERED) <= set(names) or len(found) < len(names) or None in found.values():
            continue
        said = {name: quoted or number for name, quoted, number in _PARAMETER.findall(parsed[2])}
        lines = [*(f'"{name}": {(content or "").strip()}' for name, content in found.items())]
        base = "\n".join([*lines, f'"@signature-params": {text}'])
        return _signed(said, base, value)
    return None


def _signed(said: Mapping[str, str], base: str, value: bytes) -> Signed | None:
    """Null where a parameter is missing, or a time is no number."""
    if said.get("alg", "hmac-sha256") != "hmac-sha256" or not {"created", "keyid", "nonce"} <= said.keys():
        return None
    if len(said["nonce"]) < LEAST_NONCE:
        return None
    if any(not _NUMBER.fullmatch(said[name]) for name in ("created", "expires") if name in said):
        return None
    expires_s = int(said["expires"]) if "expires" in said else None
    return Signed(said["keyid"], said["nonce"], int(said["created"]), expires_s, base, value)


def _members(text: str) -> dict[str, str]:
    """Of a dictionary in the form of RFC 8941; empty where it is none."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        member = _MEMBER.match(text, at)
        if member is None:
            return {}
        found[member[1]] = member[2].strip()
        at = member.end()
    return found


def _bytes(text: str) -> bytes | None:
    if len(text) < 2 or not (text[0] == text[-1] == ":"):
        return None
    return decode_secret(text[1:-1])


def decode_secret(text: str) -> bytes | None:
    """Base64, as Genesys writes client secrets; null where it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def sign(
    headers: Mapping[str, str], request_target: str, authority: str, key: str, secret: bytes, said: str
) -> dict[str, str]:
    """The two headers of a client. `said`: the signature's parameters, beginning with `;keyid=`."""
    inner = "(" + " ".join(f'"{name}"' for name in COVERED) + ")" + said
    derived = {"@request-target": request_target, "@authority": authority, "x-api-key": key}
    base = "\n".join(
        [
            *(f'"{name}": {derived.get(name, headers.get(name, ""))}' for name in COVERED),
            f'"@signature-params": {inner}',
        ]
    )
    value = base64.b64encode(hmac.digest(secret, base.encode(), hashlib.sha256)).decode()
    return {"signature-input": f"sig1={inner}", "signature": f"sig1=:{value}:"}
