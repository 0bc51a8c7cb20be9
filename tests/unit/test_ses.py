"""Mail through Amazon SES: what is left of a day's mails is for the notices of changes."""

from email.message import EmailMessage
from typing import Any, cast

import pytest

from password_reset.aws.errors import NoAnswerError
from password_reset.channels.transports.ses import CHECKED_EVERY, MailReserved, SesTransport


class Ses:
    """SES with so many mails a day, of which so many are sent."""

    def __init__(self, most: float, sent: float) -> None:
        self.most, self.sent = most, sent
        self.asked = 0
        self.silent = False

    def send_email(self, **_: Any) -> dict[str, str]:
        self.sent += 1
        return {"MessageId": "1"}

    def get_account(self) -> dict[str, Any]:
        self.asked += 1
        if self.silent:
            raise NoAnswerError
        return {"SendQuota": {"Max24HourSend": self.most, "SentLast24Hours": self.sent, "MaxSendRate": 14.0}}


def send(ses: Ses, count: int, *, leaves_a_reserve: bool = True) -> int:
    """Send so many by one execution environment; return how many were taken."""
    transport = SesTransport(cast("Any", ses), "set", leaves_a_reserve=leaves_a_reserve)
    mail = EmailMessage()
    mail["From"], mail["To"] = "no-reply@example.com", "demo@example.com"
    taken = 0
    for _ in range(count):
        try:
            transport.send(mail, "key")
        except MailReserved:
            continue
        taken += 1
    return taken


@pytest.mark.parametrize(
    ("most", "sent", "taken"),
    [
        (50_000, 0, 200),
        (50_000, 44_900, 149),
        (50_000, 45_000, 49),
        (50_000, 50_000, 49),
        (200, 100, 99),
        (-1, 10**9, 200),
    ],
)
def test_a_tenth_of_a_days_mails_is_left_for_notices(most: float, sent: float, taken: int) -> None:
    """Row 63: however many resets are requested; it is looked at every fifty mails."""
    ses = Ses(most, sent)
    assert send(ses, 200) == taken
    assert ses.asked == 200 // CHECKED_EVERY


def test_notices_use_the_reserve_up() -> None:
    """Row 63: until SES itself refuses."""
    ses = Ses(50_000, 45_000)
    assert (send(ses, 200, leaves_a_reserve=False), ses.asked) == (200, 0)


def test_what_ses_does_not_tell_stops_no_mail() -> None:
    ses = Ses(50_000, 45_000)
    ses.silent = True
    assert send(ses, 200) == 200


def test_once_the_day_is_over_resets_are_mailed_again() -> None:
    ses = Ses(100, 95)
    transport = SesTransport(cast("Any", ses), "set", leaves_a_reserve=True)
    mail = EmailMessage()
    mail["From"], mail["To"] = "no-reply@example.com", "demo@example.com"
    for _ in range(CHECKED_EVERY - 1):
        transport.send(mail, "key")
    with pytest.raises(MailReserved):
        transport.send(mail, "key")
    ses.sent = 0
    for _ in range(CHECKED_EVERY - 1):
        with pytest.raises(MailReserved):
            transport.send(mail, "key")
    assert transport.send(mail, "key") == "1"
