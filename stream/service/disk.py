"""How full the disk is that a role writes to, as metrics."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

from tonewatch.stream.service.metrics import Metrics


def tell_disk(metrics: Metrics, of: str, folder: Path) -> None:
    """Asked at each scrape, of the folder or of the nearest one above it that is there already."""
    metrics.disk_free.labels(of=of).set_function(lambda: _usage(folder)[0])
    metrics.disk_size.labels(of=of).set_function(lambda: _usage(folder)[1])


def _usage(folder: Path) -> tuple[float, float]:
    """Bytes free and in all; not a number where the system does not say."""
    there = next((path for path in (folder, *folder.resolve().parents) if path.is_dir()), None)
    if there is None:
        return math.nan, math.nan
    try:
        usage = shutil.disk_usage(there)
    except OSError:
        return math.nan, math.nan
    return usage.free, usage.total
