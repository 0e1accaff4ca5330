"""Who asks the review desk: somebody who is signed in and may judge, and which calls that person reaches."""

from __future__ import annotations

from typing import cast

from starlette.requests import Request

from tonewatch.dashboard.audit import Audit
from tonewatch.dashboard.signin.person import Person
from tonewatch.dashboard.signin.sign_in import person_of
from tonewatch.stream.archive.review.filters import Reach
from tonewatch.stream.errors import TonewatchError
from tonewatch.stream.messages.access import AccessKind


class NotARater(TonewatchError):
    """Somebody is signed in whose role does not review."""


def rater(request: Request) -> Person:
    """
    Raises:
        NotARater: who asks may not.
    """
    person = person_of(request)
    if not person.may("review"):
        tell(request, "refused", detail="review")
        raise NotARater(f"The role {person.role} does not review: qa and admin do.")
    return person


def reach(person: Person) -> Reach:
    """The calls of the archive that the person sees, as on the board."""
    return Reach(person.scope.queues, person.scope.teams)


def tell(request: Request, kind: AccessKind, call_id: str = "", alert_id: str = "", detail: str = "") -> None:
    """What was done stands in the audit topic."""
    cast(Audit, request.app.state.audit).tell(kind, person_of(request), call_id, alert_id, detail)
