"""One canonical form of an address: what is the same, and what must never be taken for another."""

import unicodedata

import pytest

from password_reset.accounts.identifiers import InvalidIdentifier, email_key, read_mailbox, write_mailbox


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("Demo@Example.COM", "demo@example.com"),
        (" demo@example.com ", "demo@example.com"),
        ("demo@BÜCHER.example", "demo@xn--bcher-kva.example"),
        ("demo@bücher.example", "demo@xn--bcher-kva.example"),
        ("demo@xn--BCHER-kva.example", "demo@xn--bcher-kva.example"),
        (unicodedata.normalize("NFD", "demo@bücher.example"), "demo@xn--bcher-kva.example"),
        (unicodedata.normalize("NFD", "demo@BÜCHER.example"), "demo@xn--bcher-kva.example"),
        ("demo@STRAẞE.example", "demo@xn--strae-oqa.example"),
        ("demo@straße.example", "demo@xn--strae-oqa.example"),
        ("demo@ΠΑΡΆΔΕΙΓΜΑΣ.example", "demo@xn--hxajbheg2az3al3a.example"),
        ("demo@МОСКВА.example", "demo@xn--80adxhks.example"),
        ("MÜLLER@example.com", "mÜller@example.com"),
        ("müller@example.com", "müller@example.com"),
        (unicodedata.normalize("NFD", "müller@example.com"), unicodedata.normalize("NFD", "müller@example.com")),
        ("\u212aelvin@example.com", "\u212aelvin@example.com"),
    ],
)
def test_the_key_of_an_address(address: str, key: str) -> None:
    """A domain folds beyond ASCII, what stands before the @ in ASCII alone."""
    assert email_key(address) == key


@pytest.mark.parametrize(
    "domain",
    [
        "\u212aelvin.example",
        "fi\u017fh.example",
        "\uff45xample.com",
        "\u0130stanbul.example",
        "\ufb01sh.example",
        "bücher\u3002example",
        "bücher\uff0eexample",
        "bücher\uff61example",
        "e\u00adxample.com",
        "ex\u200dample.com",
        "\u2460.example",
        "a\u037eb.example",
        "\u2488example",
        "bü cher.example",
        "-ü.example",
    ],
)
def test_no_character_becomes_an_ascii_one(domain: str) -> None:
    """Or a stranger's domain would stand for somebody else's."""
    with pytest.raises(InvalidIdentifier):
        email_key(f"demo@{domain}")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("no-reply@example.com", ""),
        ("<no-reply@example.com>", ""),
        ("Example <no-reply@example.com>", "Example"),
        ("Example Inc. (dev) <no-reply@example.com>", "Example Inc. (dev)"),
        ('"Example" <no-reply@example.com>', "Example"),
        ('"Example, Inc." <no-reply@example.com>', "Example, Inc."),
        ('"Example; more" <no-reply@example.com>', "Example; more"),
        ('"me @ Example" <no-reply@example.com>', "me @ Example"),
        ('"a < b > c" <no-reply@example.com>', "a < b > c"),
        ('"[Example]" <no-reply@example.com>', "[Example]"),
        ('"Example: Accounts" <no-reply@example.com>', "Example: Accounts"),
        (r'"The \"Example\" \\ Co" <no-reply@example.com>', 'The "Example" \\ Co'),
        ("みずほ銀行 <no-reply@example.com>", "みずほ銀行"),
    ],
)
def test_a_mailbox_is_read_and_written(text: str, name: str) -> None:
    assert read_mailbox(text) == (name, "no-reply@example.com")
    assert read_mailbox(write_mailbox(name, "no-reply@example.com")) == (name, "no-reply@example.com")


@pytest.mark.parametrize(
    "text",
    [
        "Example, Inc. <no-reply@example.com>",
        "Example: Accounts <no-reply@example.com>",
        'A "B" C <no-reply@example.com>',
        '"Example <no-reply@example.com>',
        "Example <no-reply@example.com> x",
        "Example <no-reply@example.com",
        "a@example.com, b@example.com",
        "a@example.com <no-reply@example.com>",
        "Example <>",
        "",
    ],
)
def test_what_could_be_two_is_none(text: str) -> None:
    with pytest.raises(InvalidIdentifier):
        read_mailbox(text)
