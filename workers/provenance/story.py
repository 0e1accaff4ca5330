"""What is known of one alert: its states, the moments and reasons, and the segments that it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.messages import Alert, Moment, Rationale, Segment


@dataclass
class Story:
    """`states` in their order; `segments` those of the evidence that are still in Kafka, by their ids."""

    alert_id: str
    states: list[Alert] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    rationales: list[Rationale] = field(default_factory=list)
    segments: dict[str, Segment] = field(default_factory=dict)
    kept_audio: dict[str, str] = field(default_factory=dict)
    """By segment, the SHA-256 of the file that the archive keeps, or why it keeps none."""

    @property
    def alert(self) -> Alert:
        """Its newest state."""
        return self.states[-1]

    @property
    def decided(self) -> Alert:
        """The state in which it fired: what was told then is what is to be explained."""
        return next((one for one in self.states if one.state != "pending"), self.states[0])

    def take(self, messages: Iterable[object]) -> None:
        """What belongs to this alert; a record that came twice counts once."""
        for message in messages:
            match message:
                case Alert(alert_id=self.alert_id) if message.seq not in {one.seq for one in self.states}:
                    self.states.append(message)
                case Moment(alert_id=self.alert_id) if message not in self.moments:
                    self.moments.append(message)
                case Rationale(alert_id=self.alert_id) if message not in self.rationales:
                    self.rationales.append(message)
        self.states.sort(key=lambda one: one.seq)
        self.moments.sort(key=lambda one: one.at_ms)
        self.rationales.sort(key=lambda one: one.at_ms)

    def rest_on(self, segments: Iterable[Segment]) -> None:
        """The segments of the evidence among these."""
        wanted = {item.segment_id for one in self.states for item in one.evidence}
        self.segments.update({one.segment_id: one for one in segments if one.segment_id in wanted})


def call_of(alert_id: str) -> str:
    """The call in `call/rule/onset_ms`.

    Raises:
        SettingsError: it is no alert's id.
    """
    call_id, _, rest = alert_id.rpartition("/")[0].rpartition("/")
    if not call_id or not rest or not alert_id.rpartition("/")[2].isdigit():
        raise SettingsError(
            f"{alert_id} is no alert's id: CALL/RULE/ONSET_MS, as the board and the alerts topic have it."
        )
    return call_id
