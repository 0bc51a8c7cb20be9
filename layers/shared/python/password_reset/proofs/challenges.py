"""Challenges: work that a browser does, so that whoever uses up an identifier's requests doesn't shut its owner out.

A solved challenge opens a budget of its own. It is asked for only where the identifier's limit would refuse, which
counters alone decide, so it tells nothing about an account. It is short-lived, bound to the source that it was issued
to, says nothing about anybody, and is good once, however many processes are shown it at the same moment.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Protocol

from password_reset.aws.items import to_item
from password_reset.errors import InvalidChallenge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from password_reset.aws.pepper import Pepper

type Difficulty = Literal[1, 2]
NORMAL: Difficulty = 1
HARD: Difficulty = 2
"""Twice the work: what a solution takes for an identifier that is being flooded."""
_CLOCKS_APART = timedelta(minutes=5)
"""How far two servers' clocks may differ: a record must outlive its challenge by every one of them."""


@dataclass(frozen=True, kw_only=True)
class Solved:
    """A challenge that was solved: `name` is its own, whoever solved it; `difficulty` is what it took."""

    name: str
    difficulty: Difficulty
    expires_at: datetime


class Challenges(Protocol):
    """What issues challenges and tells solutions. It remembers nothing: `UsedChallenges` does."""

    def issue(self, source: str, difficulty: Difficulty, now: datetime) -> "Mapping[str, Any]":
        """Return a challenge for this source, as the members of the answer."""

    def check(self, solution: str, source: str, now: datetime) -> Solved:
        """Return what was solved.

        Raises:
            InvalidChallenge: it is not a live challenge of this service for this source, or not its solution.
            Unavailable: nobody can tell now.
        """


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class UsedChallenges:
    """The records that challenges were used, in the limits table; native TTL clears them."""

    client: "DynamoDBClient"
    table: str
    pepper: "Pepper"

    def use(self, solved: Solved, request_id: str) -> None:
        """Use the challenge up, once.

        Raises:
            InvalidChallenge: it was used before, by another request.
        """
        values = {":expiry": int((solved.expires_at + _CLOCKS_APART).timestamp()), ":request": request_id}
        try:
            self.client.update_item(
                TableName=self.table,
                Key=to_item({"bucket": self.pepper.pseudonym("used challenge", solved.name)}),
                UpdateExpression="SET expires_at = :expiry, used_by = :request",
                # The client's second try, after a lost answer, finds what its first one wrote.
                ConditionExpression="attribute_not_exists(used_by) OR used_by = :request",
                ExpressionAttributeValues=to_item(values),
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            raise InvalidChallenge from None
