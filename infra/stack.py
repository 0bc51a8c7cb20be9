"""The service as a stack, and as a construct for a CDK app of your own. Every permission is granted here."""

from aws_cdk import CfnOutput, Environment, Stack
from constructs import Construct

from infra.api import Api
from infra.arns import arn, secret_arn
from infra.config import Config
from infra.functions import Functions
from infra.mail import Mail
from infra.monitoring import Monitoring
from infra.storage import SessionStorage, Storage
from infra.website import Website


class PasswordReset(Construct):
    """The whole service: in a stack of its own, or in one of yours, beside the users table that `config` names."""

    def __init__(self, scope: Construct, construct_id: str, *, config: Config) -> None:
        super().__init__(scope, construct_id)
        storage = Storage(self, "Storage", config=config)
        mail = Mail(self, "Mail", config=config)
        functions = Functions(self, "Functions", config=config, storage=storage, mail=mail)

        for name in functions.by_name:
            functions.allow(name, "secretsmanager:GetSecretValue", on=storage.pepper.secret_arn)
        functions.allow("forgot", "dynamodb:UpdateItem", on=storage.limits.table_arn)
        functions.allow("verify", "dynamodb:GetItem", on=[storage.reset_tokens.table_arn, storage.users.table_arn])
        for action in ("dynamodb:GetItem", "dynamodb:UpdateItem"):
            functions.allow("reset", action, on=[storage.reset_tokens.table_arn, storage.users.table_arn])
        for action, tables in {
            "dynamodb:GetItem": (storage.users, storage.reset_tokens),
            "dynamodb:PutItem": (storage.reset_tokens,),
            "dynamodb:UpdateItem": (storage.codes, storage.limits),
        }.items():
            functions.allow("verify_code", action, on=[table.table_arn for table in tables])
        for name in ("forgot", "reset"):
            functions.allow(name, "sqs:SendMessage", on=storage.messages.queue_arn)
        functions.allow("feedback", "dynamodb:PutItem", on=storage.suppressions.table_arn)
        functions.allow("feedback", "dynamodb:UpdateItem", on=storage.deliveries.table_arn)
        self._let_deliver(functions, storage, mail, config)
        if storage.users.encryption_key:
            via = {"StringEquals": {"kms:ViaService": f"dynamodb.{Stack.of(self).region}.amazonaws.com"}}
            reading = {"verify", "verify_code", "reset", "deliver", "sign_in", "authorizer"}
            for name in functions.by_name.keys() & reading:
                functions.allow(name, "kms:Decrypt", on=storage.users.encryption_key.key_arn, where=via)

        if storage.sessions:
            self._allow_sessions(functions, storage, storage.sessions)

        functions.deliver_messages()
        functions.record_feedback(mail.reports)
        api = Api(self, "Api", config=config, functions=functions.by_name)
        monitoring = Monitoring(self, "Monitoring", config=config, storage=storage, functions=functions, api=api)
        self.authorizer_function = functions.by_name.get("authorizer")
        """The function behind the sessions' authorizer, for one of your own API's: an authorizer belongs to one API."""
        self.outputs = {
            "ApiUrl": api.url,
            "UsersTable": storage.users.table_name,
            "Queue": storage.messages.queue_url,
            "DeadLetters": storage.dead_letters.queue_url,
            "PepperSecret": storage.pepper.secret_arn,
            "AlarmTopic": monitoring.topic.topic_arn,
            **({"SessionKeySecret": storage.sessions.key.secret_arn} if storage.sessions else {}),
            **mail.dkim_records,
            **api.dns_records,
        }
        if config.website:
            website = Website(self, "Website", config=config, website=config.website, api=api)
            self.outputs["WebsiteDomain"] = website.domain

    def _let_deliver(self, functions: Functions, storage: Storage, mail: Mail, config: Config) -> None:
        """Allow functions/deliver to find an account, make what it is sent, and send it by the channels that are on."""
        functions.allow("deliver", "dynamodb:Query", on=storage.users_index_arn)
        for action, tables in {
            "dynamodb:GetItem": (storage.users, storage.reset_tokens, storage.limits, storage.suppressions),
            "dynamodb:PutItem": (storage.reset_tokens, storage.codes, storage.deliveries),
            "dynamodb:UpdateItem": (storage.codes, storage.limits, storage.deliveries),
        }.items():
            functions.allow("deliver", action, on=[table.table_arn for table in tables])
        if "sms" in config.channels:  # a phone number is no resource
            functions.allow("deliver", "sns:Publish", on="*")
        for secret in filter(None, (config.smtp_secret, config.whatsapp_secret)):
            functions.allow("deliver", "secretsmanager:GetSecretValue", on=secret_arn(self, secret))
        functions.allow("deliver", "events:PutEvents", on=arn(self, "events", "event-bus/default"))
        # SendEmail with a raw message is checked as SendRawEmail.
        from_address = {"StringEquals": {"ses:FromAddress": config.sender}}
        functions.allow("deliver", "ses:SendEmail", "ses:SendRawEmail", on=mail.sending, where=from_address)

    @staticmethod
    def _allow_sessions(functions: Functions, storage: Storage, sessions: SessionStorage) -> None:
        for name in ("sign_in", "authorizer"):
            functions.allow(name, "secretsmanager:GetSecretValue", on=sessions.key.secret_arn)
        functions.allow("sign_in", "dynamodb:Query", on=storage.users_index_arn)
        functions.allow("sign_in", "dynamodb:GetItem", "dynamodb:UpdateItem", on=storage.users.table_arn)
        for action in ("dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"):
            functions.allow("sign_in", action, on=sessions.sign_ins.table_arn)
        functions.allow("sign_out", "dynamodb:PutItem", on=sessions.revoked.table_arn)
        functions.allow("authorizer", "dynamodb:BatchGetItem", on=[storage.users.table_arn, sessions.revoked.table_arn])


class PasswordResetStack(Stack):
    """One environment."""

    def __init__(self, scope: Construct, *, config: Config) -> None:
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
