"""Fuzzed frames on the doors that stand open: the board's websocket, its web server, and the files of a replay."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import tempfile
from pathlib import Path

import websockets

from tonewatch.stream.bench.fuzz import Fuzzer
from tonewatch.stream.doors.audio_file import chunks, inspect
from tonewatch.stream.errors import AudioFileError

ANSWER_S = 20.0
RATE_HZ = 8000


async def knock_websocket(port: int, fuzzer: Fuzzer, session: str = "") -> str:
    """A connection that says something else than it should; empty, or what went wrong. `session`: its cookie."""
    url, signed = f"ws://127.0.0.1:{port}/ws", {"cookie": session} if session else {}
    try:
        async with asyncio.timeout(ANSWER_S):
            async with websockets.connect(url, max_size=None, additional_headers=signed) as link:
                for _ in range(3):
                    await link.send(fuzzer.frame())
    except TimeoutError:
        return "websocket: no answer"
    except (OSError, websockets.WebSocketException):
        return ""
    return ""


async def knock_http(port: int, fuzzer: Fuzzer, session: str = "") -> str:
    """A request as no browser would send it; empty, or what went wrong."""
    headers = f"Host: 127.0.0.1:{port}\r\nCookie: {session}\r\nConnection: close\r\n\r\n"
    request = f"GET {fuzzer.path()} HTTP/1.1\r\n{headers}".encode(errors="replace")
    try:
        async with asyncio.timeout(ANSWER_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, family=socket.AF_INET)
            with contextlib.closing(writer):
                writer.write(request)
                await writer.drain()
                status = (await reader.readline()).split()
    except TimeoutError:
        return "http: no answer"
    except OSError as error:
        return f"http: {type(error).__name__}"
    return f"http: {request!r} was answered with {status[1].decode()}" if status[1:2] and status[1] >= b"500" else ""


def open_audio(whole: bytes, suffix: str, fuzzer: Fuzzer) -> str:
    """A broken sound file, read as a replay reads it; empty, or what went wrong."""
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.write(fuzzer.audio(whole))
        file.flush()
        try:
            for _ in chunks(inspect(Path(file.name)), RATE_HZ):
                pass
        except AudioFileError:
            return ""
        except (ArithmeticError, LookupError, MemoryError, RuntimeError, TypeError, ValueError) as error:
            return f"audio: {type(error).__name__}"
    return ""
