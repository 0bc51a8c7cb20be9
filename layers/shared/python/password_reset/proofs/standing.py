"""How an account stands after disputes: frozen or not, and which ways of proving are trusted.

What proves a change is the way that it came: email, phone (SMS and WhatsApp reach the same one), a second factor, or an
operator. A freeze is lifted by another way than the one it bars, and after a while by itself.

Attributes of the accounts table: `frozen_until`, `barred`, `dispute`, `disputed_by`, `disputed_at`, `disputed_way`;
`disputed_version`; `changed_by_email`, `changed_by_phone`, `changed_by_factor`, `reopened_at`; `no_links_by_email`,
`no_links_by_phone`; `stood` (`stood.py`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

type Way = Literal["email", "phone", "factor", "operator"]

_WAYS: tuple[Way, ...] = ("email", "phone", "factor")


def way_of(channel: str) -> Way:
    """Return the way that a channel is; a token of a version that kept no channel was mailed."""
    return "phone" if channel in {"sms", "whatsapp"} else "email"


def other_than(way: Way) -> Way:
    """Return the way that a code by another channel goes."""
    return "email" if way == "phone" else "phone"


def barred_by(changed: Way, disputed: Way) -> Way:
    """Return the way that lifts no freeze: of a disputed change, and of the link that disputed it.

    Whoever reads the mailbox changes the password, or disputes the owner's change: where email is one of the two, it's
    email. Where both were the phone, somebody else has it.
    """
    return "email" if "email" in {changed, disputed} else "phone"


def milliseconds(time: datetime) -> int:
    """Return a time as it is kept: finer than the seconds in which two changes may follow one another."""
    return int(time.timestamp() * 1000)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What the accounts table says. Times are UTC: of ends in seconds, of what happened in milliseconds."""

    frozen_until: int = 0
    barred: str = ""
    """The way that doesn't lift the freeze."""
    dispute: str = ""
    """The report that froze it, by its hash, and the attempt."""
    disputed_by: str = ""
    disputed_at: int = 0
    disputed_way: str = ""
    """The way of the link that disputed."""
    proven: Mapping[str, int] = field(default_factory=dict)
    """When the last change was proven in each way, where that is of any consequence."""
    no_links: Mapping[str, int] = field(default_factory=dict)
    """Until when each way carries no link that disputes, for its dispute was overruled."""

    disputed_version: int = -1
    """The account's version as it was frozen, where counting it up is another step."""
    stood: str = ""
    """What stood before the first change that can be disputed still, as it is kept."""
    totp_secret: str = field(default="", repr=False)
    recovery_codes: Collection[str] = ()
    """Second factors that the account has, as they are stored, whether they count here or not."""

    def is_frozen(self, now: datetime) -> bool:
        """Whether nobody signs in."""
        return now.timestamp() < self.frozen_until

    def refuses(self, way: str, now: datetime) -> bool:
        """Whether a change proven so is refused, alone."""
        return self.is_frozen(now) and way == self.barred

    def may_dispute(self, channel: str, now: datetime) -> bool:
        """Whether the channel's notices carry a link that disputes."""
        return now.timestamp() >= self.no_links.get(way_of(channel), 0)


NO_STANDING = Standing()
"""Of an account that we keep nothing of."""


def standing_of(item: Mapping[str, Any]) -> Standing:
    """Return how an account stands by its item of the accounts table; an empty one is of an account without any."""
    return Standing(
        frozen_until=item.get("frozen_until", 0),
        barred=item.get("barred", ""),
        dispute=item.get("dispute", ""),
        disputed_by=item.get("disputed_by", ""),
        disputed_at=item.get("disputed_at", 0),
        disputed_way=item.get("disputed_way", ""),
        proven={way: item.get(f"changed_by_{way}", 0) for way in _WAYS} | {"operator": item.get("reopened_at", 0)},
        disputed_version=item.get("disputed_version", -1),
        stood=item.get("stood", ""),
        totp_secret=item.get("totp_secret", ""),
        recovery_codes=item.get("recovery_codes", frozenset()),
        no_links={way: item.get(f"no_links_by_{way}", 0) for way in _WAYS},
    )
