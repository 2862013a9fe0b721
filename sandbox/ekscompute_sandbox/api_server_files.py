"""Keys, certificates, tokens, and commands of one API server, written to its directory."""

from __future__ import annotations

import ipaddress
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
# The field manager of the edits of aws-auth by EKS.
WRITER = "vpcLambda"


@dataclass(slots=True, frozen=True)
class Ports:
    """The addresses of an API server and its etcd."""

    secure: int
    etcd_client: int
    etcd_peer: int


@dataclass(slots=True, frozen=True)
class Tokens:
    """Bearer tokens that do not require a token review."""

    administrator: str
    writer: str

    @classmethod
    def make(cls) -> Tokens:
        """Generate tokens."""
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(24))


def write_identity(folder: Path, tokens: Tokens, webhook: str) -> bytes:
    """Write the files that do not change on a restart. Return the CA certificate in PEM format."""
    authority_key, authority = _authority()
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(HOST))]
    certificate = (
        _certificate("kube-apiserver", key.public_key(), authority.subject)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    _write_private(folder / "serving.key", key)
    (folder / "serving.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    _write_private(folder / "service-accounts.key", ec.generate_private_key(ec.SECP256R1()))
    rows = [
        f'{tokens.administrator},sandbox:administrator,sandbox:administrator,"system:masters"',
        f'{tokens.writer},eks:{WRITER},eks:{WRITER},"system:masters"',
    ]
    (folder / "tokens.csv").write_text("\n".join(rows) + "\n")
    review = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "sandbox", "cluster": {"server": webhook}}],
        "contexts": [{"name": "sandbox", "context": {"cluster": "sandbox", "user": ""}}],
        "current-context": "sandbox",
    }
    (folder / "token-review.json").write_text(json.dumps(review))
    return authority.public_bytes(serialization.Encoding.PEM)


def write_commands(folder: Path, programs: Path, ports: Ports) -> None:
    """Write the commands that the guardian starts."""
    etcd_url, peer_url = f"http://{HOST}:{ports.etcd_client}", f"http://{HOST}:{ports.etcd_peer}"
    commands = {
        "etcd": [
            str(programs / "etcd"),
            "--data-dir=etcd-data",
            f"--listen-client-urls={etcd_url}",
            f"--advertise-client-urls={etcd_url}",
            f"--listen-peer-urls={peer_url}",
            "--unsafe-no-fsync=true",
            "--log-level=error",
        ],
        "kube-apiserver": [
            str(programs / "kube-apiserver"),
            f"--etcd-servers={etcd_url}",
            f"--secure-port={ports.secure}",
            f"--bind-address={HOST}",
            # Otherwise, it is determined from the network, which fails without a default route.
            f"--advertise-address={HOST}",
            "--endpoint-reconciler-type=none",
            "--tls-cert-file=serving.crt",
            "--tls-private-key-file=serving.key",
            "--cert-dir=.",
            "--token-auth-file=tokens.csv",
            "--authentication-token-webhook-config-file=token-review.json",
            "--authentication-token-webhook-version=v1",
            "--authentication-token-webhook-cache-ttl=0s",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-account-signing-key-file=service-accounts.key",
            "--service-account-key-file=service-accounts.key",
            "--service-cluster-ip-range=10.100.0.0/16",
            "--disable-admission-plugins=ServiceAccount",
            "--shutdown-delay-duration=0s",
            "--v=0",
        ],
    }
    (folder / "commands.json").write_text(json.dumps(commands))


def _authority() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kubernetes")])
    certificate = (
        _certificate("kubernetes", key.public_key(), name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return key, certificate


def _certificate(subject: str, key: ec.EllipticCurvePublicKey, issuer: x509.Name) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=30))
    )


def _write_private(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )
