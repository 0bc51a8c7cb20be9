"""`make mail-proof`: what mail filters and verifiers make of every email, with programs that nobody here wrote.

Needs Debian's packages spamassassin and python3-dkim. Every kind of email in every language is scored by SpamAssassin
(local tests, for there is no network), signed by dkimpy with a key of its own, folded anew as relays do, and verified.
"""

import base64
import email
import email.policy
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from infra.branding import messages, samples
from password_reset.channels.email import Mails
from password_reset.channels.phone import PhoneMessages
from password_reset.channels.segments import segments
from password_reset.channels.words.catalogue import LANGUAGES

MOST = 1.0
"""The highest score that passes; filters commonly hold back from 5."""
_SYSTEM_PYTHON = "/usr/bin/python3"  # which has Debian's dkim
_DKIM = """
import dkim, sys
step, key, mail = sys.argv[1], sys.argv[2].encode(), sys.stdin.buffer.read()
if step == "sign":
    sys.stdout.buffer.write(dkim.sign(mail, b"test", b"example.com", key, canonicalize=(b"relaxed", b"relaxed")) + mail)
else:
    sys.exit(not dkim.verify(mail, dnsfunc=lambda name, timeout=5: b"v=DKIM1; k=rsa; p=" + key))
"""
_NOW = datetime.now(UTC)
_MAILS = Mails(
    product="Example",
    sender="Example <no-reply@example.com>",
    support="support@example.com",
    brand_color="#1f5fd0",
    default_locale="en",
    forgot_url="https://www.example.com/forgot-password?lang={language}",
    company="Example GmbH, Musterstraße 1, 10115 Berlin",
)


def mails() -> Iterator[tuple[str, str, EmailMessage]]:
    """Yield each kind of email in each language, to a name that no header holds as it is."""
    for language in LANGUAGES:
        for kind, mail in samples(_MAILS, language, "Zoë").items():
            yield language, kind, mail


def score(mail: bytes) -> tuple[float, str]:
    """Return SpamAssassin's score, and the tests that it comes from."""
    arguments = ["spamassassin", "--local", "--test-mode"]
    judged = subprocess.run(arguments, input=mail, capture_output=True, check=True).stdout  # noqa: S603 - a constant
    status = str(email.message_from_bytes(judged, policy=email.policy.default)["X-Spam-Status"])
    found = re.search(r"score=(-?[\d.]+).*?tests=(.*?)(?:\s+autolearn|$)", status, re.DOTALL)
    if not found:
        sys.exit(f"SpamAssassin says no score: {status}")
    return float(found[1]), re.sub(r"\s", "", found[2])


def is_verified(mail: bytes, private: str, public: str) -> bool:
    """Whether a signature outlives what a relay does: other line ends, headers folded anew."""
    signed = _dkim("sign", private, mail).stdout
    relayed = re.sub(rb"\r\n[ \t]+", b"\r\n\t", signed.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), count=20)
    return all(_dkim("verify", public, copy).returncode == 0 for copy in (signed, relayed))


def _dkim(step: str, key: str, mail: bytes) -> subprocess.CompletedProcess[bytes]:
    arguments = [_SYSTEM_PYTHON, "-c", _DKIM, step, key]
    return subprocess.run(arguments, input=mail, capture_output=True, check=False)  # noqa: S603 - the script is above


def main() -> None:
    """Print a table of emails and one of SMS; end with an error if a filter or verifier objects."""
    if not shutil.which("spamassassin"):
        sys.exit("make mail-proof needs SpamAssassin and dkimpy: apt-get install spamassassin python3-dkim")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    public = base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    wrong = 0
    print("language  email              score  DKIM  tests")
    for language, kind, mail in mails():
        raw = mail.as_bytes()
        points, tests = score(b"Received: from mail.example.com by mx.example.net; " + _received() + raw)
        verified = is_verified(raw, private, public)
        wrong += points > MOST or not verified
        print(f"{language:<9} {kind:<18} {points:>5.1f}  {'pass' if verified else 'FAIL':<5} {tests}")
    print("\nlanguage  characters  segments of an SMS")
    phones = PhoneMessages(
        product="Example", host="www.example.com", support="support@example.com", default_locale="en"
    )
    for language in LANGUAGES:
        text = messages(phones, language)["code"]
        print(f"{language:<9} {len(text):>10}  {segments(text)}")
    sys.exit(f"{wrong} emails fail." if wrong else None)


def _received() -> bytes:
    return _NOW.strftime("%a, %d %b %Y %H:%M:%S +0000\r\n").encode()


if __name__ == "__main__":
    main()
