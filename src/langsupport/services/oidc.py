"""Signing in by OpenID Connect: the authorization code flow with PKCE, state and nonce.

What is under way is one row in the database, found by the state's hash and used once; the browser that began holds the
state in a cookie. Keys and endpoints come from the provider's discovery document and are kept for an hour.
"""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import sqlalchemy as sa
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from langsupport.errors import AccessDenied, CapacityError, ConfigurationError
from langsupport.services.database import Database, now_ms
from langsupport.services.schema_accounts import oidc_requests
from langsupport.services.secrets_at_rest import new_token, same, sha256
from langsupport.services.settings import OidcSettings

UNDERWAY_MS = 15 * 60 * 1000
"""How long somebody may take at the provider."""
KEPT_SECONDS = 3_600
REFETCH_SECONDS = 60
"""A key that isn't known is looked for again, but not more often than this."""
TIMEOUT_SECONDS = 10
LEEWAY_SECONDS = 60
"""Clocks differ."""
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""Signatures by the provider's private key; never `none`, nor HMAC with what a client knows."""

_FAILED = "The sign-in at the provider failed or took too long. Begin again."
_SILENT = "The sign-in provider does not answer as it should. Try again later, or tell the administrator."


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser, and what it must bring back."""

    address: str
    state: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider named. `claims` are those of the ID token, completed by the userinfo endpoint."""

    issuer: str
    subject: str
    claims: Mapping[str, Any]
    next: str


class OidcService:
    """One provider. All methods may be called from any thread."""

    def __init__(self, database: Database, settings: OidcSettings, public_url: str) -> None:
        check_address(settings.issuer)
        self._database = database
        self._settings = settings
        self._redirect = f"{public_url.rstrip('/')}/sign-in/provider/answer"
        self._lock = threading.Lock()
        self._found: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._found_at = self._keys_at = float("-inf")

    def begin(self, next: str) -> Begun:
        """Raises CapacityError: the provider does not answer."""
        endpoint = self._discovered()["authorization_endpoint"]
        state, nonce, verifier = new_token(), new_token(), new_token()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        row = {
            "state_sha256": sha256(state),
            "nonce": nonce,
            "verifier": verifier,
            "next": next[:2000],
            "created_ms": now_ms(),
        }
        with self._database.write() as connection:
            connection.execute(sa.insert(oidc_requests).values(row))
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._redirect,
            "scope": " ".join(self._settings.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return Begun(f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}", state)

    def finish(self, answer: Mapping[str, str], state: str) -> Identity:
        """What the provider's answer says. `state` is what the browser held.

        Raises:
            AccessDenied: the answer is not to what this browser asked, was used already, or is not the provider's.
            CapacityError: the provider does not answer.
        """
        given = answer.get("state", "")
        if not given or not state or not same(given, state):
            raise AccessDenied(detail=_FAILED)
        asked = self._take(given)
        if answer.get("iss", self._settings.issuer) != self._settings.issuer or not answer.get("code"):
            raise AccessDenied(detail=_FAILED)
        tokens = self._exchange(answer["code"], asked["verifier"])
        claims = self._verified(str(tokens.get("id_token", "")), asked["nonce"])
        claims = self._completed(claims, str(tokens.get("access_token", "")))
        return Identity(self._settings.issuer, str(claims["sub"]), claims, asked["next"])

    def _take(self, state: str) -> sa.RowMapping:
        """The row of what is under way, which is gone then: of two answers the second gets nothing."""
        where = oidc_requests.c.state_sha256 == sha256(state)
        with self._database.write() as connection:
            row = connection.execute(sa.select(oidc_requests).where(where)).mappings().first()
            taken = connection.execute(sa.delete(oidc_requests).where(where)).rowcount
        if row is None or not taken or row["created_ms"] < now_ms() - UNDERWAY_MS:
            raise AccessDenied(detail=_FAILED)
        return row

    def _exchange(self, code: str, verifier: str) -> dict[str, Any]:
        found, settings = self._discovered(), self._settings
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect,
            "client_id": settings.client_id,
            "code_verifier": verifier,
        }
        auth: httpx.Auth = httpx.Auth()  # none
        if settings.client_secret:
            methods: Sequence[str] = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
            if "client_secret_basic" in methods:
                auth = httpx.BasicAuth(settings.client_id, settings.client_secret)
            else:
                form["client_secret"] = settings.client_secret
        try:
            with _client() as client:
                answer = client.post(found["token_endpoint"], data=form, auth=auth)
                body = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise CapacityError(detail=_SILENT) from error
        if answer.status_code != 200 or not isinstance(body, dict):
            raise AccessDenied(detail=_FAILED)
        return body

    def _verified(self, id_token: str, nonce: str) -> dict[str, Any]:
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._settings.issuer},
            aud={"essential": True, "value": self._settings.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = dict(self._decoded(id_token).claims)
            registry.validate(claims)
        except (JoseError, ValueError) as error:
            raise AccessDenied(detail=_FAILED) from error
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != self._settings.client_id:
            raise AccessDenied(detail=_FAILED)
        return claims

    def _decoded(self, id_token: str) -> jwt.Token:
        try:
            return jwt.decode(id_token, self._key_set(), algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            if time.monotonic() - self._keys_at < REFETCH_SECONDS:
                raise
        return jwt.decode(id_token, self._key_set(anew=True), algorithms=ALGORITHMS)

    def _completed(self, claims: dict[str, Any], access_token: str) -> dict[str, Any]:
        """With what the userinfo endpoint adds, where a claim that is needed is missing."""
        endpoint = self._discovered().get("userinfo_endpoint")
        wanted = {self._settings.login_claim, *([self._settings.roles_claim] if self._settings.roles else [])}
        if wanted <= set(claims) or not endpoint or not access_token:
            return claims
        try:
            with _client() as client:
                more = client.get(endpoint, headers={"Authorization": f"Bearer {access_token}"}).json()
        except (httpx.HTTPError, ValueError) as error:
            raise CapacityError(detail=_SILENT) from error
        if not isinstance(more, dict) or more.get("sub") != claims["sub"]:
            raise AccessDenied(detail=_FAILED)
        return {**more, **claims}

    def _discovered(self) -> dict[str, Any]:
        with self._lock:
            if time.monotonic() - self._found_at > KEPT_SECONDS:
                found = _fetched(f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration")
                needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
                if found.get("issuer") != self._settings.issuer or not all(found.get(name) for name in needed):
                    raise CapacityError(detail=_SILENT)
                self._found, self._found_at = found, time.monotonic()
            return self._found

    def _key_set(self, *, anew: bool = False) -> KeySet:
        address = self._discovered()["jwks_uri"]
        with self._lock:
            if anew or self._keys is None or time.monotonic() - self._keys_at > KEPT_SECONDS:
                found = _fetched(address)
                try:
                    self._keys = KeySet.import_key_set(found)  # type: ignore[arg-type]  # checked by what it raises
                except (JoseError, ValueError, KeyError, TypeError) as error:
                    raise CapacityError(detail=_SILENT) from error
                self._keys_at = time.monotonic()
            return self._keys


def check_address(issuer: str) -> None:
    """Raises ConfigurationError: what comes from it could be forged on the way."""
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        detail = "the provider's address must begin with https://"
        raise ConfigurationError(source="settings", key="accounts.oidc.issuer", detail=detail)


def _client() -> httpx.Client:
    return httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False)


def _fetched(address: str) -> dict[str, Any]:
    try:
        with _client() as client:
            found = client.get(address).raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise CapacityError(detail=_SILENT) from error
    if not isinstance(found, dict):
        raise CapacityError(detail=_SILENT)
    return found


__all__ = ["Begun", "Identity", "OidcService", "check_address"]
