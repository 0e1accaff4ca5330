"""Any server that speaks the OpenAI chat protocol: vLLM, llama.cpp's own, or a hosted one."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Literal
from urllib.parse import urlsplit

import aiohttp
import msgspec

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.messages import ModelRef
from tonewatch.workers.reasons.engines.engine import Completion, EngineLate, EngineMalformed, EngineUnavailable, Request
from tonewatch.workers.reasons.schema import plain

INSTRUCTION = (
    "Continue the text with the reason and the answer for the last facts, in exactly the form of the examples:"
    " one <think> part, one <answer> part, nothing else."
)
AS_JSON = (
    "Give the reason and the answer for the last facts as one JSON object with the fields voice, words, fit, change"
    " (each as in the examples, without its heading; none where there is nothing), label, degraded (yes, no or unsure)"
    " and confidence."
)
MOST_BYTES = 1 << 20

Guided = Literal["schema", "grammar", "none"]
"""How a server holds the model to the answer: `schema`, the protocol's own response_format; `grammar`, vLLM's
structured_outputs with the same GBNF as llama.cpp; `none`, by asking only."""


class _Message(msgspec.Struct):
    content: str


class _Choice(msgspec.Struct):
    message: _Message


class _Usage(msgspec.Struct):
    completion_tokens: int = 0


class _Reply(msgspec.Struct):
    choices: list[_Choice]
    usage: _Usage | None = None


class HttpEngine:
    """One server, one model. `url` ends before `/chat/completions`; a redirect is refused, as it would carry the key.

    Requests of several calls go out at the same time: batching and reuse of the prompt's beginning, which is the same
    for all, are the server's.
    """

    def __init__(self, url: str, model: str, *, key: str = "", guided: Guided = "schema") -> None:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
            raise SettingsError("TONEWATCH_LLM_URL: expected an http(s) address such as http://127.0.0.1:8000/v1.")
        if not model:
            raise SettingsError("TONEWATCH_LLM_MODEL: name the model that the server should use.")
        self._url = url.rstrip("/") + "/chat/completions"
        self._ref = ModelRef(name=model, version="remote")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._guided = guided
        self._session: aiohttp.ClientSession | None = None

    @property
    def ref(self) -> ModelRef:
        return self._ref

    async def complete(self, request: Request, *, deadline_s: float) -> Completion:
        """As `Engine.complete`; tries once more when the connection fails."""
        began = time.monotonic()
        # One deadline over both tries, the second of which exists because an idle connection may have been closed.
        try:
            async with asyncio.timeout(deadline_s):
                body = await self._post(self._body(request))
        except TimeoutError as error:
            raise EngineLate(f"{self._url} did not answer within {deadline_s:g} s.") from error
        try:
            reply = msgspec.json.decode(body, type=_Reply)
            text = reply.choices[0].message.content
        except (msgspec.DecodeError, UnicodeDecodeError, IndexError) as error:
            raise EngineMalformed(f"{self._url} answered with something that is no chat completion.") from error
        return Completion(plain(text), reply.usage.completion_tokens if reply.usage else 0, time.monotonic() - began)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _body(self, request: Request) -> dict[str, Any]:
        # Without a schema there is nothing to hold the model to but the words of the prompt.
        guided = self._guided if request.schema or self._guided != "schema" else "none"
        instruction = AS_JSON if guided == "schema" else INSTRUCTION
        body: dict[str, Any] = {
            "model": self._ref.name,
            "messages": [{"role": "system", "content": instruction}, {"role": "user", "content": request.prompt}],
            "max_tokens": request.max_tokens,
            # As deterministic as a server that batches allows.
            "temperature": 0,
            "seed": 1,
        }
        if guided == "schema":
            form = {"name": "reason", "strict": True, "schema": request.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": form}
        elif guided == "grammar" and request.grammar:
            body["structured_outputs"] = {"grammar": request.grammar}
        return body

    async def _post(self, body: dict[str, Any]) -> bytes:
        try:
            try:
                return await self._post_once(body)
            except aiohttp.ClientConnectionError:
                return await self._post_once(body)
        except aiohttp.ClientError as error:
            raise EngineUnavailable(
                f"{self._url} cannot be reached ({type(error).__name__}): check TONEWATCH_LLM_URL."
            ) from error

    async def _post_once(self, request: dict[str, Any]) -> bytes:
        # Made here and not in __init__: a session belongs to the loop that it is made in.
        if self._session is None:
            self._session = aiohttp.ClientSession()
        async with self._session.post(
            self._url, json=request, headers=self._headers, allow_redirects=False
        ) as response:
            if response.status != 200:
                raise EngineUnavailable(f"{self._url} answered with status {response.status}.")
            # Read in bounds: a server that goes on for ever must not fill the memory.
            body = await response.content.read(MOST_BYTES + 1)
            while len(body) <= MOST_BYTES and (more := await response.content.read(MOST_BYTES)):
                body += more
            if len(body) > MOST_BYTES:
                raise EngineMalformed(f"{self._url} answered with more than {MOST_BYTES} bytes.")
            return body
