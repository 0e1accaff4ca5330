"""One tree of errors.

    TonewatchError
    ├── SettingsError        a setting is missing or out of range
    │   └── UnheldMasterKey  a key is wrapped by a master key that the file does not hold
    ├── DependencyError      a package, program or model file is not there
    ├── AudioFileError       a file cannot be read as audio
    ├── DataError            labelled recordings are not laid out or not labelled as their corpus is
    ├── ModelError           a model file is broken or does not fit
    ├── BrokerError          Kafka cannot be reached or refuses
    │   └── AccessRefused    Kafka refuses our credentials, certificate or rights: a restart would not help
    ├── StoreError           Redis, the SQL database or the audio folder cannot be used
    └── BadRecord            a Kafka record that must go to its dead-letter topic
        ├── Undecodable      not msgpack / JSON, or a field is missing or of the wrong type
        ├── UnknownVersion   a message version this release does not know
        ├── TooLarge         what would be written because of it is larger than a topic takes
        ├── NotTheCallers    derived of a voice that may not be judged
        └── Unprocessable    well-formed, but it cannot be used (late, twice, wrong codec, ...)

Every message says what was wrong, where, and what to do.
"""

from __future__ import annotations


class TonewatchError(Exception):
    """Base of all errors that Tonewatch raises on purpose; its text is fit for a user."""

    exit_status = 1


class SettingsError(TonewatchError):
    """A setting is missing or out of range."""


class UnheldMasterKey(SettingsError):
    """A key of a call is wrapped by a master key that the process does not hold, as far as the file was read."""


class DependencyError(TonewatchError):
    """A package, program or model file that is needed is not there."""


class AudioFileError(TonewatchError):
    """A file cannot be read as audio."""


class DataError(TonewatchError):
    """Labelled recordings are not laid out, or not labelled, as they should be."""


class ModelError(TonewatchError):
    """A model file is broken, or does not fit what it is used for."""


class BrokerError(TonewatchError):
    """Kafka cannot be reached, or refused a request."""


class AccessRefused(BrokerError):
    """Kafka, or Redis, does not accept who we are, what we may do, or how we connect; trying again would not help."""

    exit_status = 77
    """EX_NOPERM of sysexits.h, so that a supervisor can tell it from a server that is away."""


class StoreError(TonewatchError):
    """Redis or the SQL database cannot be reached, or the folder of audio files cannot be written."""


class BadRecord(TonewatchError):
    """A record that goes to its dead-letter topic; `reason` is a short fixed word for counters."""

    reason = "bad_record"

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        if reason is not None:
            self.reason = reason


class Undecodable(BadRecord):
    """The bytes are not a message of the contract."""

    reason = "undecodable"


class UnknownVersion(BadRecord):
    """The message names a version this release does not know."""

    reason = "unknown_version"


class TooLarge(BadRecord):
    """What would be written because of the record is larger than a topic takes."""

    reason = "output_too_large"


class Unprocessable(BadRecord):
    """The message is well-formed but cannot be used: late, twice, wrong codec, too long."""

    reason = "unprocessable"


class NotTheCallers(BadRecord):
    """What was derived of an agent's voice, or of a call without notice."""

    reason = "not_the_callers"
