"""Hashes of what lets somebody in. Nothing here can be turned back into what was given.

Tokens are random, so one SHA-256 is enough; passwords are not, so they get argon2id.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

TOKEN_BYTES = 32
_MOST_CHARS = 128
"""Nothing longer is looked up."""

_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
_NOBODY = _hasher.hash(secrets.token_hex(16))
"""Compared with where there is no password, so that the time tells nothing."""


def new_token(size: int = TOKEN_BYTES) -> str:
    """Random bytes, 256 bits as 43 characters if nothing else is asked for."""
    return secrets.token_urlsafe(size)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def looked_up(token: str) -> str | None:
    """What a token is looked up by; None where it can't be one."""
    return sha256(token) if token and len(token) <= _MOST_CHARS else None


def hash_password(password: str) -> str:
    """Takes about a tenth of a second and 64 MiB."""
    return _hasher.hash(password)


def verify_password(kept: str | None, password: str) -> bool:
    """Takes the same time whether there is a password (`kept` None: there is none) and whether it is right."""
    try:
        return _hasher.verify(kept or _NOBODY, password) and kept is not None
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


def outdated(kept: str) -> bool:
    """Hashed with other parameters than today's."""
    return _hasher.check_needs_rehash(kept)


def form_token(key: str) -> str:
    """What the forms of one signed-in browser carry; `key` is the secret of its cookie."""
    return hmac.new(key.encode(), b"langsupport form", hashlib.sha256).hexdigest()


def same(left: str, right: str) -> bool:
    """Takes the same time whatever is given."""
    return hmac.compare_digest(sha256(left), sha256(right))
