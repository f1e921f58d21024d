"""A small OIDC provider on loopback: it signs in whoever comes, as the user that a test sets."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

__all__ = ["Provider", "oidc_provider"]


class Provider:
    """The provider's state: the claims of its user, and the codes that it has given out."""

    def __init__(self, client: str, secret: str) -> None:
        self.client, self.secret = client, secret
        self.claims: dict[str, Any] = {"sub": "1", "email": "li@example.gov.cn"}
        self.key = RSAKey.generate_key(2048, {"kid": "k"})
        self.nonces: dict[str, str] = {}
        self.address = ""

    def metadata(self) -> dict[str, Any]:
        """What the metadata address answers."""
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def token(self, code: str) -> dict[str, Any]:
        """The answer to a code."""
        now = int(time.time())
        claims = {
            "iss": self.address,
            "aud": self.client,
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonces.pop(code),
            **self.claims,
        }
        signed = jwt.encode({"alg": "RS256", "kid": "k"}, claims, self.key)
        return {"access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": signed}


@contextmanager
def oidc_provider(client: str = "quarterhour", secret: str = "s3cret") -> Iterator[Provider]:
    """Run a provider; yields its state."""
    provider = Provider(client, secret)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/.well-known/openid-configuration":
                self._json(provider.metadata())
            elif parts.path == "/keys":
                self._json({"keys": [provider.key.as_dict(private=False)]})
            else:
                code = f"code{len(provider.nonces)}-{time.monotonic_ns()}"
                provider.nonces[code] = query["nonce"]
                back = urlencode({"code": code, "state": query["state"]})
                self.send_response(302)
                self.send_header("Location", f"{query['redirect_uri']}?{back}")
                self.end_headers()

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            form = {n: v[0] for n, v in parse_qs(self.rfile.read(length).decode()).items()}
            told = self.headers.get("Authorization", "").removeprefix("Basic ")
            wanted = f"{provider.client}:{provider.secret}"
            if base64.b64decode(told).decode() != wanted or form["code"] not in provider.nonces:
                self._json({"error": "invalid_client"}, status=401)
            else:
                self._json(provider.token(form["code"]))

        def _json(self, value: Any, status: int = 200) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
