"""Believe an identity provider: its tokens are verified by its published keys (OpenID Connect Core 1.0, RFC 7519).

Its discovery document is fetched when it is first needed and kept; its keys are kept for an hour, and fetched again for
an unknown key identifier. A token that was verified is believed by its digest until it expires, so that a busy system
costs no signature on every request.
"""

from __future__ import annotations

import hashlib
import json
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt

from gridsvc.domain.accounts import NotSignedIn
from gridsvc.domain.errors import BadInput, Unavailable

# public keys only: a shared secret, or none, would let whoever knows the public key sign
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_TIMEOUT_S = 10.0
_KEPT_S = 3600.0
_MOST_BELIEVED = 10_000
_MOST_BYTES = 1_000_000
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom a token speaks of, and until when."""

    issuer: str
    subject: str
    expires_at: datetime


def is_token(secret: str) -> bool:
    """Whether a secret has the shape of a signed token (three parts), not of a key."""
    return secret.count(".") == 2


class IdentityProvider:
    """One issuer as it is configured.

    Parameters
    ----------
    issuer : its address; https, or http on the loopback
    client_id, client_secret : by which this service is known to it
    audience : that tokens must be meant for; default: the client id
    """

    def __init__(
        self, issuer: str, *, client_id: str, client_secret: str | None = None, audience: str | None = None
    ) -> None:
        parts = urlsplit(issuer)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise BadInput("GRIDSVC_OIDC_ISSUER is an https address, or http on the loopback")
        self.issuer = issuer.rstrip("/")
        self.client_id = client_id
        self._client_secret = client_secret
        self._audience = audience or client_id
        self._lock = threading.Lock()
        self._found: dict[str, Any] | None = None
        self._keys: jwt.PyJWKClient | None = None
        self._believed: dict[bytes, Identity] = {}

    def verify(self, token: str, now: datetime, *, nonce: str | None = None) -> Identity:
        """Give whom a token speaks of; raises `NotSignedIn` for a doubtful one, `Unavailable` without keys."""
        digest = hashlib.sha256(token.encode()).digest()
        known = self._believed.get(digest)
        if known is not None and nonce is None:
            if known.expires_at <= now:
                raise NotSignedIn("the token has expired")
            return known
        claims = self._claims(token)
        if nonce is not None and claims.get("nonce") != nonce:
            raise NotSignedIn("the token answers another request")
        expires_at = datetime.fromtimestamp(int(claims["exp"]), UTC)
        if expires_at <= now or int(claims.get("nbf", 0)) > now.timestamp():
            raise NotSignedIn("the token has expired, or is not valid yet")
        identity = Identity(issuer=self.issuer, subject=str(claims["sub"]), expires_at=expires_at)
        if len(self._believed) >= _MOST_BELIEVED:
            self._believed.clear()
        self._believed[digest] = identity
        return identity

    def _claims(self, token: str) -> dict[str, Any]:
        options: Any = {"require": ["exp", "iss", "sub", "aud"], "verify_exp": False, "verify_nbf": False,
                        "verify_iat": False}  # fmt: skip
        try:
            key = self._key_client().get_signing_key_from_jwt(token)
            claims: dict[str, Any] = jwt.decode(
                token, key.key, algorithms=list(ALGORITHMS), audience=self._audience, options=options
            )
        except jwt.PyJWKClientConnectionError as error:
            raise Unavailable("the identity provider does not answer; try again in a moment") from error
        except (jwt.PyJWTError, ValueError) as error:
            raise NotSignedIn("the token is not one that this service believes") from error
        if str(claims["iss"]).rstrip("/") != self.issuer:
            raise NotSignedIn("the token is not one that this service believes")
        return claims

    def _key_client(self) -> jwt.PyJWKClient:
        address = str(self._discovered()["jwks_uri"])
        with self._lock:
            if self._keys is None:
                self._keys = jwt.PyJWKClient(address, lifespan=_KEPT_S, timeout=_TIMEOUT_S)
            return self._keys

    def _discovered(self) -> dict[str, Any]:
        with self._lock:
            if self._found is None:
                self._found = _fetch(urllib.request.Request(f"{self.issuer}/.well-known/openid-configuration"))  # noqa: S310
                if str(self._found.get("issuer", "")).rstrip("/") != self.issuer:
                    self._found = None
                    raise Unavailable("the identity provider calls itself by another name than GRIDSVC_OIDC_ISSUER")
            return self._found

    def sign_in_address(self, *, state: str, nonce: str, challenge: str, redirect: str) -> str:
        """Give the address to which a browser goes to sign in (authorization code with PKCE, RFC 7636)."""
        asked = {
            "response_type": "code", "client_id": self.client_id, "redirect_uri": redirect, "scope": "openid",
            "state": state, "nonce": nonce, "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        address = str(self._discovered()["authorization_endpoint"])
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    def exchange(self, code: str, *, verifier: str, redirect: str) -> str:
        """Give the identity token for a code; raises `NotSignedIn` when the provider refuses it."""
        asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect,
                 "client_id": self.client_id, "code_verifier": verifier}  # fmt: skip
        if self._client_secret:
            asked["client_secret"] = self._client_secret
        request = urllib.request.Request(str(self._discovered()["token_endpoint"]), urlencode(asked).encode())  # noqa: S310
        try:
            return str(_fetch(request)["id_token"])
        except KeyError as error:
            raise NotSignedIn("the identity provider refused the sign-in") from error


def _fetch(request: urllib.request.Request) -> dict[str, Any]:
    """Give a JSON document; an answer that says no is an empty one."""
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310 (the operator's own address)
            found = json.loads(answer.read(_MOST_BYTES))
    except urllib.error.HTTPError as error:
        if error.code < 500:
            return {}
        raise Unavailable("the identity provider does not answer; try again in a moment") from error
    except (OSError, ValueError) as error:
        raise Unavailable("the identity provider does not answer; try again in a moment") from error
    return found if isinstance(found, dict) else {}
