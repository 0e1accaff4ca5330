"""Prosody of one segment as numbers; a value that the audio does not carry is null.

Everything is measured over speech frames only, so silence around the speech changes nothing. `loudness`, `melody`,
`nuclei` (syllables), `prominence` and `timbre` measure one thing each, every one with its confidence; `measurement`
puts them together.
"""

from __future__ import annotations

from tonewatch.workers.prosody.measurement import MIN_SPEECH_MS, measure

__all__ = ["MIN_SPEECH_MS", "measure"]
