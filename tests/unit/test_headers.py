"""Mails as they go over the wire: any reader gets the very text, in lines that any server carries."""

import re
from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr

import pytest

from password_reset.accounts.identifiers import write_mailbox
from password_reset.channels.words.catalogue import LANGUAGES
from tests.unit.test_mail import CODE_KEY, LINK, LINK_KEY, MAILS, OCCASION
from tests.whole import sampled

NAMES = [
    "Example",
    "Müller für Bäckerei",
    "みずほ銀行オンライン",
    "Éducation nationale – Académie de Créteil",
    "Two  spaces",
    " spaces around ",
    "=?utf-8?q?x?=",
    "x" * 60,
    "ü" * 60,
    "銀" * 60,
    "\U0001f600" * 60,
    "a, b; c: d@e [f] <g>",
    "wide words " * 5,
    "e\u0301" * 30,
]
WORD = re.compile(r"=\?utf-8\?[qb]\?[!->@-~]*\?=")


def lines(mail: EmailMessage) -> list[str]:
    return mail.as_bytes().decode("ascii").split("\r\n")


def raw(mail: EmailMessage, name: str) -> str:
    """A header's own lines."""
    found = re.search(rf"^{name}:(.*(?:\r\n .*)*)\r\n", mail.as_bytes().decode("ascii"), re.MULTILINE)
    assert found
    return f"{name}:{found[1]}"


@pytest.mark.parametrize("product", sampled(NAMES, 4))
def test_a_subject_is_the_very_text(product: str) -> None:
    """RFC 2047: words of at most 75 characters, white space between them, lines of at most 76, whole characters."""
    for language in LANGUAGES:
        mail = replace(MAILS, product=product).reset(replace(OCCASION, locales=(language,)), link=LINK_KEY)
        expected = str(mail["Subject"])
        assert product in expected
        header = raw(mail, "Subject")
        assert all(len(line.strip()) > 0 and len(line) <= 76 for line in header.split("\r\n"))
        if "=?utf-8?" in header and not expected.isascii():
            words = header.partition(":")[2].split()
            assert all(WORD.fullmatch(word) and len(word) <= 75 for word in words)
            assert (
                "".join("".join(text.decode(charset) for text, charset in decode_header(word)) for word in words)
                == expected
            )
        assert message_from_bytes(mail.as_bytes(), policy=default)["Subject"] == expected


@pytest.mark.parametrize("name", [name.strip() for name in NAMES])
def test_a_senders_name_is_the_very_text(name: str) -> None:
    mail = replace(MAILS, sender=write_mailbox(name, "no-reply@example.com")).reset(OCCASION, link=LINK_KEY)
    assert all(len(line) <= 76 for line in raw(mail, "From").split("\r\n"))
    # The newer parser reads a space between two words of a phrase; RFC 2047, 6.2, has none.
    shown, address = parseaddr(message_from_bytes(mail.as_bytes())["From"])
    assert (str(make_header(decode_header(shown))), address) == (name, "no-reply@example.com")


@pytest.mark.parametrize(
    "address",
    [
        "l" * 64 + "@" + ".".join(["d" * 60] * 2) + ".example",
        "a..b@example.com",
        ".a@example.com",
        "o'neill+tag@example.com",
    ],
)
def test_an_address_is_whole_whatever_its_length(address: str) -> None:
    mail = replace(MAILS, sender=address, support=address).reset(replace(OCCASION, email=address), link=LINK_KEY)
    for name in ("From", "To", "Reply-To"):
        (read,) = message_from_bytes(mail.as_bytes(), policy=default)[name].addresses
        assert f"{read.username}@{read.domain}" == address
        assert "=?" not in raw(mail, name)


def test_lines_are_short_and_links_whole() -> None:
    """RFC 2045: 76 characters; decoded, the link stands alone on its line."""
    for language in LANGUAGES:
        occasion = replace(OCCASION, locales=(language,))
        for mail in (
            MAILS.reset(occasion, link=LINK_KEY),
            MAILS.reset(occasion, code=CODE_KEY),
            MAILS.reset(occasion, link=LINK_KEY, code=CODE_KEY),
            MAILS.changed(occasion),
        ):
            assert max(len(line) for line in lines(mail)) <= 76
            plain = message_from_bytes(mail.as_bytes(), policy=default).get_body(("plain",))
            assert plain
            links = [line for line in plain.get_content().splitlines() if "https://" in line]
            assert links in ([LINK], ["https://www.example.com/forgot-password"], [])
            assert {part["Content-Transfer-Encoding"] for part in mail.iter_parts()} <= {"quoted-printable", "base64"}
