"""Mail through SES: what may send, and where what becomes of it is told."""

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_ses as ses
from constructs import Construct

from infra.arns import arn
from infra.config import Config
from infra.dns import Record, publish
from infra.nag import acknowledge
from infra.retention import removal_policy

_TOLD = [
    ses.EmailSendingEvent.BOUNCE,
    ses.EmailSendingEvent.COMPLAINT,
    ses.EmailSendingEvent.DELIVERY,
    ses.EmailSendingEvent.REJECT,
    ses.EmailSendingEvent.RENDERING_FAILURE,
]
"""Never opens and clicks: counting those rewrites the link, and puts the token into somebody's log."""


class Mail(Construct):
    """The configuration sets, and the identity of the sender's domain where this environment creates it."""

    def __init__(self, scope: Construct, construct_id: str, *, config: Config) -> None:
        super().__init__(scope, construct_id)
        self._config = config
        self.domain = config.mail_domain
        self.creates_identity = False
        bus = events.EventBus.from_event_bus_name(self, "DefaultBus", "default")
        self.configuration_set = self._create_set(
            "ConfigurationSet", bus, suppressing=ses.SuppressionReasons.BOUNCES_AND_COMPLAINTS
        )
        self.notices = self._create_set("Notices", bus, suppressing=ses.SuppressionReasons.BOUNCES_ONLY)
        """Of the notices of changes: a mailbox's thief could silence them for ever by one click on "spam"."""
        self.reports = events.Rule(
            self,
            "Reports",
            description="What became of each mail, for functions/feedback.",
            event_pattern=events.EventPattern(
                source=["aws.ses"], detail={"mail": {"tags": {"ses:configuration-set": self._set_names}}}
            ),
        )
        """The events about this environment's mails, and nobody else's of the account."""
        acknowledge(
            self.reports,
            {
                "Serverless-EventBusDLQ": "EventBridge tries for a day to hand an event over. A report that is lost "
                "all the same costs a line of history; SES keeps a suppression list of its own."
            },
        )
        self.creates_identity = config.create_mail_identity and not self._is_created_elsewhere()
        self.dns_records = publish(self, config.hosted_zone, self._create_identity() if self.creates_identity else ())
        """What is to be put into DNS, by the name of the stack's output."""

    @property
    def sending(self) -> list[str]:
        """The ARNs that SES checks when a mail is sent: in its sandbox the recipients' too."""
        # Whichever is the identity; who sends is confined by ses:FromAddress.
        names = [*self._config.identities, *self._config.sandbox_recipients]
        identities = [arn(self, "ses", f"identity/{name}") for name in names]
        return [*identities, *(arn(self, "ses", f"configuration-set/{name}") for name in self._set_names)]

    @property
    def _set_names(self) -> list[str]:
        return [each.configuration_set_name for each in (self.configuration_set, self.notices)]

    def _create_set(
        self, construct_id: str, bus: events.IEventBus, *, suppressing: ses.SuppressionReasons
    ) -> ses.ConfigurationSet:
        created = ses.ConfigurationSet(self, construct_id, suppression_reasons=suppressing, reputation_metrics=True)
        created.add_event_destination("Events", destination=ses.EventDestination.event_bus(bus), events=_TOLD)
        return created

    def _is_created_elsewhere(self) -> bool:
        """Whether another one of this app creates the identity: an account has one a domain, in a region."""
        place = Stack.of(self).environment
        return any(
            isinstance(other, Mail)
            and other is not self
            and other.creates_identity
            and other.domain == self.domain
            and Stack.of(other).environment == place
            for other in self.node.root.node.find_all()
        )

    def _create_identity(self) -> list[Record]:
        bounces = self._config.bounce_domain
        identity = ses.EmailIdentity(
            self,
            "Identity",
            identity=ses.Identity.domain(self._config.mail_domain),
            # Bounces go to the sender's own domain, so that SPF speaks for it (DMARC). Until its records are in DNS,
            # SES uses its own as before, and no email is lost.
            mail_from_domain=bounces,
            mail_from_behavior_on_mx_failure=ses.MailFromBehaviorOnMxFailure.USE_DEFAULT_VALUE,
        )
        identity.apply_removal_policy(removal_policy(self._config))
        keys = [
            Record(output=f"DkimRecord{number}", name=key.name, kind="CNAME", value=key.value, below=self.domain)
            for number, key in enumerate(identity.dkim_records, start=1)
        ]
        server = f"10 feedback-smtp.{Stack.of(self).region}.amazonses.com"
        spf, dmarc = '"v=spf1 include:amazonses.com ~all"', f'"v=DMARC1; p={self._config.dmarc}"'
        return [
            *keys,
            Record(output="MailFromMxRecord", name=bounces, kind="MX", value=server),
            Record(output="MailFromSpfRecord", name=bounces, kind="TXT", value=spf),
            *(
                [Record(output="DmarcRecord", name=f"_dmarc.{self.domain}", kind="TXT", value=dmarc)]
                if self._config.dmarc
                else []
            ),
        ]
