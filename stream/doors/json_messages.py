"""JSON of a telephony system as structures; what is wrong with it is told without quoting it."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from tonewatch.stream.errors import Undecodable

T = TypeVar("T")


def decoded(decoder: msgspec.json.Decoder[T], message: str | bytes, protocol: str) -> T:
    """
    Raises:
        Undecodable: it is no message of the protocol; the text names the field and quotes nothing of the message.
    """
    try:
        return decoder.decode(message)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        # The library's text quotes values that it does not know.
        path = str(error).rpartition(" - at `")[2]
        where = f" at `{path}" if path != str(error) else ""
        raise Undecodable(f"Not a message of {protocol}{where}.") from None
