"""`make rotate-secret SECRET=origin`: functions first, the distribution next, the secret before it last."""

from typing import Any

import boto3
import pytest

from tools import rotate_secret

STACK = "password-reset-prod"


class Story:
    """A stack with the service behind a distribution, which sends `first`; what happens to it, in order."""

    def __init__(self, account: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
        self.manager, self.cloudfront = account.client("secretsmanager"), account.client("cloudfront")
        self.arn = self.manager.create_secret(Name=f"origin-{id(self)}", SecretString="first")["ARN"]
        self.distribution = self._distribution()
        there = {
            "AWS::SecretsManager::Secret": [("PasswordResetStorageOriginSecret1A2B", self.arn)],
            "AWS::CloudFront::Distribution": [("PasswordResetWebsiteDistribution3C4D", self.distribution)],
        }
        monkeypatch.setattr(rotate_secret, "resources", lambda _, __, kind: there[kind])
        self.waited: list[float] = []

    def run(self) -> list[str]:
        stacks: Any = type("Stacks", (), {"describe_stacks": lambda **_: {}})
        clients = {"cloudformation": stacks, "secrets_manager": self.manager, "cloudfront": self.cloudfront}
        return list(rotate_secret.rotate_origin(STACK, **clients, wait=self.waited.append))

    @property
    def sent(self) -> list[str]:
        config = self.cloudfront.get_distribution_config(Id=self.distribution)["DistributionConfig"]
        return [
            header["HeaderValue"]
            for origin in config["Origins"]["Items"]
            for header in origin["CustomHeaders"].get("Items", [])
        ]

    @property
    def good(self) -> dict[str, str]:
        stages = self.manager.describe_secret(SecretId=self.arn)["VersionIdsToStages"]
        return {
            stage: self.manager.get_secret_value(SecretId=self.arn, VersionId=version)["SecretString"]
            for version, its in stages.items()
            for stage in its
        }

    def _distribution(self) -> str:
        custom = {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}
        header = {"HeaderName": "x-origin-secret", "HeaderValue": "first"}
        api = {"Id": "api", "DomainName": "api.example.com", "CustomOriginConfig": custom}
        config: dict[str, Any] = {
            "CallerReference": f"{id(self)}",
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [api | {"CustomHeaders": {"Quantity": 1, "Items": [header]}}]},
            "DefaultCacheBehavior": {"TargetOriginId": "api", "ViewerProtocolPolicy": "https-only"},
        }
        made = self.cloudfront.create_distribution(DistributionConfig=config)["Distribution"]["Id"]
        return str(made)


@pytest.fixture
def story(account: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> Story:
    return Story(account, monkeypatch)


def test_the_new_one_is_known_before_it_is_sent_and_the_one_before_ends(story: Story) -> None:
    told = story.run()
    (current,) = set(story.sent)
    assert (len(current), current != "first") == (64, True)
    assert story.good == {"AWSCURRENT": current}
    (seconds,) = story.waited
    assert 290 < seconds <= 300
    assert [line.partition(" ")[0] for line in told] == ["The", "Distribution", "The"]
    assert not any(secret in line for secret in ("first", current) for line in told)


def test_a_run_that_was_stopped_is_gone_on_with(story: Story) -> None:
    """What functions were given already is what is sent: a third value would be known to nobody."""
    story.manager.put_secret_value(SecretId=story.arn, SecretString="second")
    story.run()
    assert (story.sent, story.good) == (["second"], {"AWSCURRENT": "second"})
