"""Settings: one frozen class per role, read once in the command and passed down.

Every field can be set in the environment as TONEWATCH_ and its name in capitals; command-line options win over it.
SETTINGS.md is the table of all of them; `python -m tonewatch.stream.settings` prints it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from tonewatch.stream import contradictions
from tonewatch.stream.errors import SettingsError

PREFIX = "TONEWATCH_"
LOCAL_REDIS = "redis://127.0.0.1:6379/0"

LLM_ENGINES = ("small", "llama", "torch", "omni", "http", "none")
"""Who can write the reasons: see `ExplainSettings`."""

REDACTED = ("card", "phone", "account", "email", "birth", "number")
"""What a transcript is rid of: the kinds of `workers/redaction/redactor.py`."""

KNOWN_ELSEWHERE = (
    "TONEWATCH_KAFKA_JARS",
    "TONEWATCH_CHROMIUM",
    "TONEWATCH_DATA",
    "TONEWATCH_POSTGRES_PASSWORD",
    "TONEWATCH_REDIS_SERVER",
)
"""Variables that tests, benches and the compose file read; so are all that begin with TONEWATCH_TEST_."""

S = TypeVar("S", bound=BaseSettings)


class _Settings(BaseSettings):
    # Without its input an error of validation cannot show a password.
    model_config = SettingsConfigDict(frozen=True, env_prefix=PREFIX, extra="ignore", hide_input_in_errors=True)


def _refuse(contradiction: str) -> None:
    if contradiction:
        raise ValueError(contradiction)


class KafkaSecurity(_Settings):
    """How Kafka's connections are encrypted, and who it is told we are: kafka/SECURITY.md."""

    kafka_protocol: Literal["", "PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="",
        description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL; empty: SASL_SSL where a mechanism is named, SSL where "
        "a CA or a client certificate is, else PLAINTEXT",
    )
    kafka_mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] = Field(
        default="", description="how the user is proved: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER"
    )
    kafka_user: str = Field(default="", description="for PLAIN and SCRAM: the user, or the API key")
    kafka_password: SecretStr = Field(default=SecretStr(""), description="of the user, or the API key's secret")
    kafka_password_file: str = Field(
        default="", description="path of a file that holds the password instead; read again at each connection"
    )
    kafka_ca_file: str = Field(default="", description="path of the CA's certificates in PEM; empty: the system's")
    kafka_certificate_file: str = Field(
        default="", description="path of a client certificate in PEM, with its chain; loaded again when it changes"
    )
    kafka_key_file: str = Field(default="", description="path of the client certificate's private key in PEM")
    kafka_key_password_file: str = Field(default="", description="path of a file that holds the private key's password")
    kafka_check_host_name: bool = Field(
        default=True, description="is the broker's certificate for the name it has here"
    )
    kafka_token_file: str = Field(
        default="", description="for OAUTHBEARER: path of a file that holds a token; read again at each connection"
    )
    kafka_token_url: str = Field(
        default="", description="for OAUTHBEARER: token endpoint, asked with the client's credentials (https)"
    )
    kafka_token_client_id: str = Field(default="", description="of the token endpoint")
    kafka_token_client_secret: SecretStr = Field(default=SecretStr(""), description="of the token endpoint")
    kafka_token_client_secret_file: str = Field(
        default="", description="path of a file that holds the client secret instead; read again for each token"
    )
    kafka_token_scope: str = Field(default="", description="asked of the token endpoint; scopes separated by blanks")
    kafka_token_ca_file: str = Field(
        default="", description="path of the token endpoint's CA in PEM; empty: the system's"
    )
    kafka_token_extensions: str = Field(
        default="", description="sent to Kafka with a token: name=value, separated by commas"
    )

    @property
    def protocol(self) -> str:
        """As given, or what the other settings mean."""
        if self.kafka_protocol:
            return self.kafka_protocol
        if self.kafka_mechanism:
            return "SASL_SSL"
        return "SSL" if self.kafka_ca_file or self.kafka_certificate_file else "PLAINTEXT"

    @model_validator(mode="after")
    def _kafka_security_agrees(self) -> Self:
        _refuse(contradictions.of_kafka(self))
        return self


KafkaCodec = Literal["none", "gzip", "lz4", "snappy", "zstd"]


class KafkaSettings(KafkaSecurity):
    """How to reach Kafka."""

    kafka: str = Field(default="127.0.0.1:9092", description="bootstrap servers, host:port, separated by commas")
    kafka_idempotent: bool = Field(
        default=True,
        description="idempotent producers; needs a broker that knows InitProducerId (Apache Kafka does, the embedded "
        "one does not)",
    )
    kafka_fetch_wait_ms: int = Field(
        default=50, ge=1, le=5000, description="how long the broker may hold an empty fetch; it adds to every delay"
    )
    kafka_session_timeout_ms: int = Field(
        default=6_000,
        ge=1000,
        description="a worker not heard of for this long is dead; Kafka's least unless told otherwise",
    )
    kafka_partitions: int = Field(default=8, ge=1, description="of a topic that is created")
    kafka_replication: int = Field(default=1, ge=1, description="copies of each partition of a topic that is created")
    kafka_compression: KafkaCodec = Field(
        default="gzip",
        description="of record batches: none, gzip, lz4, snappy or zstd; gzip is the one that every Kafka client reads "
        "as it is installed",
    )
    kafka_audio_compression: KafkaCodec = Field(
        default="zstd",
        description="the same of the batches of tonewatch.calls.v1, which only listeners and archives read",
    )
    audit_key_file: str = Field(
        default="",
        description="path of a file with the key (32 bytes or more) that seals what is written to tonewatch.audit.v1; "
        "empty: the records are chained and not sealed",
    )
    call_keys: Literal["off", "read", "on"] = Field(
        default="off",
        description="on: each call's records are sealed under a key of its own, which `tonewatch erase` destroys; "
        "read: sealed records are opened, and all is written in the clear (call_keys/README.md)",
    )
    master_key_file: str = Field(
        default="",
        description="path of the file of master keys (32 bytes in base64 a line, the first wraps) that wrap the "
        "keys of calls; `tonewatch keys make` writes one",
    )
    kafka_instance: str = Field(
        default="",
        description="name of this process that outlives it: a restart within the session time-out moves no partition",
    )

    @property
    def compression(self) -> str | None:
        """Of all topics but the calls', as the clients call it."""
        return None if self.kafka_compression == "none" else self.kafka_compression

    @property
    def audio_compression(self) -> str | None:
        """Of the calls topic. zstd halves a line's bytes and more for a hundredth of what listening to it costs."""
        return None if self.kafka_audio_compression == "none" else self.kafka_audio_compression


WEIGHTS_FOLDER = Field(default="", description="folder of model weights; empty: the one in the package")
LOG_LEVEL = Field(default="INFO", description="least level that is logged: DEBUG, INFO, WARNING or ERROR")
REDIS = Field(
    default=LOCAL_REDIS,
    repr=False,
    description="URL of the board's Redis: redis://, rediss:// (TLS), redis+sentinel:// or rediss+sentinel://; can "
    "hold a password",
)
CALLER_SECRET = Field(
    default=SecretStr(""),
    description="callers' ids are known by a hash with it (16 bytes at least); empty: no caller is remembered",
)
CALLER_SECRET_FILE = Field(default="", description="path of a file that holds the callers' secret instead")
WEIGHTS = Field(
    default="full",
    pattern="^(full|commercial)$",
    description="full heard non-commercial corpora too; commercial only data that allows commercial use",
)
METRICS_PORT = Field(default=0, ge=0, le=65535, description="of metrics and probes; 0: none")
METRICS_HOST = Field(
    default="127.0.0.1",
    min_length=1,
    description="address of metrics and probes; nobody signs in to them, so beyond this machine (0.0.0.0) only where a "
    "network policy says who may ask",
)
TRACE_RATIO = Field(
    default=0.0,
    ge=0,
    le=1,
    description="share of the segments that are traced from chunk to board, by OpenTelemetry (extra otel); 0: none",
)


class RedisSettings(_Settings):
    """How to reach the board's Redis: board/REDIS.md."""

    redis: str = REDIS
    redis_user: str = Field(default="", description="ACL user of Redis; empty: the one in the URL, else `default`")
    redis_password_file: str = Field(
        default="", description="path of a file that holds Redis' password; read again at each connection"
    )
    redis_ca_file: str = Field(
        default="", description="for rediss://: path of the CA's certificates in PEM; empty: the system's"
    )
    redis_certificate_file: str = Field(default="", description="for rediss://: path of a client certificate in PEM")
    redis_key_file: str = Field(default="", description="path of the client certificate's private key in PEM")
    redis_sentinel_user: str = Field(default="", description="ACL user of the sentinels; empty: `default`")
    redis_sentinel_password_file: str = Field(
        default="", description="path of a file that holds the sentinels' password; empty: they ask for none"
    )

    @model_validator(mode="after")
    def _redis_security_agrees(self) -> Self:
        _refuse(contradictions.of_redis(self))
        return self


APP_ID = Field(default="tonewatch-monitor", description="consumer group, and beginning of the changelog's name")
BOARD_TTL_S = Field(default=86_400, ge=60, description="a call that is over is shown for this long")
SHADOW = Field(
    default="",
    pattern="^([a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?)?$",
    description="name of a shadow beside the live role: own group, own topics (`<topic>.shadow.NAME`), no Redis",
)
REQUIRE_GPU = Field(default=False, description="not ready while its model does not run on a GPU")


class RoleSettings(KafkaSettings):
    """What every long-running role has."""

    metrics_port: int = METRICS_PORT
    metrics_host: str = METRICS_HOST
    trace_ratio: float = TRACE_RATIO
    log_level: str = LOG_LEVEL


class ListenSettings(RoleSettings):
    """`tonewatch listen`."""

    encoder: str = Field(default="", description="path of an ONNX file; empty: the one in the package")
    weights: str = WEIGHTS
    weights_folder: str = WEIGHTS_FOLDER
    encoder_threads: int = Field(default=1, ge=1, description="of the encoder's session")
    pause_ms: int = Field(default=400, ge=100, le=2000, description="silence that ends a segment")
    max_segment_ms: int = Field(default=4000, ge=1000, le=10_000, description="a longer segment is cut")
    call_idle_s: float = Field(default=60.0, gt=0, description="a call that sends nothing for this long is put aside")
    call_hold_s: float = Field(default=1800.0, gt=0, description="and is closed after this long without an end")
    drift_reference: str = Field(
        default="", description="path of the posterior's reference, for its drift; empty: the one beside the weights"
    )
    asr: bool = Field(default=True, description="speech-to-text of the caller")
    asr_every: bool = Field(
        default=True, description="of all the caller's speech while there is time; else around a change of tone only"
    )
    asr_model: str = Field(default="", description="folder of a CTranslate2 Whisper model; empty: tiny.en of a package")
    asr_language: str = Field(
        default="auto",
        pattern="^([a-z]{2,3}|auto)$",
        description="what a model of many languages hears; auto: identified",
    )
    asr_queue: int = Field(default=8, ge=0, description="segments that may wait for their words; more are left out")
    asr_threads: int = Field(default=1, ge=1, description="of speech-to-text")
    asr_redact: str = Field(
        default=",".join(REDACTED),
        pattern=f"^(none|({'|'.join(REDACTED)})(,({'|'.join(REDACTED)}))*)$",
        description=f"what is taken out of transcripts before they are written: {', '.join(REDACTED)}; or none",
    )
    caller_secret: SecretStr = CALLER_SECRET
    caller_secret_file: str = CALLER_SECRET_FILE
    analyse_teams: str = Field(
        default="",
        description="teams whose calls may be analysed where the caller was told, by commas; a call without a team is "
        "of none; empty: all",
    )
    analyse_mixed_reason: str = Field(
        default="",
        description="mono recordings hold the agent's voice too: analysed only if a written reason stands here",
    )
    require_gpu: bool = REQUIRE_GPU
    shadow: str = SHADOW


class MonitorSettings(RoleSettings, RedisSettings):
    """`tonewatch monitor`."""

    sink: bool = Field(default=True, description="fill the board's Redis from this process")
    weights: str = WEIGHTS
    weights_folder: str = WEIGHTS_FOLDER
    relative_head: str = Field(default="", description="path of the head that goes with the listener's encoder file")
    rules: str = Field(default="", description="path of a YAML file of rules, followed while it runs; empty: built in")
    rolling_s: float = Field(
        default=60.0,
        ge=0,
        le=3600,
        description="where no alert is open, a reason this often if anything changed; 0: never",
    )
    reason_language: Literal["en", "de"] = Field(
        default="en", description="in which the sentences of alerts and reasons are told: en or de"
    )
    app_id: str = APP_ID
    web_port: int = Field(default=0, ge=0, le=65535, description="of faust's own web server; 0: none")
    callers_kept_days: int = Field(default=90, ge=0, le=3650, description="0: no caller is remembered")
    board_events: int = Field(default=20_000, ge=100, description="length of the Redis stream")
    board_ttl_s: int = BOARD_TTL_S
    shadow: str = SHADOW


class CallerSettings(KafkaSettings):
    """`tonewatch callers`."""

    caller_secret: SecretStr = CALLER_SECRET
    caller_secret_file: str = CALLER_SECRET_FILE


class ExplainSettings(RoleSettings):
    """`tonewatch explain`. `llm`: which engine gives the reasons.

    small  the explainer that comes with Tonewatch, in onnxruntime
    llama  Gemma 3 270M, or `llm_model` as a GGUF file, in llama.cpp in this process
    torch  a causal language model in transformers, `llm_model` by its hub id or folder
    omni   EmotionThinker or another Qwen2.5-Omni in transformers, which listens too
    http   any OpenAI-compatible server
    none   every reason is the sentence from the facts
    """

    llm: str = Field(
        default="small",
        pattern=f"^({'|'.join(LLM_ENGINES)})$",
        description=f"who writes the reasons: {', '.join(LLM_ENGINES)}",
    )
    weights_folder: str = WEIGHTS_FOLDER
    llm_speaks: str = Field(
        default="auto",
        pattern="^(auto|model|argument)$",
        description="whose words a model's decision is shown in: its own, or the argument's where both agree; auto is "
        "argument for small, else model",
    )
    llm_url: str = Field(default="", description="for http: the server's address, up to and with /v1")
    llm_model: str = Field(
        default="", description="for http a name; for llama a GGUF file; for torch and omni a hub id or a folder"
    )
    llm_key: SecretStr = Field(default=SecretStr(""), description="for http: the bearer token")
    llm_adapter: str = Field(default="", description="LoRA adapter for llama: a GGUF file")
    llm_device: str = Field(default="cpu", description="for small and torch: cpu or cuda")
    llm_guided: str = Field(
        default="schema", pattern="^(schema|grammar|none)$", description="for http: how answers are held to their form"
    )
    llm_threads: int = Field(default=1, ge=1, description="of an engine in this process")
    llm_parallel: int = Field(default=4, ge=1, description="moments asked about at once")
    llm_attempts: int = Field(default=2, ge=1, description="how often a server that fails is asked")
    llm_deadline_s: float = Field(default=25.0, gt=0, description="an answer after it is late: the facts speak")
    llm_queue: int = Field(default=8, ge=0, description="moments that may wait; more get the sentence from the facts")
    require_gpu: bool = REQUIRE_GPU


DATABASE = Field(
    default="sqlite:///tonewatch.db",
    repr=False,
    description="of the archive: SQLite or PostgreSQL as a URL; can hold a password",
)
DATABASE_PASSWORD_FILE = Field(
    default="", description="path of a file that holds the database's password; read again at each connection"
)
STORE = Field(
    default="tonewatch-audio",
    min_length=1,
    description="folder of the archive's audio files, or a bucket as `s3://bucket/folder` (extra `s3`)",
)
ARCHIVE_DAYS = Field(
    default=0, ge=0, description="calls that ended longer ago are taken out of the archive; 0: none is"
)
STORE_ENDPOINT = Field(default="", description="URL of a server that speaks S3, where the bucket is not Amazon's")


class ArchiveSettings(RoleSettings):
    """`tonewatch archive`."""

    database: str = DATABASE
    database_password_file: str = DATABASE_PASSWORD_FILE
    store: str = STORE
    archive_words: Literal["alerts", "all", "none"] = Field(
        default="alerts",
        description="whose transcripts are kept: of calls with an alert or a verdict, of all, or none",
    )
    archive_measured: Literal["alerts", "none"] = Field(
        default="alerts",
        description="whose measurements and tone line are kept, for rules to be replayed: of calls with an alert or a "
        "verdict, or none; those of sampled calls are in any case",
    )
    archive_sample: float = Field(
        default=0.0,
        ge=0.0,
        le=1.0,
        description="share of calls that is kept whole although nothing alerts, drawn at their beginning; only where "
        "the caller was told",
    )
    archive_agent: bool = Field(
        default=False, description="keep the agent's voice beside the caller's, for people to hear; it is never judged"
    )
    archive_days: int = ARCHIVE_DAYS
    store_endpoint: str = STORE_ENDPOINT


class EraseSettings(KafkaSettings, RedisSettings):
    """`tonewatch erase` and `tonewatch export-person`."""

    database: str = DATABASE
    database_password_file: str = DATABASE_PASSWORD_FILE
    store: str = STORE
    store_endpoint: str = STORE_ENDPOINT
    app_id: str = APP_ID
    caller_secret: SecretStr = CALLER_SECRET
    caller_secret_file: str = CALLER_SECRET_FILE
    erase_key: SecretStr = Field(
        default=SecretStr(""), description="signs the receipts of erasures (32 bytes at least)"
    )
    erase_key_file: str = Field(default="", description="path of a file that holds the key of receipts instead")


class RetentionSettings(EraseSettings):
    """`tonewatch retention`."""

    board_ttl_s: int = BOARD_TTL_S
    archive_days: int = ARCHIVE_DAYS


class NotifySettings(RoleSettings):
    """`tonewatch notify`."""

    notify_routes: str = Field(
        default="",
        description="path of a YAML file of receivers and routes, followed while it runs; empty: nobody is told",
    )
    notify_host: str = Field(default="127.0.0.1", description="address that acknowledgements from messages come to")
    notify_port: int = Field(
        default=0, ge=0, le=65535, description="port that acknowledgements from messages come to; 0: none"
    )


class DashboardSettings(KafkaSettings, RedisSettings):
    """`tonewatch dashboard`. Kafka is needed only for what users do with alerts."""

    dashboard_users: str = Field(
        default="", description="path of the file of local users (`tonewatch users` writes it), followed while it runs"
    )
    dashboard_review: bool = Field(
        default=False, description="serve the review desk over the archive's database and audio files"
    )
    dashboard_review_days: int = Field(
        default=7,
        ge=1,
        description="so long after its first verdict a moment can be judged by others, who do not see that verdict; "
        "from then on everybody who reviews does, and nobody new judges it",
    )
    dashboard_budgets: str = Field(
        default="",
        description="path of a file that says how many alerts an hour a supervisor can look at, by team and queue, "
        "followed while it runs; beyond it the board holds back the least severe, empty: none",
    )
    database: str = DATABASE
    database_password_file: str = DATABASE_PASSWORD_FILE
    store: str = STORE
    store_endpoint: str = STORE_ENDPOINT
    dashboard_user_header: str = Field(
        default="", description="header in which a trusted proxy that signs people in says who they are"
    )
    dashboard_proxies: str = Field(
        default="", description="addresses and networks of trusted proxies, by commas, as 10.1.0.0/16"
    )
    dashboard_proxy_secret: SecretStr = Field(
        default=SecretStr(""), description="by which a trusted proxy is known: header X-Tonewatch-Proxy-Secret"
    )
    dashboard_proxy_secret_file: str = Field(default="", description="path of a file that holds this secret instead")
    dashboard_proxy_role: Literal["", "supervisor", "qa", "integrator", "admin"] = Field(
        default="", description="role of a user whom a proxy names and the file of users does not; empty: refused"
    )
    dashboard_oidc_issuer: str = Field(
        default="", description="of the OpenID Connect provider that signs people in, as it calls itself (https)"
    )
    dashboard_oidc_client_id: str = Field(default="", description="of this board at the provider")
    dashboard_oidc_client_secret: SecretStr = Field(
        default=SecretStr(""), description="of this board at the provider; none for a public client"
    )
    dashboard_oidc_client_secret_file: str = Field(
        default="", description="path of a file that holds this secret instead; read again at each sign-in"
    )
    dashboard_oidc_scope: str = Field(default="openid profile", description="asked of the provider")
    dashboard_oidc_name: str = Field(default="your organisation", description="of the provider on the sign-in page")
    dashboard_oidc_name_claim: str = Field(default="preferred_username", description="claim with a user's name")
    dashboard_oidc_role_claim: str = Field(default="roles", description="claim with the role or roles")
    dashboard_oidc_roles: str = Field(
        default="", description="roles by values of that claim, as `leads=supervisor,it=admin`; empty: values are roles"
    )
    dashboard_oidc_queues_claim: str = Field(
        default="", description="claim with a user's queues, `*` for all; empty: everybody has all queues"
    )
    dashboard_oidc_teams_claim: str = Field(
        default="", description="claim with a user's teams, `*` for all; empty: everybody has all teams"
    )
    dashboard_public_url: str = Field(
        default="",
        description="of the board as browsers see it, as https://board.example.com; the provider leads to it",
    )
    dashboard_hosts: str = Field(
        default="", description="names that the board is asked by, by commas, beside those of loopback"
    )
    dashboard_session_secret: SecretStr = Field(
        default=SecretStr(""),
        description="signs sessions (32 bytes at least, the same for all board servers); empty: drawn at each start",
    )
    dashboard_session_secret_file: str = Field(default="", description="path of a file that holds this secret instead")
    dashboard_session_idle_min: int = Field(
        default=60, ge=1, le=1440, description="minutes without anything done on the page, after which a session ends"
    )
    dashboard_session_hours: int = Field(default=12, ge=1, le=168, description="after which any session ends")
    dashboard_clients: int = Field(default=1000, ge=1, description="websockets at once; a further one is refused")
    dashboard_clients_of_one: int = Field(default=20, ge=1, description="websockets of one person at once")
    dashboard_connections_of_address: int = Field(
        default=250,
        ge=1,
        description="connections of one address (of IPv6 one /64) at once, beside open websockets; a further one is "
        "hung up on",
    )
    dashboard_connections_of_proxy: int = Field(
        default=1000, ge=1, description="the same of one trusted proxy, by its address in TONEWATCH_DASHBOARD_PROXIES"
    )
    dashboard_demo: bool = Field(
        default=False, description="sign in by one click as a demo supervisor; on loopback alone"
    )
    dashboard_host: str = Field(default="127.0.0.1", description="address that the board listens on")
    dashboard_port: int = Field(default=8321, ge=0, le=65535, description="port that the board listens on")
    metrics_port: int = METRICS_PORT
    metrics_host: str = METRICS_HOST
    trace_ratio: float = TRACE_RATIO
    log_level: str = LOG_LEVEL


class DoorSettings(RoleSettings):
    """`tonewatch door`: doors/README.md. A door that has no address stays closed."""

    door_twilio: str = Field(default="", description="host:port of Twilio's media streams (path /twilio)")
    door_audiohook: str = Field(default="", description="host:port of Genesys AudioHook (path /audiohook)")
    door_freeswitch: str = Field(
        default="", description="host:port of FreeSWITCH's and jambonz' audio streams (path /freeswitch)"
    )
    door_livekit: str = Field(default="", description="host:port of LiveKit's track egress (path /livekit)")
    door_websocket: str = Field(default="", description="host:port of plain websockets (path /websocket)")
    door_audiosocket: str = Field(default="", description="host:port of Asterisk's AudioSocket (TCP)")
    door_rtp: str = Field(default="", description="host:first-last, the UDP ports of RTP, as 10.0.0.5:40000-40998")
    door_announce: str = Field(
        default="", description="host:port where calls of AudioSocket and RTP are announced (HTTP, POST /calls)"
    )
    door_media_networks: str = Field(
        default="",
        description="networks from which AudioSocket without TLS and RTP may come, as 10.1.0.0/16,192.0.2.7; empty: "
        "this machine, and AudioSocket with TLS where there is a certificate",
    )
    door_secrets: SecretStr = Field(
        default=SecretStr(""), description="who may use which door: lines `DOOR TENANT SECRET`, or parted by semicolons"
    )
    door_secrets_file: str = Field(
        default="", description="path of a file that holds these lines instead; read again at each connection"
    )
    door_certificate_file: str = Field(
        default="", description="path of the doors' certificate in PEM, with its chain; loaded again when it changes"
    )
    door_key_file: str = Field(default="", description="path of the certificate's private key in PEM")
    door_behind_proxy: bool = Field(
        default=False, description="a proxy ends TLS before the doors, and its X-Forwarded- headers are believed"
    )
    door_public_url: str = Field(
        default="",
        description="wss://host of the doors as the telephony system was told it; empty: the handshake's own",
    )
    door_grace_s: float = Field(
        default=10.0, ge=0, le=600, description="a call whose connection broke waits so long for it to come again"
    )
    door_drain_s: float = Field(
        default=20.0, ge=0, le=3600, description="at a stop, calls that are spoken may go on for so long"
    )
    door_calls: int = Field(
        default=500, ge=1, description="connections of one tenant at once, and calls that it has announced"
    )
    door_address_calls: int = Field(default=500, ge=1, description="connections of one address at once")
    door_channels: int = Field(default=4, ge=1, le=16, description="channels of one call")
    door_bytes_s: int = Field(
        default=524_288, ge=4_096, description="bytes a second of one connection; it is read no faster"
    )
    door_message_bytes: int = Field(default=65_536, ge=1_024, description="of one message, the most")
    door_idle_s: float = Field(default=60.0, gt=0, description="a connection that says nothing for so long is closed")


ROLES: dict[str, type[KafkaSettings]] = {
    "listen": ListenSettings,
    "monitor": MonitorSettings,
    "explain": ExplainSettings,
    "archive": ArchiveSettings,
    "notify": NotifySettings,
    "dashboard": DashboardSettings,
    "callers": CallerSettings,
    "erase": EraseSettings,
    "retention": RetentionSettings,
    "door": DoorSettings,
}
"""The settings of each command that has its own; every other one that speaks to Kafka has `KafkaSettings`."""


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
        if not first["loc"]:  # Two settings that contradict each other: the text names them.
            raise SettingsError(first["msg"].removeprefix("Value error, ")) from None
        name = PREFIX + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name}: {first['msg']}.") from error


def plain_environment(kind: type[BaseSettings]) -> dict[str, str]:
    """No encryption and no user, whatever the environment says: variables of KafkaSecurity, or of RedisSettings.

    The URL of Redis, which is no secret by itself, is left to who knows the server.
    """
    fields = {name: info for name, info in kind.model_fields.items() if name != "redis"}
    return {PREFIX + name.upper(): "true" if info.default is True else "" for name, info in fields.items()}


def plain_settings(bootstrap: str, **more: object) -> KafkaSettings:
    """Of a client of brokers without security, whatever the environment says of others."""
    without = {name.removeprefix(PREFIX).lower(): value for name, value in plain_environment(KafkaSecurity).items()}
    return load(KafkaSettings, kafka=bootstrap, **without, **more)


def variables() -> dict[str, tuple[FieldInfo, list[str]]]:
    """Every variable with its field and the commands that read it; of KafkaSettings' own: all."""
    found: dict[str, tuple[FieldInfo, list[str]]] = {}
    # Roles share fields by inheritance; the first one found stands for all of them.
    for role, kind in ROLES.items():
        for name, info in kind.model_fields.items():
            found.setdefault(PREFIX + name.upper(), (info, []))[1].append(role)
    return found


def unknown_variables(environment: Iterable[str]) -> dict[str, str]:
    """Names that begin as a setting does and are none, each with the nearest that is one, or with nothing."""
    known = [*variables(), *KNOWN_ELSEWHERE]
    unknown = sorted(
        name
        for name in environment
        if name.upper().startswith(PREFIX) and name.upper() not in known and not name.startswith(PREFIX + "TEST_")
    )
    # Compared without the prefix, which would make any two names alike.
    plain = {name.removeprefix(PREFIX): name for name in known}
    near = {name: difflib.get_close_matches(name.upper().removeprefix(PREFIX), plain, 1) for name in unknown}
    return {name: plain[matches[0]] if matches else "" for name, matches in near.items()}


def table() -> str:
    """All settings as Markdown, by name."""
    rows = ["| variable | read by | default | meaning |", "|---|---|---|---|"]
    for name, (info, roles) in sorted(variables().items()):
        read_by = "all" if set(roles) == set(ROLES) else ", ".join(roles)
        rows.append(f"| `{name}` | {read_by} | {_default(info)} | {info.description} |")
    return "\n".join(rows) + "\n"


def _default(info: FieldInfo) -> str:
    value = info.default.get_secret_value() if isinstance(info.default, SecretStr) else info.default
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{text}`" if text else ""


PAGE = Path(__file__).with_name("SETTINGS.md")


def renew(page: Path = PAGE) -> None:
    """Write the table of a page again; what stands before it is left as it is."""
    before, _, _ = page.read_text(encoding="utf-8").partition("| variable |")
    page.write_text(before + table(), encoding="utf-8")


if __name__ == "__main__":
    renew()
