"""The provider of single sign-on (OpenID Connect): where to send somebody, and who it says came back.

Authorization code with PKCE, state and nonce, each drawn for one try and kept in that browser's session. The metadata
and keys are fetched at each sign-in, which is rare, so that rotated keys need no thought. A token is believed only when
a key of the configured issuer signed it with an algorithm named here, for us, now, and for this try.
"""

from dataclasses import dataclass
from typing import Any

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from flask import session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from intake import clock
from intake.config import Settings, current_settings
from intake.web.ops.doctor import BAD, GOOD, Finding

ANSWER_SECONDS = 5
KEPT_SECONDS = 600
LEEWAY_SECONDS = 60
LARGEST_BYTES = 200_000
# Signatures by the provider's own key alone: none at all, or one with our secret, is no proof.
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
# What the provider says of how somebody signed in there that is worth a second step of ours (RFC 8176).
STRONG = frozenset({"mfa"})
_KEY = "single_sign_on"


class ProviderAway(Exception):
    """The provider can't be reached, or its answer can't be read."""


class WordRefused(Exception):
    """What came back isn't the provider's word about this try; the message is a code for the trail."""


@dataclass(frozen=True)
class Started:
    """A try that this browser began, and where it was to lead. `again`: they were to prove anew who they are."""

    state: str
    nonce: str
    verifier: str
    back: str
    draft: str
    again: bool
    at: int


@dataclass(frozen=True)
class Word:
    """What the provider says of somebody. `strong`: it has seen a second step."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    strong: bool


def address_to_ask(redirect_to: str, *, back: str, draft: str, again: bool) -> str:
    """Return the provider's address for one try, which this browser's session keeps. Raises ProviderAway."""
    settings = current_settings()
    metadata = _metadata(settings)
    started = Started(
        generate_token(32), generate_token(32), generate_token(64), back, draft, again, int(clock.now().timestamp())
    )
    more = {"prompt": "login", "max_age": "0"} if again else {}
    url, _state = _client(settings, redirect_to).create_authorization_url(
        metadata["authorization_endpoint"],
        state=started.state,
        nonce=started.nonce,
        code_verifier=started.verifier,
        **more,
    )
    session[_KEY] = list(vars(started).values())
    return str(url)


def started_here(state: str) -> Started:
    """Return the try that this answer belongs to and forget it: each is answered once. Raises WordRefused."""
    kept = session.pop(_KEY, None)
    started = Started(*kept) if kept else None
    if started is None or started.state != state:
        raise WordRefused("state")
    if clock.now().timestamp() - started.at > KEPT_SECONDS:
        raise WordRefused("too_late")
    return started


def word_of(started: Started, code: str, *, redirect_to: str, issuer: str | None) -> Word:
    """Return who came back. `issuer` is what the answer names (RFC 9207). Raises ProviderAway or WordRefused."""
    settings = current_settings()
    if issuer is not None and issuer != settings.oidc_issuer:
        raise WordRefused("issuer")
    metadata = _metadata(settings)
    token = _token(settings, metadata, code, started.verifier, redirect_to)
    claims = _claims(settings, metadata, token, started)
    if "email" not in claims and metadata.get("userinfo_endpoint"):
        claims |= _userinfo(metadata, token, claims["sub"])
    verified = claims.get("email_verified")
    methods = claims.get("amr")
    return Word(
        issuer=settings.oidc_issuer,
        subject=str(claims["sub"]),
        email=str(claims.get("email") or ""),
        # Some write the word instead of the value.
        email_verified=verified is True or verified == "true",
        strong=isinstance(methods, list) and not STRONG.isdisjoint(str(each) for each in methods),
    )


def doctor_check(settings: Settings, online: bool) -> list[Finding]:
    """Ask the provider who it is, as each sign-in does."""
    if not settings.single_sign_on or not online:
        return []
    do = "Compare OIDC_ISSUER with what its /.well-known/openid-configuration says; passwords work meanwhile."
    try:
        _metadata(settings)
    except ProviderAway:
        return [Finding("Single sign-on", BAD, f"{settings.oidc_issuer} doesn't answer as a provider does.", do)]
    except WordRefused:
        return [Finding("Single sign-on", BAD, f"{settings.oidc_issuer} names itself otherwise.", do)]
    return [Finding("Single sign-on", GOOD, "The provider answers and names itself so.")]


def _client(settings: Settings, redirect_to: str) -> OAuth2Session:
    return OAuth2Session(
        settings.oidc_client_id,
        settings.oidc_client_secret.get_secret_value(),
        scope="openid email",
        redirect_uri=redirect_to,
        code_challenge_method="S256",
    )


def _metadata(settings: Settings) -> dict[str, Any]:
    found = _fetched(settings.oidc_issuer.rstrip("/") + "/.well-known/openid-configuration")
    if found.get("issuer") != settings.oidc_issuer:
        raise WordRefused("issuer")
    ends = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if not all(_is_safe(settings, found.get(end)) for end in ends):
        raise ProviderAway
    return found


def _is_safe(settings: Settings, address: Any) -> bool:
    """Whether an address of the metadata is encrypted as the issuer's own is."""
    scheme = settings.oidc_issuer.partition("://")[0]
    return isinstance(address, str) and address.startswith((f"{scheme}://", "https://"))


def _fetched(address: str, **headers: str) -> dict[str, Any]:
    try:
        answer = requests.get(address, headers=headers, timeout=ANSWER_SECONDS, allow_redirects=False, stream=True)
        content = answer.raw.read(LARGEST_BYTES, decode_content=True)
        found = requests.models.complexjson.loads(content) if answer.status_code == 200 else None
    except (requests.RequestException, ValueError, OSError) as error:
        raise ProviderAway from error
    if not isinstance(found, dict):
        raise ProviderAway
    return found


def _token(settings: Settings, metadata: dict[str, Any], code: str, verifier: str, redirect_to: str) -> dict[str, Any]:
    try:
        token = _client(settings, redirect_to).fetch_token(
            metadata["token_endpoint"],
            code=code,
            code_verifier=verifier,
            timeout=ANSWER_SECONDS,
            allow_redirects=False,
        )
    except OAuthError as error:
        raise WordRefused("code") from error
    except (requests.RequestException, ValueError) as error:
        raise ProviderAway from error
    if not isinstance(token.get("id_token"), str):
        raise WordRefused("no_token")
    return dict(token)


def _claims(settings: Settings, metadata: dict[str, Any], token: dict[str, Any], started: Started) -> dict[str, Any]:
    keys: Any = _fetched(metadata["jwks_uri"])
    try:
        decoded = jwt.decode(token["id_token"], KeySet.import_key_set(keys), algorithms=ALGORITHMS)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            options={
                "iss": {"essential": True, "value": settings.oidc_issuer},
                "aud": {"essential": True, "value": settings.oidc_client_id},
            },
            params={
                "nonce": started.nonce,
                "client_id": settings.oidc_client_id,
                "access_token": token.get("access_token"),
            },
        )
        claims.validate(now=int(clock.now().timestamp()), leeway=LEEWAY_SECONDS)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise WordRefused(type(error).__name__) from error
    if claims.get("nonce") != started.nonce:
        raise WordRefused("nonce")
    proved_at = claims.get("auth_time")
    if started.again and not (isinstance(proved_at, int) and proved_at >= started.at - LEEWAY_SECONDS):
        raise WordRefused("not_fresh")
    return dict(claims)


def _userinfo(metadata: dict[str, Any], token: dict[str, Any], subject: str) -> dict[str, Any]:
    found = _fetched(metadata["userinfo_endpoint"], Authorization=f"Bearer {token.get('access_token')}")
    if found.get("sub") != subject:
        raise WordRefused("subject")
    return {name: found[name] for name in ("email", "email_verified") if name in found}
