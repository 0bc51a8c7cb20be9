"""How the room of proofs is put together."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from password_reset.aws.clients import Clients
    from password_reset.limits.wiring import Limits
    from password_reset.proofs.challenges import Challenges, UsedChallenges
    from password_reset.proofs.codes import Codes
    from password_reset.proofs.factors import Factors
    from password_reset.proofs.own import Own
    from password_reset.proofs.reports import Reports
    from password_reset.proofs.tokens import Tokens
    from password_reset.settings import Settings


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Proofs:
    """What proves that somebody may choose a new password."""

    settings: "Settings"
    clients: "Clients"
    limits: "Callable[[], Limits]"

    @cached_property
    def tokens(self) -> "Tokens":
        """The reset tokens."""
        from password_reset.proofs.tokens import Tokens

        life = timedelta(seconds=self.settings.token_ttl_seconds)
        return Tokens(client=self.clients.dynamodb, table=self.settings.reset_tokens_table, life=life)

    @cached_property
    def factors(self) -> "Factors | None":
        """The second factors, where they are on."""
        if not self.settings.factors:
            return None
        from password_reset.proofs.factors import Factors

        return Factors(
            client=self.clients.dynamodb,
            table=self.settings.needed("accounts_table"),
            kinds=self.settings.factors,
            kms=lambda: self.clients.kms,
            key=self.settings.factors_key or "",
            pepper=lambda: self.limits().pepper,
            phones=[channel for channel in self.settings.channels if channel != "email"],
        )

    @cached_property
    def reports(self) -> "Reports | None":
        """The reports of changes that were somebody else's, where they are on."""
        if not self.settings.freeze_seconds:
            return None
        from password_reset.proofs.reports import Reports

        return Reports(
            client=self.clients.dynamodb,
            tokens_table=self.settings.reset_tokens_table,
            accounts_table=self.settings.needed("accounts_table"),
            freeze=timedelta(seconds=self.settings.freeze_seconds),
            notes=set(self.settings.channels) != {"email"} or bool(self.settings.factors),
            pepper=lambda: self.limits().pepper,
        )

    @cached_property
    def own(self) -> "Own | None":
        """What is ours of accounts, where there is anything."""
        if not (self.settings.factors or self.settings.freeze_seconds):
            return None
        from password_reset.proofs.own import Own

        table = self.settings.needed("accounts_table")
        return Own(client=self.clients.dynamodb, table=table, factors=self.factors, reports=self.reports)

    @cached_property
    def challenges(self) -> "Challenges | None":
        """What issues and checks challenges, where they are on."""
        match self.settings.challenge:
            case "altcha":
                from password_reset.proofs.altcha import Altcha

                return Altcha(pepper=self.limits().pepper)
            case "turnstile":
                from password_reset.proofs.turnstile import Turnstile

                return Turnstile(
                    site_key=self.settings.needed("turnstile_site_key"),
                    secret=self.clients.secret(self.settings.needed("turnstile_secret")),
                    hosts=frozenset(self.settings.page_hosts),
                )
        return None

    @cached_property
    def used_challenges(self) -> "UsedChallenges":
        """The challenges that were used."""
        from password_reset.proofs.challenges import UsedChallenges

        table, pepper = self.settings.limits_table, self.limits().pepper
        return UsedChallenges(client=self.clients.dynamodb, table=table, pepper=pepper)

    @cached_property
    def codes(self) -> "Codes":
        """The codes that people type."""
        from password_reset.proofs.codes import MAX_OPEN, MAX_WRONG_GUESSES, WRONG_GUESSES_WINDOW, Codes

        life, limits = timedelta(seconds=self.settings.code_ttl_seconds), self.limits()
        return Codes(
            client=self.clients.dynamodb,
            table=self.settings.codes_table,
            pepper=limits.pepper,
            life=life,
            wrong_guesses=limits.window("wrong guesses", MAX_WRONG_GUESSES, WRONG_GUESSES_WINDOW),
            open_codes=limits.window("open codes", MAX_OPEN, life),
        )
