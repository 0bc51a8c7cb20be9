"""Clients: a request names an application, and the link, the page and the notice know it."""

import json
import re
from typing import Any

import pytest

from password_reset.settings import Settings, SettingsError
from tests.handlers.test_forgot import told
from tests.world import EMAIL, World

CLIENTS = {
    "app": {"link": "https://app.example.com/{language}/reset?token={token}", "return": "https://app.example.com/home"},
    "shop": {"link": "https://shop.example.com/#{token}"},
}
TOKEN = re.compile(r"https://app\.example\.com/en/reset\?token=([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])")

with_clients = pytest.mark.settings(CLIENTS=json.dumps(CLIENTS))


def mailed(world: World, number: int = -1) -> str:
    """Return the token of a mail, which leads to the application in both its parts."""
    mail = world.mails()[number]
    token: str
    (token,) = set(TOKEN.findall(mail["text"])) | set(TOKEN.findall(mail["html"]))
    assert "/reset-password#token=" not in mail["text"] + mail["html"]
    return token


@with_clients
def test_the_link_and_the_notice_are_the_clients(world: World) -> None:
    """Whoever asked in the application comes back to it, and so does who was told of a change there."""
    world.add_user()
    assert world.forgot(client="app").status == 200
    world.pump()
    token = mailed(world)
    verified = world.verify(token).json
    assert (verified["valid"], verified["email"], verified["client"]) == (True, EMAIL, "app")
    assert world.reset(token).status == 200
    world.pump()
    assert world.verify(mailed(world)).json["client"] == "app"


@with_clients
def test_without_a_client_everything_is_as_before(world: World) -> None:
    world.add_user()
    token = world.token()
    assert "client" not in world.verify(token).json
    assert all("client" not in json.loads(message.body) for message in world.queued())
    assert all("client" not in item for item in world.items("RESET_TOKENS_TABLE"))


@pytest.mark.settings(CLIENTS=json.dumps(CLIENTS), EMAIL_STYLE="code")
def test_a_code_is_exchanged_for_a_token_of_the_client(world: World) -> None:
    world.add_user()
    flow = world.forgot(client="app").json["flow"]
    world.pump()
    exchanged = world.verify_code(flow, world.mailed_codes()[-1]).json
    assert exchanged["client"] == "app"
    assert world.verify(exchanged["token"]).json["client"] == "app"


@with_clients
@pytest.mark.parametrize("client", ["App", "other", "app ", "__class__", "app\x00", "a" * 5000])
def test_an_unknown_client_is_refused_for_everybody(world: World, client: str) -> None:
    """And nothing is counted: the refusals are alike, byte for byte."""
    world.add_user("known@example.com")
    answers = [world.forgot(email, client=client) for email in ("known@example.com", "unknown@example.com")]
    assert told(answers[0]) == told(answers[1])
    assert (answers[0].status, answers[0].json["code"]) == (400, "invalid_request")
    (error,) = answers[0].json["errors"]
    assert (error["field"], error["code"]) == ("client", "unknown")
    assert world.items("LIMITS_TABLE") == []
    assert world.queued() == []


@with_clients
@pytest.mark.parametrize("client", [None, 1, ["app"], {"name": "app"}])
def test_a_client_is_a_name(world: World, client: Any) -> None:
    assert world.forgot(client=client).status == 400


def test_where_no_client_is_configured_none_is_known(world: World) -> None:
    assert world.forgot(client="app").status == 400


@with_clients
def test_a_client_that_is_gone_leads_to_the_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked for before the setting changed is still sent."""
    world.add_user()
    world.forgot(client="app")
    monkeypatch.setattr(world.app.settings, "__dict__", {**world.app.settings.__dict__, "clients": {}})
    world.pump()
    assert world.verify(world.mailed_tokens()[-1]).json["valid"]


@pytest.mark.parametrize(
    "clients",
    [
        {"app": {"link": "http://app.example.com/{token}"}},
        {"app": {"link": "http://localhost/{token}"}},
        {"app": {"link": "exampleapp://reset/{token}"}},
        {"app": {"link": "https://app.example.com/"}},
        {"app": {"link": "https://app.example.com/{token}{token}"}},
        {"app": {"link": "https://{token}.example.com/"}},
        {"app": {"link": "https://user@app.example.com/{token} "}},
        {"app": {"link": "https://app.example.com/{token}", "return": "http://app.example.com/"}},
        {"app": {"link": "https://app.example.com/{token}", "return": "javascript:alert(1)"}},
        {"app": {"link": "https://app.example.com/{token}", "return": "https://me@app.example.com/"}},
        {"app": {"link": "https://app.example.com/{token}", "colour": "red"}},
        {"app": {"return": "https://app.example.com/"}},
        {"": {"link": "https://app.example.com/{token}"}},
        {"a b": {"link": "https://app.example.com/{token}"}},
        {"app": "https://app.example.com/{token}"},
        ["app"],
        "app",
    ],
)
def test_a_wrong_client_ends_the_start(world: World, clients: object) -> None:
    """Over https alone: any application may claim a scheme of its own."""
    text = clients if isinstance(clients, str) else json.dumps(clients)
    with pytest.raises(SettingsError, match=r"^CLIENTS cannot be .* Allowed: a JSON object from a name"):
        Settings.from_environment({**world.environment, "CLIENTS": text})
