"""What a role tells of itself when it begins: settings that were changed, no secret."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import SecretStr

from tonewatch.stream.audit.role_start import models_of, said_of
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.settings import MonitorSettings, load


def test_settings_that_differ_from_their_defaults_are_told() -> None:
    said = said_of(load(MonitorSettings, rolling_s=7.5))
    assert said["rolling_s"] == "7.5"
    assert "kafka_session_timeout_ms" not in said


def test_of_a_secret_only_that_it_is_set_and_of_an_address_no_password() -> None:
    settings = load(
        MonitorSettings,
        redis="redis://ada:hunter2@redis:6379/0?password=x",
        kafka_password=SecretStr("hunter2"),
        kafka_user="m",
        kafka_mechanism="SCRAM-SHA-512",
    )
    said = said_of(settings)
    assert said["redis"] == "redis://redis:6379/0"
    assert said["kafka_password"] == "set"
    assert "hunter2" not in str(said)


def test_a_file_of_rules_is_told_by_the_hash_of_what_it_holds(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("version: 1\n")
    said = said_of(load(MonitorSettings, rules=str(file)))
    assert said["rules.sha256"] == hashlib.sha256(b"version: 1\n").hexdigest()
    file.unlink()
    assert said_of(load(MonitorSettings, rules=str(file)))["rules.sha256"].startswith("not readable")


def test_models_are_told_by_name_and_version() -> None:
    metrics = Metrics()
    metrics.model.labels(of="encoder", name="whisper", version="abc").set(1)
    assert models_of(metrics) == {"model.encoder": "whisper abc"}
