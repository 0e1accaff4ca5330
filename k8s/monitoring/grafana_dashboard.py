"""The board for Grafana, as code: `python k8s/monitoring/grafana_dashboard.py` writes grafana-dashboard.json beside it.

Rows go from what people see (calls, delay, alerts) to what makes it so. Each panel is one line below.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("grafana-dashboard.json")
WIDTH, HEIGHT, COLUMNS = 8, 7, 24
SOURCE = {"type": "prometheus", "uid": "${source}"}
RATE = "[$__rate_interval]"


@dataclass(frozen=True)
class Panel:
    """`queries`: expression and legend of each. `unit`: one of Grafana's ids. `warn`: a line is drawn there."""

    title: str
    queries: tuple[tuple[str, str], ...]
    unit: str = "short"
    warn: float | None = None
    kind: str = "timeseries"


def quantile(share: float, histogram: str, by: str, where: str = "") -> str:
    return f"histogram_quantile({share}, sum by (le, {by}) (rate({histogram}_bucket{where}{RATE})))"


def share(part: str, whole: str) -> str:
    return f"sum(rate({part}{RATE})) / sum(rate({whole}{RATE}))"


ROWS: dict[str, tuple[Panel, ...]] = {
    "Is it well?": (
        Panel("Ready", (("min by (instance) (tonewatch_ready)", "{{instance}}"),), kind="stat"),
        Panel("Missing", (("tonewatch_dependency_up == 0", "{{instance}} lacks {{of}}"),), kind="stat"),
        Panel("Release", (("sum by (role, version) (tonewatch_build_info)", "{{role}} {{version}}"),), kind="stat"),
    ),
    "Calls and alerts": (
        Panel("Calls open", (("sum(tonewatch_calls_open_count)", "calls"),)),
        Panel(
            "Since the newest audio",
            (('time() - max(tonewatch_newest_record_timestamp_seconds{topic="tonewatch.calls.v1"})', "s"),),
            "s",
            20,
        ),
        Panel("Calls closed", ((f"sum by (reason) (rate(tonewatch_calls_closed_total{RATE}))", "{{reason}}"),), "ops"),
        Panel("Alerts", ((f"sum by (event) (rate(tonewatch_alert_events_total{RATE}))", "{{event}}"),), "ops"),
        Panel(
            "Alerts fired, by rule",
            (('sum by (rule) (increase(tonewatch_alert_events_total{event="fired"}[1h]))', "{{rule}}"),),
        ),
        Panel(
            "Precision over a day",
            (
                (
                    "sum by (rule) (increase(tonewatch_alerts_upheld_total[1d]))"
                    " / sum by (rule) (increase(tonewatch_alerts_reviewed_total[1d]))",
                    "{{rule}}",
                ),
            ),
            "percentunit",
            0.5,
        ),
        Panel("Boards open", (("sum(tonewatch_board_sockets_count)", "boards"),)),
        Panel("Calls not analysed", ((f"sum(rate(tonewatch_calls_not_analysed_total{RATE}))", "calls"),), "ops"),
        Panel(
            "Channels that look swapped",
            (
                ("sum by (sign) (increase(tonewatch_channels_doubted_total[1d]))", "{{sign}}"),
                ("sum by (role) (increase(tonewatch_calls_first_speaker_total[1d]))", "{{role}} spoke first"),
            ),
        ),
        Panel(
            "Boards that read too slowly", ((f"sum(rate(tonewatch_board_slow_sockets_total{RATE}))", "boards"),), "ops"
        ),
        Panel(
            "Sealed records not opened",
            (
                (
                    f'sum by (topic, outcome) (rate(tonewatch_sealed_records_total{{outcome!="shredded"}}{RATE}))',
                    "{{topic}} {{outcome}}",
                ),
                (f"sum(rate(tonewatch_call_keys_made_total{RATE}))", "keys made"),
            ),
            "ops",
        ),
        Panel("Audit events lost", ((f"sum(rate(tonewatch_audit_events_lost_total{RATE}))", "events"),), "ops"),
    ),
    "Delay and lag": (
        Panel("From the end of speech, p95", ((quantile(0.95, "tonewatch_delay_seconds", "at"), "{{at}}"),), "s", 3),
        Panel("From the end of speech, p50", ((quantile(0.5, "tonewatch_delay_seconds", "at"), "{{at}}"),), "s"),
        Panel("Stages, p95", ((quantile(0.95, "tonewatch_stage_seconds", "stage"), "{{stage}}"),), "s"),
        Panel("Lag", (("sum by (group, topic) (tonewatch_lag_records)", "{{group}} {{topic}}"),)),
        Panel("Records read", ((f"sum by (topic) (rate(tonewatch_records_total{RATE}))", "{{topic}}"),), "ops"),
        Panel(
            "Oldest loop", (("max by (instance, loop) (tonewatch_loop_age_seconds)", "{{instance}} {{loop}}"),), "s", 60
        ),
        Panel("Audio that waits", (("sum by (instance) (tonewatch_queued_bytes)", "{{instance}}"),), "bytes"),
        Panel("Reading paused", ((f"sum by (instance) (rate(tonewatch_pauses_total{RATE}))", "{{instance}}"),), "ops"),
        Panel("Moments that wait", (("sum(tonewatch_moments_waiting_count)", "moments"),)),
    ),
    "What is left out or refused": (
        Panel("Shed", ((f"sum by (what) (rate(tonewatch_shed_total{RATE}))", "{{what}}"),), "ops"),
        Panel(
            "Dead letters",
            ((f"sum by (topic, reason) (rate(tonewatch_dead_letters_total{RATE}))", "{{topic}} {{reason}}"),),
            "ops",
        ),
        Panel("Retries", ((f"sum by (of) (rate(tonewatch_retries_total{RATE}))", "{{of}}"),), "ops"),
        Panel("Chunks", ((f"sum by (role) (rate(tonewatch_chunks_total{RATE}))", "{{role}}"),), "ops"),
        Panel("Lines of open calls", (("sum by (state) (tonewatch_lines_count)", "{{state}}"),)),
        Panel(
            "Lines that change",
            ((f"sum by (state, reason) (rate(tonewatch_line_changes_total{RATE}))", "{{state}} {{reason}}"),),
            "ops",
        ),
        Panel("Segments repeated", ((f"sum(rate(tonewatch_segments_repeated_total{RATE}))", "segments"),), "ops"),
        Panel(
            "Callers' segments, by why not judged",
            ((f'sum by (abstained) (rate(tonewatch_segments_total{{role!="agent"}}{RATE}))', "{{abstained}}"),),
            "ops",
        ),
        Panel("Reasons", ((f"sum by (fallback) (rate(tonewatch_rationales_total{RATE}))", "{{fallback}}"),), "ops"),
    ),
    "Notifications": (
        Panel(
            "Messages to receivers",
            ((f"sum by (target, outcome) (rate(tonewatch_notifications_total{RATE}))", "{{target}} {{outcome}}"),),
            "ops",
        ),
        Panel("Messages that wait", (("sum by (target) (tonewatch_notifications_waiting_count)", "{{target}}"),)),
        Panel("Receivers", (("min by (target) (tonewatch_notification_target_up)", "{{target}}"),), kind="stat"),
    ),
    "Doors": (
        Panel("Calls at the doors", (("sum by (door) (tonewatch_door_calls_count)", "{{door}}"),)),
        Panel(
            "Calls over, by how",
            ((f"sum by (door, reason) (rate(tonewatch_door_calls_over_total{RATE}))", "{{door}} {{reason}}"),),
            "ops",
        ),
        Panel(
            "Frames",
            ((f"sum by (door, outcome) (rate(tonewatch_door_frames_total{RATE}))", "{{door}} {{outcome}}"),),
            "ops",
        ),
        Panel(
            "Connections refused",
            ((f"sum by (door, reason) (rate(tonewatch_door_refused_total{RATE}))", "{{door}} {{reason}}"),),
            "ops",
        ),
        Panel("Audio that Kafka has not taken", (("sum(tonewatch_door_waiting_bytes)", "bytes"),), "bytes"),
    ),
    "Models": (
        Panel("Drift (PSI)", (("max by (emotion) (tonewatch_posterior_psi)", "{{emotion}}"),), "short", 0.25),
        Panel(
            "Mean share",
            (
                (
                    f"sum by (emotion) (rate(tonewatch_posterior_share_sum{RATE}))"
                    f" / sum by (emotion) (rate(tonewatch_posterior_share_count{RATE}))",
                    "{{emotion}}",
                ),
            ),
            "percentunit",
        ),
        Panel(
            "Segments under the index", (("sum by (instance) (tonewatch_posterior_window_segments)", "{{instance}}"),)
        ),
        Panel(
            "Models",
            (("sum by (of, name, version) (tonewatch_model_info)", "{{of}} {{name}} {{version}}"),),
            kind="stat",
        ),
        Panel(
            "They run on",
            (("sum by (of, provider) (tonewatch_execution_provider_info)", "{{of}} {{provider}}"),),
            kind="stat",
        ),
        Panel("Foreign weights", ((f"sum(rate(tonewatch_foreign_embeddings_total{RATE}))", "segments"),), "ops"),
    ),
    "What it stands on": (
        Panel(
            "Redis",
            (
                ("max(tonewatch_redis_memory_used_bytes)", "used"),
                ("max(tonewatch_redis_memory_max_bytes) > 0", "bound"),
            ),
            "bytes",
        ),
        Panel("Disk, free", (("tonewatch_disk_free_bytes / tonewatch_disk_size_bytes", "{{of}}"),), "percentunit", 0.1),
        Panel(
            "Memory of the processes", (("sum by (instance) (process_resident_memory_bytes)", "{{instance}}"),), "bytes"
        ),
        Panel(
            "CPU of the processes", ((f"sum by (instance) (rate(process_cpu_seconds_total{RATE}))", "{{instance}}"),)
        ),
        Panel("Starts", (('changes(process_start_time_seconds{job=~".*tonewatch.*"}[1h])', "{{instance}}"),)),
    ),
}


def dashboard() -> dict[str, Any]:
    """As Grafana imports it (schema version 39); the data source is a variable."""
    panels: list[dict[str, Any]] = []
    y = 0
    for title, row in ROWS.items():
        panels.append(_row(len(panels) + 1, title, y))
        y += 1
        for place, panel in enumerate(row):
            x = place * WIDTH % COLUMNS
            panels.append(_panel(len(panels) + 1, panel, x, y + HEIGHT * (place * WIDTH // COLUMNS)))
        y += HEIGHT * -(-len(row) * WIDTH // COLUMNS)
    source = {"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}
    return {
        "uid": "tonewatch",
        "title": "Tonewatch",
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser",
        "tags": ["tonewatch"],
        "templating": {"list": [source]},
        "annotations": {"list": []},
        "panels": panels,
    }


def _row(number: int, title: str, y: int) -> dict[str, Any]:
    place = {"x": 0, "y": y, "w": COLUMNS, "h": 1}
    return {"id": number, "type": "row", "title": title, "collapsed": False, "gridPos": place, "panels": []}


def _panel(number: int, panel: Panel, x: int, y: int) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.warn is not None:
        steps.append({"color": "red", "value": panel.warn})
    custom = {"thresholdsStyle": {"mode": "line" if panel.warn is not None else "off"}}
    defaults: dict[str, Any] = {"unit": panel.unit, "thresholds": {"mode": "absolute", "steps": steps}}
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "datasource": SOURCE,
        "gridPos": {"x": x, "y": y, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {
            "defaults": {**defaults, "custom": custom} if panel.kind == "timeseries" else defaults,
            "overrides": [],
        },
        "targets": [
            {"refId": chr(ord("A") + index), "datasource": SOURCE, "expr": expression, "legendFormat": legend}
            for index, (expression, legend) in enumerate(panel.queries)
        ],
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(dashboard(), indent=1) + "\n", encoding="utf-8")
