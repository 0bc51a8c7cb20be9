"""An AWS account as a process: `main` serves moto until it is ended.

moto's CloudFormation passes over what it does not know, and a reference to that is nothing. The three things of
the stack that the functions cannot do without are taught to it here: the pepper, the mail identity and the
configuration set. What it still passes over, the deploy test names. Mails go to standard output as well.
"""

import json
from dataclasses import dataclass
from typing import Any, Self

from moto.apigateway.models import Method
from moto.core.common_models import CloudFormationModel
from moto.secretsmanager.models import secretsmanager_backends
from moto.server import main as serve
from moto.ses.models import ses_backends

ACCOUNT, REGION = "123456789012", "us-east-1"
MAIL = "MAIL "
"""What a line with a mail begins with."""


@dataclass
class Resource:
    """What moto asks of every resource; these are created once and end with the process."""

    physical_resource_id: str

    @staticmethod
    def cloudformation_name_type() -> str:
        """None of them is named by a property that moto would have to generate."""
        return ""

    @classmethod
    def has_cfn_attr(cls, _: str) -> bool:
        """Attributes are not asked for in tests."""
        return False

    @classmethod
    def update_from_cloudformation_json(cls, original_resource: Self, *_: object, **__: object) -> Self:
        """Stay as created."""
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(cls, *_: object, **__: object) -> None:
        """Stay until the process ends."""


class Secret(Resource, CloudFormationModel):
    """A secret, generated as the template says; a reference to it is its ARN."""

    @staticmethod
    def cloudformation_type() -> str:
        """Return what it is called in a template."""
        return "AWS::SecretsManager::Secret"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> Self:
        """Create it."""
        backend = secretsmanager_backends[account_id][region_name]
        asked = cloudformation_json["Properties"]["GenerateSecretString"]
        generated = backend.get_random_password(
            password_length=int(asked["PasswordLength"]),
            exclude_characters="",
            exclude_numbers=False,
            exclude_punctuation=asked["ExcludePunctuation"],
            exclude_uppercase=False,
            exclude_lowercase=False,
            include_space=False,
            require_each_included_type=True,
        )
        created = backend.create_secret(
            name=resource_name,
            secret_string=json.loads(generated)["RandomPassword"],
            secret_binary=None,
            description=None,
            tags=None,
            kms_key_id=None,
            client_request_token=None,
            replica_regions=[],
            force_overwrite=False,
        )
        return cls(json.loads(created)["ARN"])


class ConfigurationSet(Resource, CloudFormationModel):
    """An SES configuration set; a reference to it is its name."""

    @staticmethod
    def cloudformation_type() -> str:
        """Return what it is called in a template."""
        return "AWS::SES::ConfigurationSet"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> Self:
        """Create it."""
        ses_backends[account_id][region_name].create_configuration_set(resource_name)
        return cls(resource_name)


class EmailIdentity(Resource, CloudFormationModel):
    """An SES identity, verified at once; a reference to it is what it is of."""

    @staticmethod
    def cloudformation_type() -> str:
        """Return what it is called in a template."""
        return "AWS::SES::EmailIdentity"

    @classmethod
    def has_cfn_attr(cls, _: str) -> bool:
        """The stack tells the DKIM records, which moto has none of."""
        return True

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> Self:
        """Create it."""
        name = cloudformation_json["Properties"]["EmailIdentity"]
        ses_backends[account_id][region_name].create_email_identity_v2(name, None, None, None)
        return cls(name)

    def get_cfn_attribute(self, attribute: str) -> str:
        """Return a made-up DKIM record."""
        return f"{attribute}.example.com"


class GatewayMethod(Method, CloudFormationModel):
    """moto's method of a REST API, one that calls nobody included; it comes after moto's own, and so in its place."""

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> Method:
        """Create it, with what moto reads of every integration."""
        properties = cloudformation_json["Properties"]
        properties["Integration"] = {"IntegrationHttpMethod": "", "Uri": ""} | properties["Integration"]
        return super().create_from_cloudformation_json(
            resource_name, cloudformation_json, account_id, region_name, **kwargs
        )


class Mailbox(list[Any]):
    """What SES took, each a line of JSON on standard output too: SES itself shows it to nobody."""

    def append(self, message: Any) -> None:
        """Take a mail."""
        super().append(message)
        shown = {"source": message.source, "destinations": message.destinations, "raw_data": message.raw_data}
        print(MAIL + json.dumps(shown), flush=True)  # noqa: T201 - for the test to read


def main() -> None:
    """Serve."""
    ses_backends[ACCOUNT][REGION].sent_messages = Mailbox()
    serve()
