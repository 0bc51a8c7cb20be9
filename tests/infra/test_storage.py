"""Tables, queue and pepper: encrypted, recoverable, and kept where the environment says so."""

from datetime import timedelta
from typing import Any

import pytest
from aws_cdk.assertions import Template

from infra.config import UsersTable
from infra.queue import VISIBILITY_SECONDS, WORKER_TIMEOUT_SECONDS
from infra.stack import UNPROTECTED
from infra.tables import TABLES, Table
from password_reset.delivery.deliveries import KEPT, LEASE
from password_reset.proofs.tokens import EVIDENCE
from password_reset.settings import Settings
from tests.infra.conftest import ENVIRONMENTS, Synthesise, of_type, properties, stack
from tests.unit.test_settings import VALID

TABLE = "AWS::DynamoDB::Table"


def logical(table: Table) -> str:
    """Return what a table's logical id contains."""
    return f"Storage{''.join(part.title() for part in table.name.split('-'))}"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("table", [table for table in TABLES if not table.sessions], ids=lambda table: table.name)
def test_tables_are_what_the_functions_use_and_recoverable(
    environment: str, table: Table, synthesise: Synthesise
) -> None:
    """Row 53: TTL, point-in-time recovery, encryption; keys and indexes as in `infra/tables.py`."""
    found = properties(synthesise(environment), TABLE, logical(table))
    assert found["KeySchema"] == [{"AttributeName": table.partition_key, "KeyType": "HASH"}]
    assert found["BillingMode"] == "PAY_PER_REQUEST"
    assert found["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert found["SSESpecification"] == {"SSEEnabled": True}
    ttl = {"AttributeName": table.ttl, "Enabled": True} if table.ttl else None
    assert found.get("TimeToLiveSpecification") == ttl
    indexes = {
        index["IndexName"]: [key["AttributeName"] for key in index["KeySchema"]]
        for index in found.get("GlobalSecondaryIndexes", ())
    }
    assert indexes == {
        index.name: [key for key in (index.partition_key, index.sort_key) if key] for index in table.indexes
    }


@pytest.mark.parametrize(("environment", "kept"), [("dev", False), ("staging", False), ("prod", True)])
def test_data_outlives_the_stack_in_production_alone(*, environment: str, kept: bool, synthesise: Synthesise) -> None:
    """Row 53: deletion protection, and retained: tables, pepper, audit logs, mail identity.

    What a failed first deployment made goes with it, or the next try would find it in its way.
    """
    template = synthesise(environment)
    for table in of_type(template, TABLE).values():
        assert table["Properties"].get("DeletionProtectionEnabled", False) is kept
    data = [TABLE, "AWS::SecretsManager::Secret", "AWS::Logs::LogGroup", "AWS::SES::EmailIdentity"]
    policies = {
        (resource["DeletionPolicy"], resource["UpdateReplacePolicy"])
        for kind in data
        for resource in of_type(template, kind).values()
    }
    assert policies == {("RetainExceptOnCreate", "Retain") if kept else ("Delete", "Delete")}


def test_nothing_keeps_a_first_deployment_from_being_taken_back() -> None:
    """As `make deploy` makes it where there is no stack yet; protection comes with the second step."""
    first, protected = stack(ENVIRONMENTS, "prod", **{UNPROTECTED: "true"}), stack(ENVIRONMENTS, "prod")
    assert (first.termination_protection, protected.termination_protection) == (False, True)
    resources = Template.from_stack(first).to_json()["Resources"].values()
    assert {resource.get("DeletionPolicy", "Delete") for resource in resources} == {"Delete"}
    assert not any(resource.get("Properties", {}).get("DeletionProtectionEnabled") for resource in resources)


def test_an_existing_users_table_is_used_as_it_is(synthesise: Synthesise) -> None:
    """No table of ours for users, and the functions are told what the team's calls things."""
    template = synthesise("everything")
    assert not any("Users" in name for name in of_type(template, TABLE))
    environment = properties(template, "AWS::Lambda::Function", "Verify")["Environment"]["Variables"]
    assert {name: value for name, value in environment.items() if name.startswith("USERS")} == {
        "USERS_TABLE": "customers",
        "USERS_INDEX": "byEmail",
        "USERS_ATTRIBUTES": '{"user_id":"customerId","email":"mail","password_hash":"passwordHash"}',
    }


def test_the_functions_are_told_the_shape_of_the_table() -> None:
    """And read the same shape out of it as was checked at synthesis."""
    theirs = {
        "tableName": "app",
        "key": {"PK": "USER#{user_id}", "SK": "PROFILE"},
        "lookup": {"index": "GSI1", "key": {"GSI1PK": "EMAIL#{email_key}"}},
        "attributes": {"password_hash": "auth.hash"},
        "disabledWhen": {"attribute": "status", "otherThan": ["ACTIVE"]},
        "phoneVerifiedWhen": {"attribute": "phoneVerifiedAt", "present": True},
        "federatedWhen": {"attribute": "idp", "values": ["google", "okta"]},
    }
    table = UsersTable.model_validate(theirs)
    assert table.environment == {
        "USERS_KEY": '{"PK":"USER#{user_id}","SK":"PROFILE"}',
        "USERS_LOOKUP": '{"index":"GSI1","key":{"GSI1PK":"EMAIL#{email_key}"}}',
        "USERS_ATTRIBUTES": '{"password_hash":"auth.hash"}',
        "USERS_DISABLED_WHEN": '{"attribute":"status","otherThan":["ACTIVE"]}',
        "USERS_PHONE_VERIFIED_WHEN": '{"attribute":"phoneVerifiedAt","present":true}',
        "USERS_FEDERATED_WHEN": '{"attribute":"idp","values":["google","okta"]}',
    }
    assert Settings.from_environment(VALID | table.environment).users_shape == table.shape
    by_address = UsersTable.model_validate({"tableName": "app", "key": {"email": "{email_key}"}})
    assert by_address.environment == {"USERS_KEY": '{"email":"{email_key}"}'}


@pytest.mark.parametrize("environment", [*ENVIRONMENTS, "everything"])
def test_a_burst_queues_and_does_not_fail(environment: str, synthesise: Synthesise) -> None:
    """Row 54: visibility is six time-outs; with the tries it outlives a token; a claim outlives a worker."""
    template = synthesise(environment)
    worker = properties(template, "AWS::Lambda::Function", "Deliver")
    queue = properties(template, "AWS::SQS::Queue", "Messages")
    life = int(worker["Environment"]["Variables"]["TOKEN_TTL_SECONDS"])
    assert worker["Timeout"] == WORKER_TIMEOUT_SECONDS < LEASE.total_seconds() < VISIBILITY_SECONDS
    assert queue["VisibilityTimeout"] == VISIBILITY_SECONDS >= 6 * worker["Timeout"]
    assert queue["VisibilityTimeout"] * queue["RedrivePolicy"]["maxReceiveCount"] >= life


def test_evidence_outlives_queue_and_dead_letters_together(synthesise: Synthesise) -> None:
    """Row 63: a notice that is redriven on its last day still finds that the token was used, and what was sent."""
    template = synthesise("prod")
    waiting = sum(
        properties(template, "AWS::SQS::Queue", name)["MessageRetentionPeriod"] for name in ("Messages", "DeadLetters")
    )
    assert waiting == 18 * 86400
    assert EVIDENCE.total_seconds() > waiting
    assert KEPT.total_seconds() > waiting


@pytest.mark.parametrize("name", ["tokens.EVIDENCE", "deliveries.KEPT"])
def test_less_evidence_than_that_stops_synthesis(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 63: whichever of the two somebody shortens."""
    monkeypatch.setattr(f"infra.storage.{name}", timedelta(days=18))
    with pytest.raises(ValueError, match="18 days"):
        stack(ENVIRONMENTS, "dev")


def test_queues_are_encrypted_and_take_tls_alone(synthesise: Synthesise) -> None:
    """Row 54: the queue, and where its dead letters wait for two weeks."""
    template = synthesise("prod")
    queues = of_type(template, "AWS::SQS::Queue")
    assert len(queues) == 2
    assert all(queue["Properties"]["SqsManagedSseEnabled"] for queue in queues.values())
    assert properties(template, "AWS::SQS::Queue", "DeadLetters")["MessageRetentionPeriod"] == 14 * 86400
    refusing = [policy["Properties"] for policy in of_type(template, "AWS::SQS::QueuePolicy").values()]
    assert len(refusing) == 2
    for policy in refusing:
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert statement["Effect"] == "Deny"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_pepper_is_generated_and_its_arguments_never_change(synthesise: Synthesise) -> None:
    """An edit of these would rotate it: change the expectation only to mean that."""
    pepper: dict[str, Any] = properties(synthesise("prod"), "AWS::SecretsManager::Secret", "Pepper")
    assert pepper["GenerateSecretString"] == {"ExcludePunctuation": True, "PasswordLength": 64}
