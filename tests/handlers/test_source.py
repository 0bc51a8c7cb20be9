"""Whose address a request comes from, where CloudFront is in front: proved first, or nothing of it is believed."""

from typing import Any

import pytest

from password_reset.edge.problems import SECURITY_HEADERS
from password_reset.errors import Forbidden
from tests.world import World

pytestmark = pytest.mark.settings(SOURCE="cloudfront", RESET_LIMIT_PER_SOURCE="2", RESET_LIMIT_PER_IDENTIFIER="0")
FORGOT = "/auth/forgot-password"


@pytest.fixture
def secret(world: World) -> str:
    name = world.app.settings.needed("origin_secret")
    value: str = world.session.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    return value


def forgot(world: World, number: int, viewer: str | None, **headers: str) -> Any:
    told = {"X-Origin-Secret": headers.pop("secret")} if "secret" in headers else {}
    told |= {"CloudFront-Viewer-Address": viewer} if viewer is not None else {}
    return world.call(FORGOT, {"email": f"user{number}@example.com"}, told | headers, source=f"192.0.2.{number}")


def test_the_viewer_is_counted_and_not_the_edge(world: World, secret: str) -> None:
    """Three edges, one viewer; another viewer by the same edges has his own places."""
    one, other = "198.51.100.10:46532", "198.51.100.11:46532"
    assert [forgot(world, n, one, secret=secret).status for n in (1, 2, 3)] == [200, 200, 429]
    assert forgot(world, 1, other, secret=secret).status == 200


@pytest.mark.parametrize("written", ["[2001:db8:0:1::{0}]:443", "2001:db8:0:1:0:0:0:{0}:443"])
def test_an_ipv6_viewer_is_its_network_however_written(written: str, world: World, secret: str) -> None:
    statuses = [forgot(world, n, written.format(n), secret=secret).status for n in (1, 2, 3)]
    assert statuses == [200, 200, 429]
    assert forgot(world, 1, "[2001:db8:0:2::1]:443", secret=secret).status == 200


def test_nobody_else_is_believed(world: World, secret: str) -> None:
    """Row 5: whatever they say of themselves; nothing is counted, and the answer is a documented one."""
    viewer = "198.51.100.10:46532"
    answers = [
        forgot(world, 1, viewer),
        forgot(world, 1, viewer, secret=""),
        forgot(world, 1, viewer, secret="guessed"),
        forgot(world, 1, viewer, secret=f"{secret}x"),
        forgot(world, 1, viewer, secret="\ud800"),
        forgot(world, 1, viewer, **{"X-Forwarded-For": "198.51.100.10"}),
        forgot(world, 1, None, secret=secret),
        *(forgot(world, 1, odd, secret=secret) for odd in ("", "nobody", "198.51.100.10", "198.51.100.300:1", ":80")),
    ]
    assert {(answer.status, answer.json["code"]) for answer in answers} == {(403, Forbidden.code)}
    assert all(SECURITY_HEADERS.items() <= dict(answer.headers).items() for answer in answers)
    assert not any(secret in answer.body for answer in answers)
    assert world.queued() == []
    assert [forgot(world, n, viewer, secret=secret).status for n in (1, 2, 3)] == [200, 200, 429]


@pytest.mark.settings(SOURCE="cloudfront", RESET_LIMIT_PER_SOURCE="0", RESET_LIMIT_PER_IDENTIFIER="0")
def test_during_a_rotation_the_secret_before_is_good_as_well(world: World, secret: str) -> None:
    """Until it's withdrawn: functions read at different times, and edges are told one after the other."""
    manager, name = world.session.client("secretsmanager"), world.app.settings.needed("origin_secret")

    def statuses(*secrets: str) -> list[int]:
        return [forgot(world, n, f"198.51.100.{n}:1", secret=each).status for n, each in enumerate(secrets)]

    assert statuses(secret, "new") == [200, 403]
    new = manager.put_secret_value(SecretId=name, SecretString="new")["VersionId"]
    assert statuses(secret, "new") == [200, 403]
    world.clock.advance(300)
    assert statuses(secret, "new") == [200, 200]
    stages = manager.describe_secret(SecretId=name)["VersionIdsToStages"]
    (before,) = [version for version, its in stages.items() if version != new and "AWSPREVIOUS" in its]
    manager.update_secret_version_stage(SecretId=name, VersionStage="AWSPREVIOUS", RemoveFromVersionId=before)
    world.clock.advance(300)
    assert statuses(secret, "new") == [403, 200]


@pytest.mark.settings(SOURCE="gateway", RESET_LIMIT_PER_SOURCE="2", RESET_LIMIT_PER_IDENTIFIER="0")
def test_without_it_the_headers_are_anybodys(world: World) -> None:
    statuses = [
        world.call(FORGOT, {"email": f"user{n}@example.com"}, {"CloudFront-Viewer-Address": f"198.51.100.{n}:1"}).status
        for n in (1, 2, 3)
    ]
    assert statuses == [200, 200, 429]
