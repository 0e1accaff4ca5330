"""What is written to `tonewatch.keys.v1`, as JSON: the keys of calls, wrapped, and which calls have none any more.

The topic is compacted. Its records are keyed by `call/key id`, an empty record destroys a key; the mark of a call
that was shredded is keyed by `call/shredded`, and an empty record over it takes nothing back. What they are for stands
in stream/call_keys/README.md.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from tonewatch.stream.messages.bounds import EpochMs
from tonewatch.stream.messages.common import Message

_KeyId = Annotated[str, msgspec.Meta(max_length=16)]  # hexadecimal
_MasterId = Annotated[str, msgspec.Meta(max_length=12)]  # hexadecimal
_Wrapped = Annotated[bytes, msgspec.Meta(max_length=60)]


class CallKey(Message, frozen=True, kw_only=True, tag="call_key"):
    """A key of a call. `wrapped`: nonce (12 bytes), AES-256-GCM ciphertext of the 32 bytes, tag, under the master key
    that `master_id` names; additional data: `tonewatch call key v1`, NUL, the key id's 8 bytes, NUL, the call id."""

    key_id: _KeyId
    master_id: _MasterId
    wrapped: _Wrapped
    made_at_ms: EpochMs


class CallShredded(Message, frozen=True, kw_only=True, tag="call_shredded"):
    """All keys of the call were destroyed, and none may be made or used."""

    at_ms: EpochMs


KeyMessage = CallKey | CallShredded
