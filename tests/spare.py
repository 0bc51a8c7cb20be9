"""Queues and secrets of worlds that are over, for those that begin: to create them takes a tenth of most tests."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from moto.secretsmanager.models import secretsmanager_backends
from moto.sqs.models import sqs_backends

from local import cloud
from local.outbox import ACCOUNT

_REGION = "us-east-1"
_QUEUES = ("QUEUE_URL", "DEAD_LETTERS_URL")
_SECRETS = ("PEPPER_SECRET", "SESSION_KEY_SECRET", "WHATSAPP_SECRET")


class Spare:
    """What tests left as they found it."""

    def __init__(self) -> None:
        self._settings: list[Mapping[str, str]] = []

    @contextmanager
    def lent(self) -> Iterator[Mapping[str, str]]:
        """Lend queues that are empty and secrets of one version, by setting."""
        settings = self._settings.pop() if self._settings else _created()
        yield settings
        if _is_unchanged(settings):
            for name in _QUEUES:
                queue: Any = sqs_backends[ACCOUNT][_REGION].queues[_name(settings[name])]
                queue._messages.clear()  # noqa: SLF001 - as a purge, which AWS grants once a minute
                queue._pending_messages.clear()  # noqa: SLF001 - as above
            self._settings.append(settings)


def _created() -> Mapping[str, str]:
    unique = uuid.uuid4().hex[:8]
    queue = f"https://sqs.{_REGION}.amazonaws.com/{ACCOUNT}/messages-{unique}"
    settings = {
        "PEPPER_SECRET": f"pepper-{unique}",
        "WHATSAPP_SECRET": f"whatsapp-{unique}",
        "SESSION_KEY_SECRET": f"session-key-{unique}",
        "QUEUE_URL": queue,
        "DEAD_LETTERS_URL": f"{queue}-dead-letters",
    }
    cloud.create_queues_and_secrets(settings)
    return settings


def _name(url: str) -> str:
    return url.rpartition("/")[2]


def _is_unchanged(settings: Mapping[str, str]) -> bool:
    queues = sqs_backends[ACCOUNT][_REGION].queues
    secrets = secretsmanager_backends[ACCOUNT][_REGION].secrets
    return all(_name(settings[name]) in queues for name in _QUEUES) and all(
        settings[name] in secrets and len(secrets[settings[name]].versions) == 1 for name in _SECRETS
    )
