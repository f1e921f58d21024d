"""The app behind deploy/nginx.conf: TLS, sign-in, base path, long tokens, a cut connection."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.worlds.streets import ROOT

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
BASE = "quarterhour"
PASSWORD = base64.b64encode(b"li:secret").decode()
LONG = "sign_in=" + "x" * 12 * 1024


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    made = made.public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    pem = serialization.Encoding.PEM
    (folder / "tls.crt").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(pem))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    (folder / "tls.key").write_bytes(key.private_bytes(pem, form, plain))


@contextmanager
def _started_app(folder: Path) -> Iterator[int]:
    """The server with deploy/server.toml, with the port and paths of this test."""
    port = _free_port()
    text = (ROOT / "deploy" / "server.toml").read_text(encoding="utf-8")
    for sample, here in (
        ("/srv/quarterhour/studies", f"{folder}/studies"),
        ("/var/log/quarterhour/", f"{folder}/"),
        ("port = 8501", f"port = {port}"),
        ("plan.example.gov.cn", "localhost"),
    ):
        assert sample in text
        text = text.replace(sample, here)
    (folder / "studies").mkdir()
    (folder / "server.toml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "cli", "serve", "--config", str(folder / "server.toml")]
    kept = {key: value for key, value in os.environ.items() if not key.startswith("STREAMLIT_")}
    with (folder / "app.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=kept, stdout=log, stderr=log)
    try:
        _until_open(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def _started_nginx(folder: Path, port: int, upstream: int) -> Iterator[None]:
    """deploy/nginx.conf with the ports and paths of this test."""
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    for sample, here in (
        ("listen 80;", f"listen 127.0.0.1:{_free_port()};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("/etc/quarterhour/", f"{folder}/"),
        ("/etc/nginx/quarterhour.users", f"{folder}/users"),
        ("http://127.0.0.1:8501", f"http://127.0.0.1:{upstream}"),
    ):
        assert sample in text
        text = text.replace(sample, here)
    names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    scratch = "".join(f"{name}_temp_path {folder}/{name};\n" for name in names)
    (folder / "users").write_text("li:{PLAIN}secret\n", encoding="utf-8")
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{scratch}{text}}}\n",
        encoding="utf-8",
    )
    command = [str(NGINX), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
    process = subprocess.Popen(command)
    try:
        _until_open(port, process)
        yield
    finally:
        process.terminate()  # at once, without waiting for open connections
        process.wait(timeout=30)


def _until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except OSError:
            assert process.poll() is None, "it has ended"
            time.sleep(0.1)
    raise AssertionError(f"nobody listens on {port}")


def _connected(port: int) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    raw = socket.create_connection(("127.0.0.1", port), timeout=20)
    return context.wrap_socket(raw, server_hostname="localhost")


def _ask(connection: socket.socket, port: int, path: str, *headers: str) -> str:
    """The first part of the answer."""
    lines = (f"GET {path} HTTP/1.1", f"Host: localhost:{port}", *headers)
    connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    return connection.recv(65_536).decode("utf-8", "replace")


def _status(port: int, path: str, *headers: str) -> int:
    with _connected(port) as connection:
        return int(_ask(connection, port, path, "Connection: close", *headers).split(" ")[1])


SIGNED_IN = f"Authorization: Basic {PASSWORD}"
WEBSOCKET = (
    *("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"),
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)


@pytest.fixture
def nginx_is_there() -> None:
    """Without nginx the tests are skipped, but never in CI."""
    if NGINX is None:
        if os.environ.get("CI") == "true":
            pytest.fail("nginx is missing; install the package nginx-light")
        pytest.skip("nginx is missing")


@pytest.mark.usefixtures("nginx_is_there")
def test_the_app_behind_nginx(tmp_path: Path) -> None:
    _certificate(tmp_path)
    port = _free_port()
    stream = f"/{BASE}/_stcore/stream"
    with _started_app(tmp_path) as upstream:
        with _started_nginx(tmp_path, port, upstream):
            assert _status(port, f"/{BASE}/") == 401
            assert _status(port, "/", SIGNED_IN) == 302
            assert _status(port, f"/{BASE}/", SIGNED_IN) == 200
            assert _status(port, f"/{BASE}/_stcore/health", SIGNED_IN) == 200
            assert _status(port, f"/{BASE}/", SIGNED_IN, f"Cookie: {LONG}") == 200
            origin = f"Origin: https://localhost:{port}"
            kept = _connected(port)
            cookie = f"Cookie: {LONG}"
            assert " 101 " in _ask(kept, port, stream, SIGNED_IN, cookie, origin, *WEBSOCKET)
            foreign = "Origin: https://evil.example"
            with _connected(port) as other:
                assert " 403 " in _ask(other, port, stream, SIGNED_IN, foreign, *WEBSOCKET)
        # nginx has stopped: the connection is cut, and restored when nginx is there again.
        with suppress(OSError):
            assert kept.recv(65_536) == b""
        kept.close()
        with _started_nginx(tmp_path, port, upstream), _connected(port) as again:
            assert " 101 " in _ask(again, port, stream, SIGNED_IN, cookie, origin, *WEBSOCKET)


@pytest.mark.usefixtures("nginx_is_there")
def test_what_nginx_passes_on(tmp_path: Path) -> None:
    """A name that a browser claims is replaced, the password stays out, long answers come back."""
    _certificate(tmp_path)
    port = _free_port()
    with (
        socket.create_server(("127.0.0.1", 0)) as upstream,
        _started_nginx(tmp_path, port, int(upstream.getsockname()[1])),
        _connected(port) as browser,
    ):
        lines = (f"GET /{BASE}/ HTTP/1.1", f"Host: localhost:{port}", SIGNED_IN)
        claimed = ("X-Remote-User: wang", "X-Forwarded-For: 10.9.9.9")
        browser.sendall(("\r\n".join((*lines, *claimed)) + "\r\n\r\n").encode())
        passed, _ = upstream.accept()
        with passed:
            request = passed.recv(65_536).decode()
            answer = f"HTTP/1.1 200 OK\r\nSet-Cookie: {LONG}\r\nContent-Length: 2\r\n\r\nok"
            passed.sendall(answer.encode())
            received = browser.recv(65_536)
    headers = dict(line.split(": ", 1) for line in request.splitlines()[1:] if line)
    assert headers["X-Remote-User"] == "li" and request.count("X-Remote-User") == 1
    assert headers["X-Forwarded-For"] == "127.0.0.1"
    assert headers["Host"] == f"localhost:{port}" and "Authorization" not in headers
    assert received.startswith(b"HTTP/1.1 200") and LONG.encode() in received
