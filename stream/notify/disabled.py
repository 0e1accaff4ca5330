"""Receivers that said that they are gone: nothing is sent there until their address, or `revision`, is another."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.notify.book import Book
from tonewatch.stream.notify.outcome import Receiver
from tonewatch.stream.notify.routes import AnyTarget

DISABLED = "disabled"
"""Why a message is a dead letter that was not sent there."""


def address_hash(receiver: Receiver, target: AnyTarget) -> str:
    """Of the address, which can hold a secret, and of the target's `revision`."""
    return hashlib.blake2b(f"{receiver.address} {target.revision}".encode(), digest_size=12).hexdigest()


def why_disabled(book: Book, name: str, target: AnyTarget, make: Callable[[AnyTarget], Receiver]) -> str:
    """Until when nothing is sent there; empty where it is sent."""
    try:
        if not book.gone(name) or book.gone(name) != address_hash(make(target), target):
            return ""
    except SettingsError:
        return ""  # Its address is a secret that is not there, which is told when something is to be sent.
    return f"disabled by its answer ({book.why_gone(name)}) until its address or `revision` changes"
