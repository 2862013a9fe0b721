"""Starts a provider as Terraform does, asks it for its schema over mutual TLS, and ends it.

As much HTTP/2 and gRPC as three calls need. The messages are empty, and of the answers only the size is read.
"""

from __future__ import annotations

import base64
import datetime
import os
import socket
import ssl
import struct
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

COOKIE = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, ACK, END_HEADERS = 1, 1, 4
LARGEST_WINDOW = 2**31 - 1
FIRST_WINDOW = 65_535
EMPTY_MESSAGE = struct.pack(">BI", 0, 0)
TIMEOUT_SECONDS = 60


@dataclass(slots=True)
class Served:
    """One start: moments in monotonic seconds, and the size of the schema's message in bytes."""

    handshake: float
    schema: float
    schema_bytes: int


class Identity:
    """A client's certificate and key as go-plugin makes them; made once, as it is the host's cost."""

    def __init__(self, directory: Path) -> None:
        key = ec.generate_private_key(ec.SECP521R1())
        organization = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "HashiCorp")
        name = x509.Name([organization, x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        now = datetime.datetime.now(datetime.UTC)
        usages = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(seconds=30))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .sign(key, hashes.SHA512())
        )
        self.pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
        self.file = directory / "client.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.file.write_bytes(private + self.pem.encode())


def serve_schema_once(program: Path, environment: dict[str, str], identity: Identity) -> Served:
    """Start the provider, get the schema, ask it to shut down, wait for its end."""
    variables = {
        "TF_PLUGIN_MAGIC_COOKIE": COOKIE,
        "PLUGIN_PROTOCOL_VERSIONS": "5,6",
        "PLUGIN_MIN_PORT": "10000",
        "PLUGIN_MAX_PORT": "25000",
        "PLUGIN_CLIENT_CERT": identity.pem,
        "TMPDIR": tempfile.gettempdir(),
        "PATH": os.environ["PATH"],
    }
    with subprocess.Popen(
        [program], env=variables | environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            fields = process.stdout.readline().strip().split("|")
            handshake = time.monotonic()
            if len(fields) != 6 or fields[:3] != ["1", "6", "unix"]:
                raise SystemExit(f"bench: not the handshake line of a provider: {fields}")
            with _Connection(fields[3], fields[5], identity) as connection:
                connection.begin("/plugin.GRPCStdio/StreamStdio")
                size = connection.call("/tfplugin6.Provider/GetProviderSchema")
                schema = time.monotonic()
                connection.call("/plugin.GRPCController/Shutdown")
            if process.wait(TIMEOUT_SECONDS) != 0:
                raise SystemExit(f"bench: the provider ended with status {process.returncode}")
        finally:
            process.kill()
    return Served(handshake, schema, size)


class _Connection:
    """One HTTP/2 connection."""

    def __init__(self, path: str, certificate: str, identity: Identity) -> None:
        plain = socket.socket(socket.AF_UNIX)
        plain.settimeout(TIMEOUT_SECONDS)
        plain.connect(path)
        der = base64.b64decode(certificate + "=" * (-len(certificate) % 4))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=der)
        # The handshake line names the leaf itself, which is no authority.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_cert_chain(identity.file)
        context.set_alpn_protocols(["h2"])
        self._socket = context.wrap_socket(plain, server_hostname="localhost")
        self._next_stream = 1
        settings = struct.pack(">HI", 4, LARGEST_WINDOW)
        window = struct.pack(">I", LARGEST_WINDOW - FIRST_WINDOW)
        preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        self._socket.sendall(preface + _frame(SETTINGS, 0, 0, settings) + _frame(WINDOW_UPDATE, 0, 0, window))

    def __enter__(self) -> _Connection:
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()

    def begin(self, path: str) -> int:
        """Send a request with an empty message; return its stream."""
        stream = self._next_stream
        self._next_stream += 2
        fields = {
            ":method": "POST",
            ":scheme": "https",
            ":authority": "localhost",
            ":path": path,
            "content-type": "application/grpc",
            "te": "trailers",
        }
        headers = b"".join(_field(name, value) for name, value in fields.items())
        request = _frame(HEADERS, END_HEADERS, stream, headers) + _frame(DATA, END_STREAM, stream, EMPTY_MESSAGE)
        self._socket.sendall(request)
        return stream

    def call(self, path: str) -> int:
        """Make a call; return the size of the answer's message."""
        stream, body, ended = self.begin(path), b"", False
        while not ended:
            kind, flags, of, payload = self._read_frame()
            if kind == SETTINGS and not flags & ACK:
                self._socket.sendall(_frame(SETTINGS, ACK, 0, b""))
            elif kind == PING and not flags & ACK:
                self._socket.sendall(_frame(PING, ACK, 0, payload))
            elif (kind == GOAWAY and _is_refusal(payload, stream)) or (kind == RST_STREAM and of == stream):
                raise SystemExit(f"bench: the provider refused {path}")
            elif of == stream and kind in (DATA, HEADERS):
                body += payload if kind == DATA else b""
                ended = bool(flags & END_STREAM)
        if len(body) < len(EMPTY_MESSAGE) or struct.unpack(">I", body[1:5])[0] != len(body) - 5:
            raise SystemExit(f"bench: {path} was answered without a message")
        return len(body) - 5

    def _read_frame(self) -> tuple[int, int, int, bytes]:
        high, low, kind, flags, stream = struct.unpack(">BHBBI", self._read(9))
        return kind, flags, stream & LARGEST_WINDOW, self._read(high << 16 | low)

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self._socket.recv(size - len(data))
            if not more:
                raise SystemExit("bench: the provider closed the connection")
            data += more
        return data


def _is_refusal(goaway: bytes, stream: int) -> bool:
    """Without an error, streams up to the last one named are still answered."""
    last, error = struct.unpack(">II", goaway[:8])
    return error != 0 or last & LARGEST_WINDOW < stream


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">BHBBI", len(payload) >> 16, len(payload) & 0xFFFF, kind, flags, stream) + payload


def _field(name: str, value: str) -> bytes:
    """A header as HPACK's literal that is not indexed; all of ours are shorter than 127 bytes."""
    return b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
