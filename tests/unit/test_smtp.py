"""Mail over SMTP, against a real server: TLS always verified, the login secret, refusals for now and for good."""

import gc
import itertools
import json
import smtplib
import ssl
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from local.ports import free_port
from local.worker import work_once
from password_reset.channels.transports.smtp import SmtpTransport
from password_reset.delivery.deliveries import LEASE
from password_reset.errors import Undeliverable
from tests.wire import Wire, timeout
from tests.world import EMAIL, World
from tools import mail_check

pytestmark = [
    pytest.mark.enable_socket,
    # aiosmtpd asks asyncio for what newer versions of it deprecate
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    # it counts as TLS what began with STARTTLS alone
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),
]
LOGIN = {"username": "no-reply@example.com", "password": "app password"}


@dataclass
class Server:
    """A mail server. `refusals` are its answers to the next recipients or mails."""

    port: int = 0
    mails: list[Envelope] = field(default_factory=list)
    logins: list[LoginPassword] = field(default_factory=list)
    recipient_refusals: list[str] = field(default_factory=list)
    mail_refusals: list[str] = field(default_factory=list)
    farewell: str = "221 Bye"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.recipient_refusals:
            return self.recipient_refusals.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        if self.mail_refusals:
            return self.mail_refusals.pop(0)
        self.mails.append(envelope)
        return "250 queued"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        return self.farewell

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: LoginPassword
    ) -> AuthResult:
        self.logins.append(login)
        right = (login.login.decode(), login.password.decode()) == (LOGIN["username"], LOGIN["password"])
        return AuthResult(success=right, handled=False)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let OpenSSL find the test's authority where it finds a system's."""
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))


def serve(certificate: trustme.LeafCert, *, tls: bool = False) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    server = Server()
    options: dict[str, Any] = {"authenticator": server.authenticate, "auth_required": True}
    if tls:
        options |= {"ssl_context": context, "auth_require_tls": False}
    else:
        options |= {"tls_context": context, "require_starttls": True}
    server.port = free_port()
    controller = Controller(server, hostname="127.0.0.1", port=server.port, **options)
    controller.start()
    yield server
    controller.stop()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # of connections that a client broke off, as it should
        gc.collect()


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[Server]:
    yield from serve(authority.issue_cert("localhost"))


@pytest.fixture
def tls_server(authority: trustme.CA) -> Iterator[Server]:
    yield from serve(authority.issue_cert("localhost"), tls=True)


@pytest.fixture
def misnamed_server(authority: trustme.CA) -> Iterator[Server]:
    yield from serve(authority.issue_cert("mail.example.net"))


def mail() -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Zurücksetzen"
    message["From"] = "Example <no-reply@example.com>"
    message["To"] = EMAIL
    message["Message-ID"] = "<1@example.com>"
    message.set_content("مرحبًا")
    return message


def transport(server: Server, **changes: Any) -> SmtpTransport:
    chosen: dict[str, Any] = {"security": "starttls", "credentials": lambda: json.dumps(LOGIN)} | changes
    return SmtpTransport(host="localhost", port=server.port, **chosen)


def test_a_mail_goes_over_starttls_with_a_login(server: Server, trusted: None) -> None:
    assert transport(server).send(mail(), "delivery") == "<1@example.com>"
    (envelope,) = server.mails
    assert (envelope.mail_from, envelope.rcpt_tos) == ("no-reply@example.com", [EMAIL])
    assert isinstance(envelope.content, bytes)
    assert b"delivery" not in envelope.content
    assert len(server.logins) == 1


def test_a_mail_goes_over_tls(tls_server: Server, trusted: None) -> None:
    transport(tls_server, security="tls").send(mail(), "delivery")
    assert len(tls_server.mails) == 1


def test_an_untrusted_certificate_is_refused(server: Server) -> None:
    """And the login is not sent."""
    with pytest.raises(ssl.SSLCertVerificationError):
        transport(server).send(mail(), "delivery")
    assert (server.logins, server.mails) == ([], [])


def test_anothers_certificate_is_refused(misnamed_server: Server, trusted: None) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        transport(misnamed_server).send(mail(), "delivery")
    assert (misnamed_server.logins, misnamed_server.mails) == ([], [])


def test_a_wrong_password_is_a_fault(server: Server, trusted: None) -> None:
    wrong = json.dumps(LOGIN | {"password": "wrong"})
    with pytest.raises(smtplib.SMTPAuthenticationError):
        transport(server, credentials=lambda: wrong).send(mail(), "delivery")
    assert server.mails == []


@pytest.mark.parametrize("refusals", ["recipient_refusals", "mail_refusals"])
def test_a_refusal_for_now_is_raised_and_the_next_try_succeeds(server: Server, trusted: None, refusals: str) -> None:
    getattr(server, refusals).append("450 4.2.0 greylisted")
    with pytest.raises(smtplib.SMTPException):
        transport(server).send(mail(), "delivery")
    transport(server).send(mail(), "delivery")
    assert len(server.mails) == 1


@pytest.mark.parametrize("farewell", ["421 too busy", "250 bye", "500 what"])
def test_what_a_server_says_at_the_end_changes_nothing(server: Server, trusted: None, farewell: str) -> None:
    """The mail was taken: a fault now would send it again."""
    server.farewell = farewell
    transport(server).send(mail(), "delivery")
    assert len(server.mails) == 1


def test_many_slow_answers_are_no_endless_session(
    server: Server, trusted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five seconds each: the worker gives up before it is killed, and nothing was sent."""
    slow = SimpleNamespace(monotonic=itertools.count(0, 5).__next__)
    monkeypatch.setattr("password_reset.channels.transports.smtp.time", slow)
    with pytest.raises(TimeoutError):
        transport(server).send(mail(), "key")
    assert server.mails == []


def test_a_recipient_refused_for_good_is_undeliverable(server: Server, trusted: None) -> None:
    server.recipient_refusals.append("550 5.1.1 no such user")
    with pytest.raises(Undeliverable) as refused:
        transport(server).send(mail(), "delivery")
    assert refused.value.reason == "recipient_refused"


def test_a_mail_refused_for_good_is_a_fault(server: Server, trusted: None) -> None:
    """The sender's, not the recipient's: it ends in the dead letters, where somebody sees it."""
    server.mail_refusals.append("554 5.7.1 message rejected")
    with pytest.raises(smtplib.SMTPDataError):
        transport(server).send(mail(), "delivery")


@pytest.fixture
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    """The world's mail goes to the server."""
    name = "misnamed_server" if "misnamed_server" in request.fixturenames else "server"
    port = str(request.getfixturevalue(name).port)
    return {"MAIL_TRANSPORT": "smtp", "SMTP_HOST": "localhost", "SMTP_PORT": port, "SMTP_SECRET": "smtp"}


@pytest.fixture
def login(moto_world: World) -> Iterator[None]:
    client = moto_world.session.client("secretsmanager")
    client.create_secret(Name="smtp", SecretString=json.dumps(LOGIN))
    yield
    client.delete_secret(SecretId="smtp", ForceDeleteWithoutRecovery=True)


def test_the_worker_sends_by_smtp(moto_world: World, server: Server, trusted: None, login: None) -> None:
    """Greylisted at first, then taken: one mail. A mailbox that is not there is not tried again."""
    moto_world.add_user()
    server.recipient_refusals.append("451 4.7.1 try again later")
    moto_world.forgot()
    work_once(moto_world.sqs)
    assert server.mails == []
    moto_world.clock.advance(LEASE.total_seconds())
    moto_world.pump()
    (envelope,) = server.mails
    assert isinstance(envelope.content, bytes)
    assert b"#token=" in envelope.content
    (sent,) = moto_world.items("DELIVERIES_TABLE")
    assert (sent["state"], sent["message_id"].endswith("@example.com>")) == ("sent", True)

    server.recipient_refusals.append("550 5.1.1 no such user")
    moto_world.forgot()
    moto_world.pump()
    assert moto_world.queued() == []
    assert moto_world.audited("deliver-reset")[-1]["reason"] == "recipient_refused"
    assert moto_world.mails() == []


def test_the_check_says_that_all_is_well(
    moto_world: World, server: Server, trusted: None, login: None, capsys: pytest.CaptureFixture[str]
) -> None:
    mail_check.main([EMAIL])
    assert capsys.readouterr().out == (f"Sent to {EMAIL} by smtp. Look into the mailbox, and into its spam folder.\n")
    assert len(server.mails) == 1


@pytest.mark.parametrize(
    ("refusals", "words"),
    [
        ({"recipient_refusals": ["550 5.1.1 no"]}, f"The server refuses {EMAIL} for good."),
        ({"mail_refusals": ["554 5.7.1 no"]}, "The server does not take the mail: SMTPDataError."),
    ],
)
def test_the_check_says_what_the_server_refuses(
    moto_world: World, server: Server, trusted: None, login: None, refusals: dict[str, list[str]], words: str
) -> None:
    for name, answers in refusals.items():
        getattr(server, name).extend(answers)
    with pytest.raises(SystemExit) as ended:
        mail_check.main([EMAIL])
    assert str(ended.value) == words


def test_the_check_says_that_the_login_is_refused(
    moto_world: World, server: Server, trusted: None, login: None
) -> None:
    client = moto_world.session.client("secretsmanager")
    client.put_secret_value(SecretId="smtp", SecretString=json.dumps(LOGIN | {"password": "wrong"}))
    with pytest.raises(SystemExit, match="refuses the login"):
        mail_check.main([EMAIL])


@pytest.mark.parametrize("secret", ["no JSON", '{"user": "x"}'])
def test_the_check_says_that_the_secret_is_none(
    moto_world: World, server: Server, trusted: None, login: None, secret: str
) -> None:
    moto_world.session.client("secretsmanager").put_secret_value(SecretId="smtp", SecretString=secret)
    with pytest.raises(SystemExit, match="The secret of SMTP_SECRET is not"):
        mail_check.main([EMAIL])


def test_the_check_says_that_there_is_no_secret(moto_world: World, server: Server, trusted: None) -> None:
    with pytest.raises(SystemExit, match="The secret of SMTP_SECRET cannot be read: "):
        mail_check.main([EMAIL])


def test_the_check_says_that_aws_is_silent(moto_world: World, server: Server, trusted: None, wire: Wire) -> None:
    wire.fail("secretsmanager.GetSecretValue", timeout)
    with pytest.raises(SystemExit, match="AWS cannot be reached: timed out"):
        mail_check.main([EMAIL])


def test_the_check_says_that_a_certificate_is_bad(
    moto_world: World, misnamed_server: Server, trusted: None, login: None
) -> None:
    with pytest.raises(SystemExit, match="certificate cannot be trusted: Hostname mismatch"):
        mail_check.main([EMAIL])
    assert misnamed_server.logins == []
