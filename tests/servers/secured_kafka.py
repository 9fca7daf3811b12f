"""Apache Kafka with a listener that wants TLS and a password, beside the plain one that it talks to itself by."""

from __future__ import annotations

from typing import ClassVar, Final

from confluent_kafka.admin import (
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from tests.servers.apache_kafka import ApacheKafka
from tests.servers.certificates import Certificates, make_certificates
from tests.servers.ports import own_port
from tests.waiting import PATIENCE_S

USER: Final = "lasttouch"
PASSWORD: Final = "t0p-s3cret"
_JAAS: Final = "listener.name.secured.{}.sasl.jaas.config"
_MODULES: Final = "org.apache.kafka.common.security"


class SecuredKafka(ApacheKafka):
    """Takes `USER` with `PASSWORD` by SASL/PLAIN, and by SCRAM-SHA-512 once `let_in` was called."""

    name: ClassVar[str] = "Apache Kafka with TLS and SASL"

    def __init__(self) -> None:
        super().__init__()
        self._secured_port = own_port()
        self.certificates: Certificates = make_certificates(self.folder / "certificates")

    @property
    def secured_servers(self) -> str:
        """The address of the listener that wants TLS and a password."""
        return f"127.0.0.1:{self._secured_port}"

    def let_in(self) -> None:
        """Make the user known for SCRAM."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap_servers})
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4_096)
        made = UserScramCredentialUpsertion(USER, info, PASSWORD.encode())
        for done in admin.alter_user_scram_credentials([made]).values():
            done.result(PATIENCE_S)

    def _properties(self) -> dict[str, str]:
        plain = super()._properties()
        pem = self.folder / "keystore.pem"
        pem.write_bytes(self.certificates.key.read_bytes() + self.certificates.certificate.read_bytes())
        secured = f"SECURED://127.0.0.1:{self._secured_port}"
        return plain | {
            "listeners": f"{plain['listeners']},{secured}",
            "advertised.listeners": f"{plain['advertised.listeners']},{secured}",
            "listener.security.protocol.map": f"{plain['listener.security.protocol.map']},SECURED:SASL_SSL",
            "listener.name.secured.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
            _JAAS.format("plain"): f'{_MODULES}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";',
            _JAAS.format("scram-sha-512"): f"{_MODULES}.scram.ScramLoginModule required;",
            "listener.name.secured.ssl.keystore.type": "PEM",
            "listener.name.secured.ssl.keystore.location": str(pem),
        }
