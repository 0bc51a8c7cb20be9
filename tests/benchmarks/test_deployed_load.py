"""The books of the deployed stack's load run: what does not add up is found."""

from collections import Counter
from typing import Any

import bcrypt
import httpx
import pytest

from benchmarks.load.deployed import Person, faults, links

ADDRESS = "person-0@example.com"
RESET, NOTICE = "Reset your Example (dev) password", "Your Example (dev) password was changed"


def mail(subject: str, text: str = "") -> dict[str, Any]:
    return {"To": [ADDRESS], "Subject": subject, "BodyText": text}


def books(*, version: int = 1, password: str = "new", mails: list[str], dead: dict[str, int]) -> list[str]:
    """Return what is wrong where somebody was accepted twice and changed the password once."""
    person = Person("person-0", httpx.Client(), "users", password="new", accepted=2, changes=1)
    hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()
    stored = {"password_hash": {"S": hashed}, "credentials_version": {"N": str(version)}}
    return faults([person], [mail(subject) for subject in mails], {"person-0": stored}, Counter(dead))


@pytest.mark.parametrize(
    ("mails", "dead"),
    [
        ([RESET, RESET, NOTICE], {}),
        ([RESET, RESET, RESET, NOTICE, NOTICE], {}),  # at least once
        ([RESET, NOTICE], {ADDRESS: 1}),
        ([RESET, RESET], {"person-0": 1}),
    ],
)
def test_mails_and_dead_letters_account_for_everything(mails: list[str], dead: dict[str, int]) -> None:
    assert books(mails=mails, dead=dead) == []


def test_what_does_not_add_up_is_found() -> None:
    """A mail or notice that is lost, a change that was made twice or not at all, another's password."""
    whole = [RESET, RESET, NOTICE]
    assert books(mails=whole[1:], dead={}) == ["person-0: 2 requests, 1 mails, 0 dead"]
    assert books(mails=whole[:2], dead={}) == ["person-0: 1 changes, 0 notices, 0 dead"]
    assert books(version=2, mails=whole, dead={}) == ["person-0: 1 changes, version 2"]
    assert books(password="other", mails=whole, dead={}) == ["person-0: the password is another"]


def test_links_are_those_of_one_address() -> None:
    """In the order that they came in."""
    first, second = "a" * 43, "b" * 43
    mails = [
        mail(RESET, f"x#token={first} "),
        mail(RESET, f"#token={second}"),
        {**mail(RESET), "To": ["b@example.com"]},
    ]
    assert links(mails, ADDRESS) == [first, second]
