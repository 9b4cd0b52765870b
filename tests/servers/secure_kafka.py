"""A Kafka as deploy/kafka/server.properties closes it: TLS, SCRAM-SHA-512, default deny; certificates made for the run, one user a role."""

import datetime as dt
import ipaddress
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from demo.servers.kafka import Secured, start_kafka
from streams.rights import apply_rights, set_password
from streams.settings import load_settings

SHIPPED = Path(__file__).parents[2] / "deploy/kafka/server.properties"
ADMIN = "admin"
Client = dict[str, str | int | float | bool]


@dataclass(frozen=True)
class SecureKafka:
    """A running broker; `password` of role R is `password_of(R)`."""

    bootstrap: str
    authority: Path

    def client(self, role: str) -> Client:
        """How a role's clients connect, as librdkafka names it."""
        return {
            "bootstrap.servers": self.bootstrap,
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": user_of(role),
            "sasl.password": password_of(role),
            "ssl.ca.location": str(self.authority),
            "log_level": 0,
        }

    def environment(self, role: str) -> dict[str, str]:
        """The same as settings of canbao."""
        return {
            "CANBAO_KAFKA_BOOTSTRAP": self.bootstrap,
            "CANBAO_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "CANBAO_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
            "CANBAO_KAFKA_SASL_USERNAME": user_of(role),
            "CANBAO_KAFKA_SASL_PASSWORD": password_of(role),
            "CANBAO_KAFKA_CA_FILE": str(self.authority),
        }


def user_of(role: str) -> str:
    """The principal of a role."""
    return role if role == ADMIN else f"canbao-{role}"


def password_of(role: str) -> str:
    """Its password in this run."""
    return f"secret-of-{role}"


@contextmanager
def secure_kafka(folder: Path, roles: Iterable[str]) -> Iterator[SecureKafka]:
    """The broker as an operator sets it up: its owner makes a user for each role and gives the rights of the list."""
    folder.mkdir(parents=True)
    broker, authority = certificates(folder)
    shipped = dict(line.split("=", 1) for line in SHIPPED.read_text().splitlines() if line and not line.startswith("#"))
    shipped |= {"ssl.keystore.location": str(broker), "ssl.truststore.location": str(authority)}
    kafka = SecureKafka("", authority)
    owner = {name: str(value) for name, value in kafka.client(ADMIN).items() if name not in {"bootstrap.servers", "log_level"}}
    users = {ADMIN: password_of(ADMIN)}
    closed = {name: shipped[name] for name in ("listener.security.protocol.map", "inter.broker.listener.name")}
    with start_kafka(folder / "broker", closed, secured=Secured(shipped, owner, users)) as server:
        kafka = SecureKafka(server.bootstrap, authority)
        settings = load_settings(kafka.environment(ADMIN))
        for role in roles:
            set_password(settings, role, password_of(role))
        apply_rights(settings)
        yield kafka


def certificates(folder: Path) -> tuple[Path, Path]:
    """PEM files of a broker on 127.0.0.1 (key and certificate) and of the authority that signed it."""
    authority_key, broker_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "canbao-ca")])
    authority = _certificate(authority_name, authority_name, authority_key, authority_key, is_authority=True)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "canbao-broker")])
    broker = _certificate(name, authority_name, broker_key, authority_key, is_authority=False)
    pem = serialization.Encoding.PEM
    key = broker_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "broker.pem").write_bytes(key + broker.public_bytes(pem) + authority.public_bytes(pem))
    (folder / "ca.pem").write_bytes(authority.public_bytes(pem))
    return folder / "broker.pem", folder / "ca.pem"


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey, *, is_authority: bool
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
    )
    return made.sign(signer, hashes.SHA256())
