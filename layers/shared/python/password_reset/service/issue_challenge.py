"""Somebody's browser is to work for a request of a reset."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from password_reset.errors import InvalidRequest, Issue, NotFound
from password_reset.proofs.challenges import HARD, NORMAL

if TYPE_CHECKING:
    from password_reset.proofs.challenges import Challenges

# Who says nothing gets what is always enough, so that a client that knows no difficulties gets through a flood too.
_DIFFICULTIES = {None: HARD, str(NORMAL): NORMAL, str(HARD): HARD}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class IssueChallenge:
    """Issue a challenge. Nothing is counted or remembered, and nobody is named: it is worth what solving it costs."""

    challenges: "Challenges | None"
    clock: Callable[[], datetime]

    def __call__(self, *, source: str, difficulty: str | None) -> "Mapping[str, Any]":
        """Return a challenge for the source, of the difficulty that it asks for, or one that is enough anywhere.

        Raises:
            InvalidRequest: there is no such difficulty.
            NotFound: challenges are off.
        """
        if self.challenges is None:
            raise NotFound
        if difficulty not in _DIFFICULTIES:
            raise InvalidRequest(Issue("difficulty", "malformed", f"One of {NORMAL}, {HARD}."))
        return self.challenges.issue(source, _DIFFICULTIES[difficulty], self.clock())
