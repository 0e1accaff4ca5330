"""A record is sealed, erased and looked for by its key, and believed by its content: both name one call."""

from __future__ import annotations

from typing import Final

from tonewatch.stream.errors import Unprocessable

WRONG_KEY: Final = "wrong_key"
"""The reason of its dead letter, in which nothing of the record stands: whose it is cannot be told."""


def check_key(key: bytes | None, call_id: str) -> None:
    """A record without a key is taken: it is nobody else's.

    Raises:
        Unprocessable: the key is another call's, and who erases the call would not find the record.
    """
    if key is not None and key != call_id.encode(errors="surrogatepass"):
        raise Unprocessable("The record's key is not its call's id.", reason=WRONG_KEY)
