"""The effects of a telephone line on speech, as pure functions; randomness comes from the generator passed in."""

from __future__ import annotations

from tonewatch.models.telephone.echo import add_echo, echo_path
from tonewatch.models.telephone.g711 import Codec, Companding, Samples, a_law, mu_law
from tonewatch.models.telephone.line import (
    ODDS,
    PHONE_HZ,
    WIDE_HZ,
    Odds,
    phone_line,
    random_line,
    random_transmission,
)
from tonewatch.models.telephone.networks import NETWORK_CODECS, NetworkCodec, codecs_at, through
from tonewatch.models.telephone.noise import add_noise, babble, coloured_noise, hum
from tonewatch.models.telephone.packets import PACKET_MS, conceal, gilbert_elliott, lose_packets, pitch_period
from tonewatch.models.telephone.shape import (
    band_limit,
    clip,
    crop,
    gain,
    level_control,
    peak_normalise,
    rms,
    trim_silence,
)

__all__ = [
    "NETWORK_CODECS",
    "ODDS",
    "PACKET_MS",
    "PHONE_HZ",
    "WIDE_HZ",
    "Codec",
    "Companding",
    "NetworkCodec",
    "Odds",
    "Samples",
    "a_law",
    "add_echo",
    "add_noise",
    "babble",
    "band_limit",
    "clip",
    "codecs_at",
    "coloured_noise",
    "conceal",
    "crop",
    "echo_path",
    "gain",
    "gilbert_elliott",
    "hum",
    "level_control",
    "lose_packets",
    "mu_law",
    "peak_normalise",
    "phone_line",
    "pitch_period",
    "random_line",
    "random_transmission",
    "rms",
    "through",
    "trim_silence",
]
