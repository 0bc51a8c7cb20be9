"""The service as a stack, and as a construct for a CDK app of your own: one construct a concern, composed."""

from aws_cdk import CfnOutput, Environment, Stack
from constructs import Construct

from infra.api import Api
from infra.config import Config
from infra.functions import Functions
from infra.grants import grant
from infra.mail import Mail
from infra.monitoring import Monitoring
from infra.storage import Storage
from infra.website import Website

UNPROTECTED = "unprotected"
"""The context of a first deployment, which CloudFormation has to be able to take back: `tools/deploy.py`."""


class PasswordReset(Construct):
    """The whole service: in a stack of its own, or in one of yours, beside the users table that `config` names."""

    def __init__(self, scope: Construct, construct_id: str, *, config: Config) -> None:
        super().__init__(scope, construct_id)
        storage = Storage(self, "Storage", config=config)
        mail = Mail(self, "Mail", config=config)
        functions = Functions(self, "Functions", config=config, storage=storage, mail=mail)

        grant(self, functions=functions, storage=storage, mail=mail, config=config)
        functions.deliver_messages()
        functions.record_feedback(mail.reports)
        if config.operator_event_source:
            functions.start_by_events(config.operator_event_source)
        api = Api(self, "Api", config=config, functions=functions.by_name)
        monitoring = Monitoring(self, "Monitoring", config=config, storage=storage, functions=functions, api=api)
        self.authorizer_function = functions.by_name.get("authorizer")
        """The function behind the sessions' authorizer, for one of your own API's: an authorizer belongs to one API."""
        self.outputs = {
            "ApiUrl": api.url,
            **({"UsersTable": storage.users.table_name} if storage.users else {}),
            "Queue": storage.messages.queue_url,
            "DeadLetters": storage.dead_letters.queue_url,
            "PepperSecret": storage.pepper.secret_arn,
            "AlarmTopic": monitoring.topic.topic_arn,
            **({"SessionKeySecret": storage.sessions.key.secret_arn} if storage.sessions else {}),
            **({"OperatorResets": api.operator_arn} if config.operator_api else {}),
            **mail.dns_records,
            **api.dns_records,
        }
        if config.website:
            website = Website(self, "Website", config=config, website=config.website, api=api)
            self.outputs |= website.outputs


class PasswordResetStack(Stack):
    """One environment."""

    def __init__(self, scope: Construct, *, config: Config) -> None:
        if scope.node.try_get_context(UNPROTECTED):
            config = config.model_copy(update={"protect_data": False})
        super().__init__(
            scope,
            f"password-reset-{config.environment}",
            env=Environment(account=config.account, region=config.region),
            description="Password reset, beside the users that are there.",
            termination_protection=config.protect_data,
        )
        service = PasswordReset(self, "PasswordReset", config=config)
        for name, value in service.outputs.items():
            CfnOutput(self, name, value=value)
