"""The review desk's own OpenAPI document, turned against it by Schemathesis: whatever it is asked, it answers as the
document says, and does not fail.

Requests are made from the document: valid ones, ones that break it in one place, and any JSON as a body. Answers must
be of a status, a media type and a schema that the document names, and a refusal where the request breaks it. That a
valid request is accepted is not asked: a cursor is of its list, and some fields go with others, which no schema says.

Its plugin of pytest is left out (pyproject.toml): nothing but this file needs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pytest
import schemathesis
import soundfile
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.applications import Starlette

from tonewatch.dashboard.review.desk import Desk
from tonewatch.dashboard.review.openapi import document
from tonewatch.dashboard.review.routes import DESK, JUDGE, MOMENTS, desk_routes
from tonewatch.dashboard.review.sounds import Sounds
from tonewatch.stream.archive.clips import AudioRow
from tonewatch.stream.archive.folder import Folder
from tonewatch.stream.archive.review.reader import ReviewReader
from tonewatch.stream.archive.store import Archive, connect

from ..vouching import Told, Vouched, audit_to
from .conftest import ADA, ALERT, AT_MS, SEGMENT, Kept


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vouched]:
    folder = tmp_path_factory.mktemp("desk")
    archive = Archive(connect(url := f"sqlite:///{folder / 'archive.db'}"))
    archive.open()
    soundfile.write(folder / "clip.wav", np.full(8000, 0.25), 8000, subtype="PCM_16")
    row = AudioRow(SEGMENT, "c-1", 24_000, 25_000, "kept", path="clip.wav")
    archive.write(ALERT, msgspec.json.encode(ALERT).decode(), 1, [row])
    served = Desk(ReviewReader(connect(url)), Sounds(Folder(folder)), Kept(archive), lambda: AT_MS)
    app = Starlette(routes=desk_routes(served))
    app.state.audit = audit_to(Told())
    yield Vouched(app, ADA)


@pytest.fixture(scope="module")
def api(desk: Vouched) -> Any:
    found = schemathesis.openapi.from_dict(document(DESK))
    found.app = desk
    return found


AS_SAID = GenerationMode.POSITIVE
BROKEN = [(one.path, one.method.lower(), GenerationMode.NEGATIVE) for one in (MOMENTS, JUDGE)]
"""One of each kind: most operations take the query of MOMENTS, and a path alone takes any text."""

OPERATIONS = [(path, method) for path, methods in document(DESK)["paths"].items() for method in methods]


@pytest.mark.parametrize(("path", "method", "mode"), [(*one, AS_SAID) for one in OPERATIONS] + BROKEN)
def test_whatever_is_asked_is_answered_as_the_document_says(
    api: Any, path: str, method: str, mode: GenerationMode
) -> None:
    operation = api[path][method]

    @settings(max_examples=6, suppress_health_check=list(HealthCheck), deadline=None, derandomize=True, database=None)
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        case.call_and_validate(excluded_checks=[positive_data_acceptance])

    ask()


@pytest.mark.parametrize("path", [path for path, method in OPERATIONS if "{" in path and method == "get"])
def test_what_the_archive_has_is_told_as_the_document_says(api: Any, path: str) -> None:
    case = api[path]["get"].Case(path_parameters={"alert_id": ALERT.alert_id, "call_id": ALERT.call_id})
    assert case.call_and_validate().status_code == 200
