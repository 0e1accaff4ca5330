"""Who asks the review desk: the person that a proxy vouches for, else the name that the page gives."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from tonewatch.dashboard.actions import LONGEST_NAME
from tonewatch.stream.errors import DataError, TonewatchError


class NobodySignedIn(TonewatchError):
    """Where people sign in, and this request is nobody's."""


@dataclass(frozen=True)
class Person:
    """`header` names the one in which a proxy says who is signed in; empty where there is no such proxy."""

    header: str = ""

    def signed_in(self, request: Request) -> str:
        """'' where nobody signs in here."""
        return request.headers.get(self.header, "")[:LONGEST_NAME] if self.header else ""

    def asking(self, request: Request) -> str:
        """Who sees the answer: without a sign-in the name in the query's `by`.

        Raises:
            NobodySignedIn: people sign in here, and this one has not.
        """
        return self._known(request) or request.query_params.get("by", "")[:LONGEST_NAME]

    def judging(self, request: Request, named: str) -> str:
        """Whose verdict it is: without a sign-in who the page names.

        Raises:
            NobodySignedIn: people sign in here, and this one has not.
            DataError: nobody is named.
        """
        person = self._known(request) or named[:LONGEST_NAME]
        if not person:
            raise DataError("A verdict is somebody's: say `by`.")
        return person

    def _known(self, request: Request) -> str:
        person = self.signed_in(request)
        if self.header and not person:
            raise NobodySignedIn(f"Nobody is signed in: the proxy sent no {self.header}.")
        return person
