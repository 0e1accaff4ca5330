"""What one channel of a call does: whether its party is heard, and if not, since when and why."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from tonewatch.stream.messages.bounds import Channel, MediaMs, Word
from tonewatch.stream.messages.common import Plain, Role

LineCondition = Literal["live", "on_hold", "no_audio", "refused"]


class LineState(Plain, frozen=True, kw_only=True):
    """The line of one channel. A channel that is not named is live.

    `state`: `live`, its audio is heard; `on_hold`, nothing is received of any channel though the call goes on;
    `no_audio`, nothing is received of this one while another goes on; `refused`, what is received cannot be used, and
    `reason` says why (`format_changed`, `late`, `overlap`, `sequence`, `clock_jump`, `role_changed`,
    `too_many_channels`, `undecodable`, ...). `since_ms` is the media time up to which it had been heard before, or at
    which it was heard again.
    """

    channel: Channel
    role: Role
    state: LineCondition
    since_ms: MediaMs
    reason: Word = ""


Lines = Annotated[tuple[LineState, ...], msgspec.Meta(max_length=64)]
