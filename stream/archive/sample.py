"""Which calls are kept whole although nothing alerts: a random sample, drawn at a call's beginning."""

from __future__ import annotations

import hashlib

_DRAWS = 2**64


def is_sampled(call_id: str, share: float) -> bool:
    """Is this call one of `share` (0..1) of all?

    By a hash of its id: known before anything is heard of the call, the same for every archivist and after a restart,
    and independent of whatever the call will be like. A call of a smaller share is one of every greater share too.
    """
    # An id from JSON may hold half of a surrogate pair, which plain UTF-8 refuses.
    digest = hashlib.sha256(b"sample of calls\x00" + call_id.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") < share * _DRAWS
