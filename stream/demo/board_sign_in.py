"""Signing in to a board on this machine as its demo supervisor, as the button on its page does."""

from __future__ import annotations

import asyncio
import http.client
from http.cookies import SimpleCookie

TIMEOUT_S = 5.0


async def sign_in(host: str, port: int) -> str:
    """The `Cookie` header of a session.

    Raises:
        OSError: the board does not answer, or lets nobody in by this (PermissionError).
    """
    return await asyncio.to_thread(_sign_in, host, port)


def _sign_in(host: str, port: int) -> str:
    asked = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    try:
        asked.request("POST", "/sign-in/demo", headers={"origin": f"http://{host}:{port}"})
        answer = asked.getresponse()
        cookies = SimpleCookie(answer.getheader("set-cookie", ""))
    except http.client.HTTPException as error:
        raise OSError(f"The board at {host}:{port} does not speak HTTP ({error!r}).") from error
    finally:
        asked.close()
    if answer.status != http.client.SEE_OTHER or not cookies:
        raise PermissionError(f"The board at {host}:{port} has no demo sign-in (status {answer.status}).")
    return "; ".join(f"{name}={cookie.value}" for name, cookie in cookies.items())
