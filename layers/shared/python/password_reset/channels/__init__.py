"""The ways to reach a person, and the words that reach them.

Promises kept here: mails and messages go to what the account has stored, carry nothing of a request but a time and the
kinds of device and browser, and say the same in HTML and in plain text.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from password_reset.delivery.messages import Message
    from password_reset.devices import Browser, Device


@dataclass(frozen=True)
class Key:
    """What a message carries: a link or a code, and how long it is good for."""

    value: str
    life: timedelta


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Occasion:
    """Whom a message is for, and what of the request it tells: the time, device and browser, `now` being later.

    `locales` are the languages to try, in this order; `client` is the application that the request named.
    """

    email: str
    name: str
    locales: tuple[str, ...]
    at: datetime
    device: "Device"
    browser: "Browser" = "other"
    now: datetime
    client: str = ""


def occasion_of(message: "Message", *, email: str, name: str, locales: tuple[str, ...], now: datetime) -> Occasion:
    """Return the occasion of a message from the queue, for whom the account says it is for."""
    return Occasion(
        email=email,
        name=name,
        locales=locales,
        at=message.at,
        device=message.device,
        browser=message.browser,
        now=now,
        client=message.client,
    )
