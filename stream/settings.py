"""Settings: one frozen class per role, read once in the command and passed down.

Every field can be set in the environment under the name in its alias; command-line options win over it.
"""

from __future__ import annotations

from typing import Any, Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from tonewatch.stream.errors import SettingsError

S = TypeVar("S", bound=BaseSettings)


class _Settings(BaseSettings):
    model_config = SettingsConfigDict(frozen=True, env_prefix="TONEWATCH_", extra="ignore")


class KafkaSettings(_Settings):
    """How to reach Kafka. `idempotent` needs a broker that knows InitProducerId (Apache Kafka does, Tansu does not)."""

    kafka: str = "127.0.0.1:9092"
    kafka_idempotent: bool = True
    kafka_fetch_wait_ms: int = Field(default=50, ge=1, le=5000)
    kafka_session_timeout_ms: int = Field(
        default=6_000,
        ge=1000,
        description="a worker not heard of for this long is dead; Kafka's least unless told otherwise",
    )
    kafka_partitions: int = Field(default=8, ge=1)
    kafka_replication: int = Field(default=1, ge=1)
    kafka_compression: Literal["none", "gzip", "lz4", "snappy", "zstd"] = "zstd"
    kafka_instance: str = Field(
        default="",
        description="Name of this process that outlives it: a restart within the session time-out moves no partition.",
    )

    @property
    def compression(self) -> str | None:
        """As the clients call it. zstd halves a line's bytes and more for a hundredth of what listening to it costs."""
        return None if self.kafka_compression == "none" else self.kafka_compression


class RoleSettings(KafkaSettings):
    """What every long-running role has."""

    metrics_port: int = Field(default=0, ge=0, le=65535, description="0: no metrics endpoint")
    log_level: str = "INFO"
    weights_folder: str = Field(default="", description="folder of model weights; empty: the one in the package")


WEIGHTS = Field(
    default="full",
    pattern="^(full|commercial)$",
    description="full heard non-commercial corpora too; commercial only data that allows commercial use",
)


class ListenSettings(RoleSettings):
    """`tonewatch listen`."""

    encoder: str = Field(default="", description="path of an ONNX file; empty: the one in the package")
    weights: str = WEIGHTS
    encoder_threads: int = Field(default=1, ge=1)
    pause_ms: int = Field(default=400, ge=100, le=2000)
    max_segment_ms: int = Field(default=4000, ge=1000, le=10_000)
    call_idle_s: float = Field(default=60.0, gt=0)
    asr: bool = True
    asr_model: str = Field(default="", description="folder of a CTranslate2 Whisper model; empty: tiny.en of a package")
    asr_language: str = Field(default="en", pattern="^[a-z]{2,3}$", description="what a model of many languages hears")
    asr_queue: int = Field(default=8, ge=0)
    asr_threads: int = Field(default=1, ge=1)
    caller_secret: SecretStr = Field(
        default=SecretStr(""), description="callers' ids are known by a hash with it; empty: no caller is remembered"
    )
    caller_secret_file: str = Field(default="", description="path of a file that holds the secret instead")
    analyse_mixed_reason: str = Field(
        default="",
        description="Mono recordings hold the agent's voice too: analysed only if a written reason stands here.",
    )


class MonitorSettings(RoleSettings):
    """`tonewatch monitor`."""

    redis: str = "redis://127.0.0.1:6379/0"
    sink: bool = True
    weights: str = WEIGHTS
    relative_head: str = Field(default="", description="path of the head that goes with the listener's encoder file")
    rules: str = Field(default="", description="path of a YAML file of rules, followed while it runs; empty: built in")
    rolling_s: float = Field(
        default=60.0,
        ge=0,
        le=3600,
        description="where no alert is open, a reason this often if anything changed; 0: never",
    )
    app_id: str = "tonewatch-monitor"
    web_port: int = Field(default=0, ge=0, le=65535)
    callers_kept_days: int = Field(default=90, ge=0, le=3650, description="0: no caller is remembered")
    board_events: int = Field(default=20_000, ge=100, description="length of the Redis stream")
    board_ttl_s: int = Field(default=86_400, ge=60)


class CallerSettings(KafkaSettings):
    """`tonewatch callers`."""

    caller_secret: SecretStr = SecretStr("")
    caller_secret_file: str = ""


class ExplainSettings(RoleSettings):
    """`tonewatch explain`. `llm`: which engine gives the reasons.

    small  the explainer that comes with Tonewatch, in onnxruntime
    llama  Gemma 3 270M, or `llm_model` as a GGUF file, in llama.cpp in this process
    torch  a causal language model in transformers, `llm_model` by its hub id or folder
    omni   EmotionThinker or another Qwen2.5-Omni in transformers, which listens too
    http   any OpenAI-compatible server
    none   every reason is the sentence from the facts
    """

    llm: str = Field(default="small", pattern="^(small|llama|torch|omni|http|none)$")
    llm_url: str = ""
    llm_model: str = ""
    llm_key: SecretStr = SecretStr("")
    llm_adapter: str = Field(default="", description="LoRA adapter for llama: a GGUF file")
    llm_device: str = Field(default="cpu", description="for small and torch: cpu or cuda")
    llm_guided: str = Field(default="schema", pattern="^(schema|grammar|none)$", description="for http")
    llm_threads: int = Field(default=1, ge=1)
    llm_parallel: int = Field(default=4, ge=1, description="moments asked about at once")
    llm_attempts: int = Field(default=2, ge=1)
    llm_deadline_s: float = Field(default=25.0, gt=0)
    llm_queue: int = Field(default=8, ge=0)


class ArchiveSettings(RoleSettings):
    """`tonewatch archive`. `store` is a local folder."""

    database: str = Field(default="sqlite:///tonewatch.db", repr=False, description="can hold a password")
    store: str = Field(default="tonewatch-audio", min_length=1)


class DashboardSettings(KafkaSettings):
    """`tonewatch dashboard`. Kafka is needed only for what people do with alerts.

    `dashboard_user_header` names the header in which a proxy that signs people in says who they are.
    """

    dashboard_user_header: str = ""
    redis: str = "redis://127.0.0.1:6379/0"
    dashboard_host: str = "127.0.0.1"
    dashboard_port: int = Field(default=8321, ge=0, le=65535)
    log_level: str = "INFO"


def load(kind: type[S], **overrides: object) -> S:
    """Settings from the environment; `overrides` (command-line options) win where they are not None.

    Raises:
        SettingsError: a value is missing or out of range; the text names the variable.
    """
    try:
        given: dict[str, Any] = {k: v for k, v in overrides.items() if v is not None}
        return kind(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = "TONEWATCH_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name}: {first['msg']}.") from error
