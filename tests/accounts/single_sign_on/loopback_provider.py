"""A provider of single sign-on on this machine, with the faults that real ones and those who pretend to be one have."""

import base64
import hashlib
import json
import secrets
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

from intake import clock

CLIENT, SECRET = "intake", "a secret of the loopback provider, long enough"


@cache
def first_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})


class LoopbackProvider:
    """Asks nobody anything: whoever is sent there comes back as `account`. Tests change what it says and does."""

    def __init__(self) -> None:
        self.key = first_key()
        self.published = [self.key]
        self.account: dict[str, Any] = {"sub": "248289761001", "email_verified": True}
        # Changes of the token, of the metadata, and how it is signed.
        self.claims: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.signed_with = "RS256"
        self.thin = False
        self.away = False
        self.asked: list[dict[str, str]] = []
        self.exchanged: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider._answer(self, provider._read(self.path, dict(self.headers)))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                provider._answer(self, provider._exchange(body, dict(self.headers)))

            def log_message(self, *_words: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def rotate(self) -> None:
        """Sign with another key from now on, and publish both, as real ones do."""
        self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig", "alg": "RS256"})
        self.published = [*self.published, self.key]

    def sign_in(self, address: str) -> str:
        """What a browser that was sent to `address` comes back with: the query of the way back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.asked.append(asked)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return f"code={code}&state={asked['state']}"

    def _read(self, path: str, headers: dict[str, str]) -> dict[str, Any] | None:
        if self.away:
            return None
        if path == "/.well-known/openid-configuration":
            ends = {"authorization_endpoint": "ask", "token_endpoint": "token", "jwks_uri": "keys"}
            found = {name: f"{self.issuer}/{end}" for name, end in ends.items()}
            return found | {"issuer": self.issuer, "userinfo_endpoint": f"{self.issuer}/who"} | self.metadata
        if path == "/keys":
            return dict(KeySet(self.published).as_dict(private=False))
        if path == "/who" and headers.get("Authorization") == "Bearer looking":
            return dict(self.account)
        return None

    def _exchange(self, body: str, headers: dict[str, str]) -> dict[str, Any] | None:
        given = {name: values[0] for name, values in parse_qs(body).items()}
        self.exchanged.append(given)
        asked = self._codes.pop(given.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        verifier = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if asked is None or headers.get("Authorization") != f"Basic {basic}" or asked["code_challenge"] != challenge:
            return {"error": "invalid_grant"}
        return {"access_token": "looking", "token_type": "Bearer", "id_token": self._token(asked["nonce"])}

    def _token(self, nonce: str) -> str:
        now = int(clock.now().timestamp())
        said = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce, "auth_time": now}
        said |= {"sub": self.account["sub"]} if self.thin else self.account
        said = {name: value for name, value in (said | self.claims).items() if value is not None}
        if self.signed_with == "none":
            parts = ({"alg": "none", "typ": "JWT"}, said)
            words = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in parts]
            return ".".join([*words, ""])
        if self.signed_with == "HS256":
            # With the public key as if it were a secret that both share.
            shared = OctKey.import_key(self.key.as_pem(private=False))
            return jwt.encode({"alg": "HS256", "kid": "first"}, said, shared, algorithms=["HS256"])
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, said, self.key)

    def _answer(self, handler: BaseHTTPRequestHandler, found: dict[str, Any] | None) -> None:
        handler.send_response(503 if found is None else 400 if "error" in found else 200)
        handler.send_header("Content-Type", "application/json")
        handler.end_headers()
        handler.wfile.write(json.dumps(found or {}).encode())
