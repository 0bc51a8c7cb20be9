"""`make mail-check` with SES: what keeps mails from arriving, in plain words; and whose settings are used."""

from typing import Any

import boto3
import pytest

from tests.wire import Wire, refusal
from tests.world import EMAIL, World
from tools import deployment, mail_check

READY: dict[str, Any] = {"ProductionAccessEnabled": True, "SendingEnabled": True}
VERIFIED: dict[str, Any] = {"VerifiedForSendingStatus": True, "DkimAttributes": {"Status": "SUCCESS"}}


class Ses:
    """SES as it answers for one account."""

    class exceptions:  # noqa: D106, N801 - as botocore has it
        class NotFoundException(Exception):
            """There is none."""

    def __init__(
        self, account: dict[str, Any], identity: dict[str, Any] | None, suppressed: str | None = None, **others: Any
    ) -> None:
        self.account, self.suppressed = account, suppressed
        self.identities = {"example.com": identity, **others}

    def get_account(self) -> dict[str, Any]:
        return self.account

    def get_email_identity(self, EmailIdentity: str) -> dict[str, Any]:  # noqa: N803 - the same
        if self.identities.get(EmailIdentity) is None:
            raise self.exceptions.NotFoundException
        return self.identities[EmailIdentity] or {}

    def get_suppressed_destination(self, EmailAddress: str) -> dict[str, Any]:  # noqa: N803 - the same
        if not self.suppressed:
            raise self.exceptions.NotFoundException
        return {"SuppressedDestination": {"EmailAddress": EmailAddress, "Reason": self.suppressed}}


@pytest.mark.parametrize(
    ("ses", "words"),
    [
        (Ses(READY, VERIFIED), []),
        (Ses({**READY, "ProductionAccessEnabled": False}, VERIFIED), ["SES is in its sandbox"]),
        (Ses({**READY, "SendingEnabled": False}, VERIFIED), ["SES has paused this account's sending"]),
        (Ses(READY, None), ["example.com is no identity in SES here"]),
        (Ses(READY, {**VERIFIED, "VerifiedForSendingStatus": False}), ["example.com is not verified yet"]),
        (Ses(READY, {**VERIFIED, "DkimAttributes": {"Status": "PENDING"}}), ["DKIM of example.com is not in force"]),
        (Ses(READY, VERIFIED, "BOUNCE"), [f"SES itself suppresses {EMAIL} after a bounce"]),
        (Ses({}, {}), ["SES is in its sandbox", "example.com is not verified yet", "DKIM of example.com"]),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(moto_world: World, ses: Any, words: list[str]) -> None:
    findings = list(mail_check.ses_findings(ses, moto_world.app.settings, EMAIL))
    assert [finding.startswith(word) for finding, word in zip(findings, words, strict=True)] == [True] * len(words)


SENDER, DOMAIN, ABOVE = "no-reply@mail.shop.example", "mail.shop.example", "shop.example"
UNSIGNED: dict[str, Any] = {**VERIFIED, "DkimAttributes": {"Status": "NOT_STARTED"}}


@pytest.mark.parametrize(
    ("there", "words"),
    [
        ({ABOVE: VERIFIED}, []),
        ({SENDER: VERIFIED}, []),
        ({SENDER: {}, DOMAIN: {}, ABOVE: VERIFIED}, []),
        (
            {SENDER: UNSIGNED, ABOVE: VERIFIED},
            [f"DKIM of {SENDER} is not in force: mails will look forged. Verify its d"],
        ),
        ({SENDER: {}}, [f"{SENDER} is not verified yet: click the link", f"DKIM of {SENDER}"]),
        ({ABOVE: {}}, [f"{ABOVE} is not verified yet: put its DkimRecord", f"DKIM of {ABOVE}"]),
        ({}, [f"{DOMAIN} is no identity in SES here, nor are the sender's address and the domains above"]),
    ],
)
def test_whichever_identity_sends_is_looked_at(there: dict[str, Any], words: list[str], moto_world: World) -> None:
    """The nearest that is verified, for with it SES sends."""
    settings = moto_world.app.settings.model_copy(update={"mail_from": f"Shop <{SENDER}>"})
    client: Any = Ses(READY, None, **there)
    findings = list(mail_check.ses_findings(client, settings, EMAIL))
    assert [finding.startswith(word) for finding, word in zip(findings, words, strict=True)] == [True] * len(words)


def test_a_test_mail_is_sent(
    moto_world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(boto3, "client", lambda _: Ses(READY, VERIFIED))
    moto_world.app.delivery.suppressions.add(EMAIL, "bounced", moto_world.clock())
    mail_check.main([EMAIL])
    assert capsys.readouterr().out.splitlines() == [
        "The service itself does not mail this address now (bounced): python -m tools.suppression.",
        f"Sent to {EMAIL} by ses. Look into the mailbox, and into its spam folder.",
    ]
    (mail,) = moto_world.mails()
    assert mail["subject"] == "Example: a test, nothing was changed"


def test_a_refusal_of_ses_is_told(moto_world: World, monkeypatch: pytest.MonkeyPatch, wire: Wire) -> None:
    monkeypatch.setattr(boto3, "client", lambda _: Ses(READY, VERIFIED))
    wire.fail("email.SendEmail", refusal("MessageRejected"))
    with pytest.raises(SystemExit, match="AWS refuses: canary-MessageRejected"):
        mail_check.main([EMAIL])


@pytest.mark.parametrize("arguments", [[], ["nobody"], [EMAIL, EMAIL]])
def test_it_wants_one_address(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="usage"):
        mail_check.main(arguments)


class Cloud:
    """CloudFormation and Lambda of an account with one stack."""

    def get_paginator(self, _: str) -> "Cloud":
        return self

    def paginate(self, StackName: str) -> list[dict[str, Any]]:  # noqa: N803 - botocore's name
        kinds = {"FunctionsDeliver1A2B": "AWS::Lambda::Function", "FunctionsDeliverRole3C": "AWS::IAM::Role"}
        summaries = [
            {"LogicalResourceId": name, "ResourceType": kind, "PhysicalResourceId": f"{StackName}-{name}"}
            for name, kind in kinds.items()
        ]
        return [{"StackResourceSummaries": summaries if StackName == "password-reset-prod" else []}]

    def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:  # noqa: N803 - the same
        return {"Environment": {"Variables": {"NAMED": FunctionName}}}


def test_the_settings_are_those_of_the_deployed_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3, "client", lambda _: Cloud())
    assert deployment.settings_of("password-reset-prod") == {"NAMED": "password-reset-prod-FunctionsDeliver1A2B"}
    with pytest.raises(SystemExit, match=r"password-reset-dev has no functions/deliver\."):
        deployment.settings_of("password-reset-dev")
