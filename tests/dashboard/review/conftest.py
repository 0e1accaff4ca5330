"""The desk over HTTP, with an archive of one alert."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
import numpy as np
import pytest
import soundfile
from starlette.applications import Starlette

from tonewatch.dashboard.review.desk import Desk
from tonewatch.dashboard.review.routes import desk_routes
from tonewatch.dashboard.review.sounds import Sounds
from tonewatch.dashboard.signin.person import Person
from tonewatch.stream.archive.clips import AudioRow
from tonewatch.stream.archive.folder import Folder
from tonewatch.stream.archive.review.judged import Blinding
from tonewatch.stream.archive.review.reader import ReviewReader
from tonewatch.stream.archive.store import Archive, connect
from tonewatch.stream.codec import decode_alert
from tonewatch.stream.errors import BrokerError
from tonewatch.stream.messages import Verdict

from ..vouching import Told, Vouched, audit_to

GOLDEN = Path(__file__).parents[2] / "stream" / "golden"
ALERT = decode_alert((GOLDEN / "alert.json").read_bytes())
SEGMENT = ALERT.evidence[0].segment_id
AT_MS = 1_790_000_200_000
JUDGEMENT: dict[str, Any] = {"verdict_id": "v-1", "verdict": "right", "alert_id": ALERT.alert_id}
VERDICTS = "/api/review/verdicts"


@dataclass
class Kept:
    """Takes verdicts as Kafka does, and keeps them as the archive does a moment later."""

    archive: Archive
    written: list[Verdict] = field(default_factory=list)
    refuse: BrokerError | None = None

    async def write(self, verdict: Verdict) -> None:
        if self.refuse:
            raise self.refuse
        self.written.append(verdict)
        self.archive.write(verdict, msgspec.json.encode(verdict).decode(), AT_MS)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    archive = Archive(connect(f"sqlite:///{tmp_path / 'archive.db'}"))
    (tmp_path / "audio").mkdir()
    soundfile.write(tmp_path / "audio" / "clip.wav", np.full(24_000, 0.25), 8000, subtype="PCM_16")
    row = AudioRow(SEGMENT, "c-1", 24_000, 27_000, "kept", path="clip.wav")
    archive.write(ALERT, msgspec.json.encode(ALERT).decode(), 1, [row])
    return Kept(archive)


ADA = Person("Ada", "qa")


@pytest.fixture
def clock() -> list[int]:
    """Its one number is the time at the desk."""
    return [AT_MS]


@pytest.fixture
def audited() -> Told:
    return Told()


@pytest.fixture
async def desk(tmp_path: Path, kept: Kept, audited: Told, clock: list[int]) -> AsyncIterator[Vouched]:
    """The desk as Ada sees it, who reviews; `person` may be somebody else."""
    reader = ReviewReader(connect(f"sqlite:///{tmp_path / 'archive.db'}"), Blinding(now_ms=lambda: clock[0]))
    sounds = Sounds(Folder(tmp_path / "audio"))
    app = Starlette(routes=desk_routes(Desk(reader, sounds, kept, lambda: clock[0])))
    app.state.audit = audit = audit_to(audited)
    running = asyncio.create_task(audit.run())
    yield Vouched(app, ADA)
    await audit.aclose()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def http(desk: Vouched) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(desk), base_url="http://board") as found:
        yield found
