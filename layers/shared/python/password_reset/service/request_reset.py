"""Somebody forgot a password."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.accounts.identifiers import email_key
from password_reset.channels.words.catalogue import readable
from password_reset.delivery.messages import ResetRequested
from password_reset.errors import InvalidRequest, Issue, RateLimited

if TYPE_CHECKING:
    from password_reset.audit import Attempt
    from password_reset.delivery.messages import Queue
    from password_reset.devices import Browser, Device
    from password_reset.levers import Levers
    from password_reset.limits.windows import Limit
    from password_reset.service.solutions import Solutions
    from password_reset.settings import ServiceSettings


FLOW_BYTES = 16


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RequestReset:
    """Take a request for a reset. No account is looked up here, so nothing here can tell whether there is one."""

    settings: "ServiceSettings"
    per_source: "Limit"
    per_identifier: "Limit"
    solutions: "Solutions | None"
    queue: "Queue"
    levers: "Callable[[], Levers]"
    clock: Callable[[], datetime]

    def __call__(
        self,
        attempt: "Attempt",
        *,
        email: str,
        source: str,
        locale: str,
        channel: str,
        device: "Device",
        browser: "Browser" = "other",
        client: str = "",
        challenge: str = "",
    ) -> str:
        """Return the flow: what this request is called by whoever made it.

        Raises:
            InvalidRequest: the channel or the client is none of ours, or challenges are off.
            RateLimited: the source or the identifier has used up its window.
            ChallengeRequired: the identifier has, and a solved challenge would open another.
            InvalidChallenge: what came along is no solution, or one that is too easy.
            Unavailable: requests are paused.
        """
        identifier, spelling = email_key(email), email.strip(" ")
        attempt.identifier = identifier
        enabled = next((known for known in self.settings.channels if known == channel), None)
        if enabled is None:
            allowed = f"One of {', '.join(self.settings.channels)}."
            raise InvalidRequest(Issue("channel", "not_enabled", allowed))
        attempt.channel = enabled
        if client and client not in self.settings.clients:
            raise InvalidRequest(Issue("client", "unknown", "Leave this out, or name a configured client."))
        now, levers = self.clock(), self.levers()
        levers.take_requests()
        self.per_source.at(levers.limit_per_source).admit(source, now)
        if challenge:
            self._admit_solved(challenge, identifier, source, attempt.request_id, now)
            full_until = None
        else:
            full_until = self._admit(identifier, levers.limit_per_identifier, now)
        flow = secrets.token_urlsafe(FLOW_BYTES)
        if levers.is_silent:
            attempt.refuse("paused")
            return flow
        self.queue.send(
            ResetRequested(
                request_id=attempt.request_id,
                flow=flow,
                email=identifier,
                spelling=spelling if spelling != identifier else None,
                locale=readable(locale),
                channel=enabled,
                device=device,
                browser=browser,
                client=client,
                at=now,
                full_until=full_until,
            )
        )
        return flow

    def _admit(self, identifier: str, limit: int | None, now: datetime) -> datetime | None:
        try:
            return self.per_identifier.at(limit).admit(identifier, now)
        except RateLimited as refused:
            if self.solutions is None:
                raise
            raise self.solutions.required(refused) from None

    def _admit_solved(self, solution: str, identifier: str, source: str, request_id: str, now: datetime) -> None:
        if self.solutions is None:
            raise InvalidRequest(Issue("challenge", "not_enabled", "Leave this out: challenges are off."))
        self.solutions.admit(solution, identifier, source, request_id, now)
