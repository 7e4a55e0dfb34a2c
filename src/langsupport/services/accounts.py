"""What accounts are made of, wired together: for the service (assembly.py), and for commands, which need no more."""

from __future__ import annotations

from dataclasses import dataclass

from langsupport.errors import ConfigurationError
from langsupport.services.arrivals import Arrivals
from langsupport.services.audit import AuditTrail
from langsupport.services.database import Database
from langsupport.services.oidc import OidcService
from langsupport.services.people import PeopleService
from langsupport.services.settings import Settings
from langsupport.services.sign_ins import SignInService
from langsupport.services.tokens import TokenService
from langsupport.services.try_limits import TryLimits


@dataclass(frozen=True, slots=True)
class Accounts:
    """People, and how they come in. `oidc` and `arrivals` only where a provider is set."""

    people: PeopleService
    sign_ins: SignInService
    tokens: TokenService
    audit: AuditTrail
    oidc: OidcService | None = None
    arrivals: Arrivals | None = None


def build_accounts(settings: Settings, database: Database) -> Accounts:
    """Raises ConfigurationError: what is said of the provider is not enough."""
    given = settings.accounts
    people = PeopleService(database)
    sign_ins = SignInService(database, TryLimits(database), given.idle_minutes, given.absolute_hours)
    others = (people, sign_ins, TokenService(database), AuditTrail(database))
    if not given.oidc.issuer:
        return Accounts(*others)
    if not (given.oidc.client_id and given.public_url):
        detail = "signing in by a provider needs accounts.oidc.client_id and accounts.public_url"
        raise ConfigurationError(source="settings", key="accounts.oidc", detail=detail)
    oidc = OidcService(database, given.oidc, given.public_url)
    return Accounts(*others, oidc, Arrivals(database, people, given.oidc))


__all__ = ["Accounts", "build_accounts"]
