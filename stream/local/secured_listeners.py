"""An Apache Kafka that asks who is there: TLS, SCRAM, PLAIN, OAUTHBEARER, client certificates, and ACLs. For tests."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tonewatch.stream.local.certificates import Authority
from tonewatch.stream.settings import KafkaSettings

ADMIN = "admin"
_LOGIN = "org.apache.kafka.common.security"
_UNSECURED = f"{_LOGIN}.oauthbearer.internals.unsecured.OAuthBearerUnsecured"


@dataclass(frozen=True)
class Secured:
    """What such a cluster knows: the certificates, and users with their passwords beside its administrator.

    Each user is known by SCRAM and by PLAIN. Tokens are not signed (Kafka has such a validator for tests): whoever says
    `sub` is believed. The listener for client certificates takes whoever the authority knows, as `User:CN=NAME`.
    """

    authority: Authority
    users: Mapping[str, str] = field(default_factory=dict)
    admin_password: str = field(default_factory=lambda: secrets.token_hex(12), repr=False)

    def scram(self) -> list[str]:
        """Arguments of the storage tool's `format`, which is how the first users get into a cluster."""
        users = {**self.users, ADMIN: self.admin_password}
        return [
            word
            for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")
            for name, password in users.items()
            for word in ("--add-scram", f"{mechanism}=[name={name},password={password}]")
        ]

    def properties(self, folder: Path, address: str, tls_address: str, controller: str) -> dict[str, object]:
        """Of one node: SASL_SSL at `address`, SSL with client certificates at `tls_address`."""
        server = self.authority.issue(f"broker-{folder.name}", hosts="IP:127.0.0.1")
        outside = f"SASL_SSL://{address},SSL://{tls_address}"
        return {
            "listeners": f"{outside},CONTROLLER://{controller}",
            "advertised.listeners": outside,
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL",
            "inter.broker.listener.name": "SASL_SSL",
            "sasl.mechanism.inter.broker.protocol": "PLAIN",
            "sasl.enabled.mechanisms": "SCRAM-SHA-256,SCRAM-SHA-512,PLAIN,OAUTHBEARER",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": server.both,
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self.authority.certificate,
            "listener.name.ssl.ssl.client.auth": "required",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            # The controller's listener is on loopback and plain: what comes from there is the node itself.
            "super.users": f"User:{ADMIN};User:ANONYMOUS",
            **self._logins(),
        }

    def _logins(self) -> dict[str, object]:
        users = {**self.users, ADMIN: self.admin_password}
        known = " ".join(f'user_{name}="{password}"' for name, password in users.items())
        own = f'username="{ADMIN}" password="{self.admin_password}"'
        module = "listener.name.sasl_ssl.{}.sasl.jaas.config".format
        bearer = "listener.name.sasl_ssl.oauthbearer.sasl"
        return {
            module("scram-sha-256"): f"{_LOGIN}.scram.ScramLoginModule required;",
            module("scram-sha-512"): f"{_LOGIN}.scram.ScramLoginModule required;",
            module("plain"): f"{_LOGIN}.plain.PlainLoginModule required {own} {known};",
            module("oauthbearer"): f"{_LOGIN}.oauthbearer.OAuthBearerLoginModule required "
            f'unsecuredLoginStringClaim_sub="{ADMIN}";',
            f"{bearer}.server.callback.handler.class": f"{_UNSECURED}ValidatorCallbackHandler",
            f"{bearer}.login.callback.handler.class": f"{_UNSECURED}LoginCallbackHandler",
        }

    def environment(self, user: str, password: str) -> dict[str, str]:
        """What a client needs in its environment to come as `user`, by SCRAM."""
        return {
            "TONEWATCH_KAFKA_PROTOCOL": "SASL_SSL",
            "TONEWATCH_KAFKA_MECHANISM": "SCRAM-SHA-512",
            "TONEWATCH_KAFKA_USER": user,
            "TONEWATCH_KAFKA_PASSWORD": password,
            "TONEWATCH_KAFKA_CA_FILE": str(self.authority.certificate),
        }

    def settings(self, bootstrap: str, user: str = ADMIN) -> KafkaSettings:
        """Of a client that comes as `user`, by SCRAM."""
        password = self.admin_password if user == ADMIN else self.users[user]
        given = {
            name.removeprefix("TONEWATCH_").lower(): value for name, value in self.environment(user, password).items()
        }
        return KafkaSettings.model_validate({"kafka": bootstrap, **given})

    def client_properties(self, folder: Path) -> Path:
        """A file for `--command-config` of Kafka's own tools: the administrator."""
        file = folder / "admin.properties"
        login = f'username="{ADMIN}" password="{self.admin_password}"'
        with open(file, "w", opener=_private) as opened:
            opened.write(
                "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\nssl.truststore.type=PEM\n"
                f"ssl.truststore.location={self.authority.certificate}\n"
                f"sasl.jaas.config={_LOGIN}.scram.ScramLoginModule required {login};\n"
            )
        return file

    def write_passwords(self, folder: Path) -> None:
        """A file for each user, with its name, for TONEWATCH_KAFKA_PASSWORD_FILE."""
        for user, password in self.users.items():
            with open(folder / user, "w", opener=_private) as file:
                file.write(f"{password}\n")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def with_new_users(folder: Path, names: Iterable[str]) -> Secured:
    """A cluster to try things with: its CA, its users' passwords and its administrator's file lie in `folder`.

    Raises:
        DependencyError: there is no openssl.
    """
    # Private keys lie in it too.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    secured = Secured(Authority(folder), {name: secrets.token_hex(12) for name in names})
    secured.write_passwords(folder)
    secured.client_properties(folder)
    return secured
