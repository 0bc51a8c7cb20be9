"""Requests that bring a solved challenge: a budget of their own, beside the identifier's."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.errors import ChallengeRequired, InvalidChallenge, Issue, RateLimited
from password_reset.proofs.challenges import HARD

if TYPE_CHECKING:
    from password_reset.limits.windows import Limit
    from password_reset.proofs.challenges import Challenges, UsedChallenges

HARDER = Issue("challenge", "harder", f"Solve a challenge of difficulty {HARD}.")


@dataclass(frozen=True, kw_only=True)
class Solutions:
    """Solved challenges, and how many of them an identifier takes from one source."""

    challenges: "Challenges"
    used: "UsedChallenges"
    per_identifier: "Limit"
    per_pair: "Limit"

    def required(self, refused: RateLimited) -> ChallengeRequired:
        """Return what is answered in place of the identifier's refusal, by its counts alone."""
        return ChallengeRequired(*([HARDER] if refused.flooded else []))

    def admit(self, solution: str, identifier: str, source: str, request_id: str, now: datetime) -> None:
        """Use a solution up, and count its request.

        Raises:
            InvalidChallenge: it is none, was used before, or is too easy for an identifier that is being flooded.
            RateLimited: this source has used up what solutions open for this identifier.
        """
        solved = self.challenges.check(solution, source, now)
        # Used first: whatever comes of it, no solution gets a second try at anybody's counts.
        self.used.use(solved, request_id)
        # The pair before the identifier, whose messages are counted for everybody: whom the pair refuses, sends none.
        self.per_pair.admit(f"{identifier}\0{source}", now)
        try:
            self.per_identifier.admit_beyond(identifier, now, though_flooded=solved.difficulty == HARD)
        except RateLimited:
            raise InvalidChallenge(HARDER) from None
