"""Operators' commands talk to AWS by boto3, and meet its faults as functions meet theirs."""

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError, NoRegionError

from local.ports import free_port
from password_reset.aws.clients import QUICK
from password_reset.aws.errors import NoAnswerError
from tools.clients import OperatorsClient


@pytest.fixture
def machine(account: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator's, with nothing made yet."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


@pytest.mark.usefixtures("machine")
def test_answers_and_errors_are_those_of_the_services_own_client() -> None:
    client = OperatorsClient("secretsmanager", QUICK)
    client.create_secret(Name="operators", SecretString="secret")
    assert client.get_secret_value(SecretId="operators")["SecretString"] == "secret"
    with pytest.raises(client.exceptions.ResourceNotFoundException) as refused:
        client.get_secret_value(SecretId="none")
    assert (refused.value.operation, refused.value.code) == ("GetSecretValue", "ResourceNotFoundException")
    assert not refused.value.may_have_happened


@pytest.mark.usefixtures("machine", "socket_enabled")
def test_what_keeps_boto3_from_an_answer_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that isn't served, for one; a region that nobody named is said before."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(NoAnswerError) as ended:
        OperatorsClient("secretsmanager", QUICK).get_secret_value(SecretId="none")
    assert isinstance(ended.value.__cause__, EndpointConnectionError)
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(NoRegionError):
        OperatorsClient("secretsmanager", QUICK)
