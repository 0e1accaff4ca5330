"""What one channel of a call does: whether its party is heard, and if not, since when and why."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from tonewatch.stream.messages.bounds import Channel, MediaMs, Word
from tonewatch.stream.messages.common import Plain, Role

LineCondition = Literal["live", "on_hold", "no_audio", "refused"]


REFUSALS: dict[str, str] = {
    "format_changed": "codec or rate differ from the channel's",
    "late": "it comes too late, or a second time",
    "overlap": "it begins before the end of what was received",
    "sequence": "its numbers do not go with its times",
    "clock_jump": "its time leaps ahead by more than a minute",
    "role_changed": "it is said to be of another party than the channel's",
    "too_many_channels": "the call has more channels than are followed",
    "undecodable": "it is no valid message",
    "unknown_codec": "its codec is not known",
    "unsupported_rate": "its sample rate is not supported",
    "odd_length": "it ends within a sample",
    "empty": "it carries no audio",
    "too_large": "a chunk has too many bytes",
    "too_long": "a chunk lasts too long",
    "bad_time": "its times or numbers cannot be",
}
"""Why the audio of a line is refused, with the meaning. A reader must bear with a word that it does not know."""


class LineState(Plain, frozen=True, kw_only=True):
    """The line of one channel. A channel that is not named is live.

    `state`: `live`, its audio is heard; `on_hold`, nothing is received of any channel though the call goes on;
    `no_audio`, nothing is received of this one while another goes on; `refused`, what is received cannot be used, and
    `reason` says why (`REFUSALS`). `since_ms` is the media time up to which it had been heard before, or at
    which it was heard again.
    """

    channel: Channel
    role: Role
    state: LineCondition
    since_ms: MediaMs
    reason: Word = ""


Lines = Annotated[tuple[LineState, ...], msgspec.Meta(max_length=64)]
