"""The clips of some corpora over a plain telephone line, read by us and by Praat."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

import msgspec
import numpy as np

from tonewatch.models.corpora import MANIFEST, RATE_HZ, Clip, load_samples, read_manifest
from tonewatch.models.prosody import praat
from tonewatch.models.prosody.reading import ProsodyMetrics, ProsodyReading, compare
from tonewatch.models.telephone import PHONE_HZ, band_limit, rms
from tonewatch.stream.errors import DependencyError
from tonewatch.workers import pitch, prosody
from tonewatch.workers.audio import codecs
from tonewatch.workers.audio.codecs import Samples
from tonewatch.workers.audio.voice_activity import FRAME_MS, VoiceActivity

OURS, PRAAT = "Tonewatch, telephone", "Praat, telephone"

LONGEST_S = 30.0

_BAND_HZ = (300.0, 3_400.0)
LINE_RMS = 0.05

Track = Callable[[Sequence[Clip], str], Iterable[Clip]]


class Bench(msgspec.Struct, frozen=True, kw_only=True):
    """`rows`: method -> corpus -> metrics."""

    machine: str
    command: str
    rows: dict[str, dict[str, ProsodyMetrics]]


def chosen(data: Path, clips: int) -> dict[str, list[Clip]]:
    """`clips` of every corpus under `data` (or of `data` itself), as many of each speaker.

    Clips that were cut short are left out, and those of over LONGEST_S, which are calls and no utterances.

    Raises DependencyError when there is no manifest.
    """
    manifests = [data / MANIFEST] if (data / MANIFEST).is_file() else sorted(data.glob(f"*/{MANIFEST}"))
    corpora: dict[str, list[Clip]] = {}
    for manifest in manifests:
        whole = [clip for clip in read_manifest(manifest) if clip.head_s is None and clip.duration_s <= LONGEST_S]
        if whole:
            corpora[manifest.parent.name] = in_turn(whole, clips)
    if not corpora:
        raise DependencyError(f"no {MANIFEST} with clips in {data} or right under it: --data names their folder")
    return corpora


def in_turn(clips: Iterable[Clip], count: int) -> list[Clip]:
    """At most `count` clips: as many of each speaker, from all over the speaker's own list."""
    by_speaker: dict[str, list[Clip]] = {}
    for clip in clips:
        by_speaker.setdefault(clip.speaker, []).append(clip)
    each = -(-count // max(1, len(by_speaker)))
    # Every k-th clip, so that a speaker's clips come from the whole list and not from its beginning.
    spread = [own[:: max(1, len(own) // each)][:each] for own in by_speaker.values()]
    return [clip for turn in zip_longest(*spread) for clip in turn if clip is not None][:count]


def telephone(samples: Samples, gain: float) -> Samples:
    """300 to 3400 Hz, mu-law, 8 kHz; from RATE_HZ."""
    narrow = codecs.resample(samples, RATE_HZ, PHONE_HZ) * np.float32(gain)
    banded = band_limit(narrow, PHONE_HZ, *_BAND_HZ)
    return codecs.decode(codecs.encode(np.asarray(banded, np.float32), "mulaw"), "mulaw")


def ours(samples: Samples, rate_hz: int) -> ProsodyReading:
    detector = VoiceActivity(rate_hz)
    speech = np.concatenate([frames.speech for frames in (detector.push(samples), detector.flush())])
    whole = samples[: len(speech) * (rate_hz * FRAME_MS // 1000)]
    began = time.process_time()
    facts = prosody.measure(whole, rate_hz, speech)
    spent_s = time.process_time() - began
    return ProsodyReading(
        f0_hz=pitch.track(whole, rate_hz).f0_hz,
        syllables_per_s=facts.rate_syl_per_s,
        level_db=facts.level_db,
        pause_share=facts.pause_share,
        f0_median_st=facts.f0_median_st,
        f0_confidence=facts.confidence.f0_median_st if facts.confidence else None,
        spent_s=spent_s,
    )


def run(corpora: dict[str, list[Clip]], track: Track) -> dict[str, dict[str, ProsodyMetrics]]:
    """Metrics of both methods at telephone band, with Praat at full band as the reference."""
    praat.load()
    pairs = {name: list(_over_line(name, clips, track)) for name, clips in corpora.items()}
    rows: dict[str, dict[str, ProsodyMetrics]] = {}
    for method, read in ((OURS, ours), (PRAAT, praat.read)):
        readings = {name: [read(line, PHONE_HZ) for line, _ in own] for name, own in pairs.items()}
        rows[method] = {name: _metrics(readings[name], own) for name, own in pairs.items()}
    return rows


def _over_line(name: str, clips: list[Clip], track: Track) -> Iterator[tuple[Samples, ProsodyReading]]:
    """Every clip over the line, at one gain for a corpus, and Praat's reading of it at full band."""
    loudness = float(np.median([rms(load_samples(clip.path)) for clip in clips]))
    for clip in track(clips, name):
        samples = load_samples(clip.path)
        yield telephone(samples, LINE_RMS / loudness), praat.read(samples, RATE_HZ)


def _metrics(readings: Sequence[ProsodyReading], pairs: Sequence[tuple[Samples, ProsodyReading]]) -> ProsodyMetrics:
    seconds = sum(len(line) for line, _ in pairs) / PHONE_HZ
    return compare(readings, [reference for _, reference in pairs], seconds)
