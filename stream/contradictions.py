"""What settings contradict each other, in one line that names the variable; '' where they agree."""

from __future__ import annotations

from typing import Any, Protocol
from urllib.parse import urlsplit

K, R = "TONEWATCH_KAFKA_", "TONEWATCH_REDIS_"

PASSWORD_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
REDIS_SCHEMES = ("redis", "rediss", "redis+sentinel", "rediss+sentinel")

_TLS_FILES = ("ca_file", "certificate_file", "key_file", "key_password_file")
_USER = ("user", "password", "password_file")
_ENDPOINT = ("token_client_id", "token_client_secret", "token_client_secret_file", "token_scope", "token_ca_file")
_TOKEN = ("token_file", "token_url", "token_extensions", *_ENDPOINT)


class _KafkaSecurity(Protocol):
    @property
    def protocol(self) -> str: ...

    @property
    def kafka_mechanism(self) -> str: ...


def of_kafka(settings: _KafkaSecurity) -> str:
    """The first contradiction among the settings of Kafka's security."""
    given = _Given(settings, "kafka_", K)
    return _encryption(settings.protocol, given) or _sasl(settings.protocol, settings.kafka_mechanism, given)


class _Given:
    """Which of the settings with one beginning have a value."""

    def __init__(self, settings: object, stem: str, prefix: str) -> None:
        self._settings, self._stem, self._prefix = settings, stem, prefix

    def value(self, name: str) -> str:
        found: Any = getattr(self._settings, self._stem + name)
        return str(found.get_secret_value() if hasattr(found, "get_secret_value") else found)

    def __call__(self, name: str) -> bool:
        return bool(self.value(name))

    def first(self, *names: str) -> str:
        """The variable of the first that has one; '' for none."""
        return next((self.variable(name) for name in names if self(name)), "")

    def variable(self, name: str) -> str:
        return self._prefix + name.upper()


def _encryption(protocol: str, given: _Given) -> str:
    found = given.first(*_TLS_FILES)
    if found and not protocol.endswith("SSL"):
        return f"{found} is set, but {K}PROTOCOL={protocol} encrypts nothing: use SSL or SASL_SSL, or leave it out."
    if given("certificate_file") != given("key_file"):
        missing = "key_file" if given("certificate_file") else "certificate_file"
        return f"{given.variable(missing)} is missing: a client certificate needs its private key, and it that."
    if given("key_password_file") and not given("key_file"):
        return f"{K}KEY_PASSWORD_FILE is set, but no {K}KEY_FILE that it opens."
    return ""


def _sasl(protocol: str, mechanism: str, given: _Given) -> str:
    if not protocol.startswith("SASL"):
        found = given.first("mechanism", *_USER, *_TOKEN)
        named = f"{K}PROTOCOL={protocol} tells nobody who we are"
        return f"{found} is set, but {named}: set {K}MECHANISM, and SASL_SSL as the protocol." if found else ""
    if not mechanism:
        those = ", ".join((*PASSWORD_MECHANISMS, "OAUTHBEARER"))
        return f"{K}MECHANISM is missing: {K}PROTOCOL={protocol} needs one of {those}."
    return _password(mechanism, given) if mechanism in PASSWORD_MECHANISMS else _token(given)


def _password(mechanism: str, given: _Given) -> str:
    if found := given.first(*_TOKEN):
        return f"{found} is set, but {K}MECHANISM={mechanism} takes no token: use OAUTHBEARER, or leave it out."
    if not given("user"):
        return f"{K}USER is missing: {K}MECHANISM={mechanism} needs one."
    if given("password") == given("password_file"):
        both = given("password")
        return (
            f"{K}PASSWORD and {K}PASSWORD_FILE are both set: leave one out."
            if both
            else f"{K}PASSWORD_FILE is missing (or {K}PASSWORD): {K}MECHANISM={mechanism} needs one of them."
        )
    return ""


def _token(given: _Given) -> str:
    if found := given.first(*_USER):
        return f"{found} is set, but {K}MECHANISM=OAUTHBEARER takes a token: leave it out, or use PLAIN or SCRAM."
    if given("token_file") == given("token_url"):
        both = given("token_file")
        return (
            f"{K}TOKEN_FILE and {K}TOKEN_URL are both set: leave one out."
            if both
            else f"{K}TOKEN_FILE is missing (or {K}TOKEN_URL): {K}MECHANISM=OAUTHBEARER needs one of them."
        )
    if any("=" not in pair for pair in given.value("token_extensions").split(",") if given("token_extensions")):
        return f"{K}TOKEN_EXTENSIONS: write name=value, separated by commas."
    return _endpoint(given)


def _endpoint(given: _Given) -> str:
    if not given("token_url"):
        found = given.first(*_ENDPOINT)
        return f"{found} is set, but no {K}TOKEN_URL that it belongs to." if found else ""
    address = urlsplit(given.value("token_url"))
    local = address.scheme == "http" and address.hostname in ("127.0.0.1", "localhost", "::1")
    if not local and (address.scheme != "https" or not address.hostname):
        return f"{K}TOKEN_URL: give an https:// address; a client secret is not sent unencrypted."
    if not given("token_client_id"):
        return f"{K}TOKEN_CLIENT_ID is missing: {K}TOKEN_URL is asked with it."
    if given("token_client_secret") == given("token_client_secret_file"):
        return f"{K}TOKEN_CLIENT_SECRET_FILE or {K}TOKEN_CLIENT_SECRET: set one of them, for {K}TOKEN_URL."
    return ""


def of_redis(settings: object) -> str:
    """The first contradiction among the settings of Redis; its URL, which can hold a password, is not repeated."""
    given = _Given(settings, "redis_", R)
    try:
        address = urlsplit(str(getattr(settings, "redis", "")))
        _ = "," in address.netloc or address.port  # of one host: a port that is no number is a ValueError
    except ValueError:
        return "TONEWATCH_REDIS: not a URL; try redis://127.0.0.1:6379/0."
    return _redis_address(address.scheme, address.netloc) or _redis_files(address, given)


def _redis_address(scheme: str, place: str) -> str:
    if scheme in ("redis+cluster", "rediss+cluster") or (scheme in ("redis", "rediss") and "," in place):
        return (
            "TONEWATCH_REDIS: a Redis Cluster is not supported, since the board's keys are written in one transaction: "
            "name a single Redis or Valkey, or sentinels by redis+sentinel://HOST:26379,HOST:26379/MASTER/0."
        )
    if scheme == "unix" or scheme in REDIS_SCHEMES:
        return ""
    return f"TONEWATCH_REDIS: '{scheme}' is none of {', '.join(REDIS_SCHEMES)} (as in redis://127.0.0.1:6379/0)."


def _redis_files(address: Any, given: _Given) -> str:  # noqa: ANN401
    found = given.first("ca_file", "certificate_file", "key_file")
    if found and not address.scheme.startswith("rediss"):
        return f"{found} is set, but TONEWATCH_REDIS begins with {address.scheme}://: TLS is rediss://."
    if given("certificate_file") != given("key_file"):
        missing = "key_file" if given("certificate_file") else "certificate_file"
        return f"{given.variable(missing)} is missing: a client certificate needs its private key, and it that."
    if given("password_file") and ":" in address.netloc.rpartition("@")[0]:
        return f"{R}PASSWORD_FILE is set, and TONEWATCH_REDIS holds a password too: leave one out."
    sentinel = given.first("sentinel_user", "sentinel_password_file")
    if sentinel and not address.scheme.endswith("+sentinel"):
        return f"{sentinel} is set, but TONEWATCH_REDIS names no sentinels (redis+sentinel://)."
    return ""
