"""What only a local server has, in this process: accounts to write, reports to give, a clock to move."""

import json
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import timedelta
from email.message import Message
from io import BytesIO
from pathlib import Path
from typing import Any

import bcrypt
import boto3
import pytest
from werkzeug.test import Client

from local import app, website
from local import clock as local_clock
from local.app import application
from local.worker import work_once
from password_reset.clock import rfc3339, utc_now
from password_reset.delivery.deliveries import tagged
from tests.world import EMAIL, NEW_PASSWORD, PASSWORD, Answer, World
from tools import start

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Local:
    """The local server, without a socket."""

    client: Client

    def call(self, method: str, path: str, body: object = None) -> Answer:
        """Send a JSON body, or a text as it is."""
        data = body if isinstance(body, str) else json.dumps(body)
        answer = self.client.open(path, method=method, data=data)
        return Answer(answer.status_code, dict(answer.headers), answer.text)

    def get(self, path: str) -> Answer:
        return self.call("GET", path)

    def post(self, path: str, **members: object) -> Answer:
        return self.call("POST", path, members)

    def patch(self, address: str, /, **members: object) -> Answer:
        return self.call("PATCH", f"/_local/users/{address}", members)


@pytest.fixture
def local() -> Local:
    return Local(Client(application))


@pytest.fixture
def moving(moto_world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A deployment that tells the time by the local clock, as `make run` has it."""
    clock = local_clock.LocalClock()
    monkeypatch.setattr(local_clock, "clock", clock)
    monkeypatch.setattr("moto.sqs.models.unix_time_millis", clock.milliseconds)
    monkeypatch.setattr(moto_world.app, "_clock", clock)
    return moto_world


def work(world: World) -> int:
    """Let the worker take what is due; return how many messages were."""
    return work_once(world.sqs)


def test_a_stored_hash_is_kept_as_it_is(moto_world: World, local: Local) -> None:
    """`passwordHash` is what another application wrote; the person's password works."""
    stored = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4, b"2a")).decode()
    assert local.post("/_local/users", email=EMAIL, passwordHash=stored).status == 201
    assert moto_world.user()["password_hash"] == stored
    assert moto_world.sign_in().status == 200


def test_password_and_hash_are_one_attribute(moto_world: World, local: Local) -> None:
    answer = local.post("/_local/users", email=EMAIL, password=PASSWORD, passwordHash="$2b$10$x")
    assert answer.status == 400
    assert answer.json == {"error": [": Value error, password and passwordHash are one attribute: give one of them"]}
    moto_world.add_user()
    assert local.patch(EMAIL, password="x", passwordHash=None).status == 400


def test_what_is_given_changes_and_nothing_else(moto_world: World, local: Local) -> None:
    """Attributes of the team's own stay, of whatever kind; None removes one."""
    user_id = moto_world.add_user(name="Ada", phone="+4915112345678", phoneVerified=True)
    own: dict[str, Any] = {
        "roles": {"SS": ["a", "b"]},
        "balance": {"N": "1.5"},
        "settings": {"M": {"dark": {"BOOL": True}}},
    }
    key = {"user_id": {"S": user_id}}
    before = moto_world.dynamodb.get_item(TableName=moto_world.environment["USERS_TABLE"], Key=key)["Item"]
    moto_world.dynamodb.put_item(TableName=moto_world.environment["USERS_TABLE"], Item=before | own)
    answer = local.patch(EMAIL, name="Grace", phone=None, disabled=True)
    assert answer.status == 200
    after = moto_world.dynamodb.get_item(TableName=moto_world.environment["USERS_TABLE"], Key=key)["Item"]
    expected: Any = {**before, **own, "name": {"S": "Grace"}, "disabled": {"BOOL": True}}
    del expected["phone"]
    after["roles"]["SS"] = sorted(after["roles"]["SS"])
    assert after == expected
    assert answer.json == local.get(f"/_local/users/{EMAIL}").json
    assert answer.json["name"] == "Grace"


def test_a_password_can_be_written_and_taken_away(moto_world: World, local: Local) -> None:
    """As another application would: the hash alone, so that whatever was issued against it is void."""
    moto_world.add_user()
    token = moto_world.token()
    assert local.patch(EMAIL, password=NEW_PASSWORD).status == 200
    assert moto_world.sign_in(NEW_PASSWORD).status == 200
    assert moto_world.verify(token).json == {"valid": False}
    assert "credentials_version" not in moto_world.user()
    assert local.patch(EMAIL, password=None).status == 200
    assert "password_hash" not in moto_world.user()
    stored = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    assert local.patch(EMAIL, passwordHash=stored).json["password_hash"] == stored
    assert local.patch(EMAIL, passwordHash=None).status == 200
    assert "password_hash" not in moto_world.user()


def test_an_address_can_be_changed_and_not_taken_away(moto_world: World, local: Local) -> None:
    moto_world.add_user()
    moto_world.add_user("taken@example.com")
    assert local.patch(EMAIL, email="taken@example.com").status == 409
    assert local.patch(EMAIL, email=None).status == 400
    assert local.patch(EMAIL, email="").status == 400
    assert local.patch(EMAIL, email="none").status == 400
    assert local.patch(EMAIL, email=EMAIL).status == 200
    changed = local.patch(EMAIL, email="New@Example.com")
    assert (changed.json["email"], changed.json["email_key"]) == ("New@Example.com", "new@example.com")
    assert local.patch(EMAIL, name="Ada").status == 404
    assert local.patch("none", name="Ada").status == 404


@pytest.mark.parametrize(
    "body", ['{"admin": true}', '{"disabled": "yes"}', "[]", "", '{"password": "' + "x" * 73 + '"}']
)
def test_a_member_that_is_none_is_refused(moto_world: World, local: Local, body: str) -> None:
    moto_world.add_user()
    before = moto_world.user()
    assert local.call("PATCH", f"/_local/users/{EMAIL}", body).status == 400
    assert moto_world.user() == before


def test_nothing_given_changes_nothing(moto_world: World, local: Local) -> None:
    moto_world.add_user()
    assert local.patch(EMAIL).json == moto_world.user()


def test_a_report_goes_to_the_function(moto_world: World, local: Local) -> None:
    """An event as Amazon SES sends it: the address that bounced is not mailed again."""
    moto_world.add_user()
    moto_world.token()
    (delivery,) = moto_world.items("DELIVERIES_TABLE")
    sample = (ROOT / "tests" / "events" / "ses-bounce.json").read_text("utf-8")
    event = json.loads(sample.replace("recipient@example.com", EMAIL))
    event["detail"]["mail"]["tags"]["delivery"] = [tagged(delivery["request_id"])]
    answer = local.call("POST", "/_local/mail-events", event)
    assert (answer.status, answer.body) == (204, "")
    assert moto_world.items("DELIVERIES_TABLE")[0]["outcome"] == "bounced"
    moto_world.forgot()
    moto_world.pump()
    assert len(moto_world.mails()) == 1


def test_a_report_that_is_none_is_refused(moto_world: World, local: Local) -> None:
    for body in ("{}", "[]", "null", "", "{", '{"detail": {"eventType": "Open"}}'):
        answer = local.call("POST", "/_local/mail-events", body)
        assert (answer.status, answer.headers["Content-Type"]) == (400, "application/json"), body


def test_events_are_shown_as_subscribers_get_them(moto_world: World, local: Local) -> None:
    user_id = moto_world.add_user()
    assert local.get("/_local/events").json == []
    moto_world.reset(moto_world.token())
    moto_world.pump()
    (event,) = local.get("/_local/events").json
    assert event == {
        "version": "0",
        "id": event["id"],
        "detail-type": "PasswordChanged",
        "source": "password-reset",
        "account": "123456789012",
        "time": "2026-11-20T22:43:16Z",
        "region": "us-east-1",
        "resources": [],
        "detail": {"id": event["detail"]["id"], "userId": user_id, "changedAt": "2026-11-20T22:43:16Z"},
    }


def test_the_outbox_can_be_emptied(moto_world: World, local: Local) -> None:
    moto_world.add_user()
    moto_world.token()
    assert len(local.get("/_local/outbox").json) == 1
    assert local.call("DELETE", "/_local/outbox").status == 204
    assert local.get("/_local/outbox").json == []


def test_a_link_expires_as_the_clock_is_moved(moving: World, local: Local) -> None:
    """The service's clock and, as native TTL would have it by then, the token's item."""
    moving.add_user()
    moving.forgot()
    assert work(moving) == 1
    (token,) = moving.mailed_tokens()
    before = utc_now()
    answer = local.post("/_local/clock", advanceSeconds=890)
    assert answer.status == 200
    assert rfc3339(before + timedelta(seconds=890)) <= answer.json["now"] <= rfc3339(utc_now() + timedelta(seconds=890))
    assert moving.verify(token).json["valid"] is True
    assert len(moving.items("RESET_TOKENS_TABLE")) == 1
    assert local.post("/_local/clock", advanceSeconds=10.5).status == 200
    assert moving.verify(token).json == {"valid": False}
    assert moving.reset(token).status == 400
    assert moving.items("RESET_TOKENS_TABLE") == []
    assert moving.user()["email"] == EMAIL, "a table without TTL loses nothing"


def test_limits_and_sessions_end_as_the_clock_is_moved(moving: World, local: Local) -> None:
    moving.add_user()
    session = moving.signed_in()
    assert [moving.forgot().status for _ in range(4)] == [200, 200, 200, 429]
    local.post("/_local/clock", advanceSeconds=3590)
    assert moving.me(session).status == 200
    assert moving.forgot().status == 429
    local.post("/_local/clock", advanceSeconds=11)
    assert moving.me(session).status == 401
    assert moving.forgot().status == 200


@pytest.mark.settings(NOTIFY_DELAY_SECONDS="30")
def test_queued_messages_are_due_as_the_clock_is_moved(moving: World, local: Local) -> None:
    """The notice of a change waits in the queue for longer than the function that makes the change can live."""
    moving.add_user()
    moving.forgot()
    work(moving)
    (token,) = moving.mailed_tokens()
    assert moving.reset(token).status == 200
    local.post("/_local/clock", advanceSeconds=25)
    assert work(moving) == 0
    local.post("/_local/clock", advanceSeconds=6)
    assert work(moving) == 1
    assert [mail["subject"] for mail in moving.mails()] == [
        "Reset your Example password",
        "Your Example password was changed",
    ]


def test_a_time_that_is_none_moves_nothing(moving: World, local: Local) -> None:
    before = local_clock.clock.ahead
    for seconds in ("-1", "1e12", "NaN", '"1"', "null", "[1]", '1, "x": 1', ""):
        answer = local.call("POST", "/_local/clock", f'{{"advanceSeconds": {seconds}}}')
        assert (answer.status, local_clock.clock.ahead) == (400, before), seconds


def test_the_service_of_make_run_has_this_clock(account: boto3.Session) -> None:
    """What `bootstrap` makes where nobody says otherwise, in an account of this process."""
    from password_reset import bootstrap as bootstrap_module  # noqa: PLC0415 - as it is patched now

    assert bootstrap_module.Bootstrap({})._clock is local_clock.clock  # noqa: SLF001 - whose it is shows nowhere else


@pytest.mark.settings(CHANNELS="email,sms,whatsapp", EMAIL_STYLE="code", RESET_LIMIT_PER_IDENTIFIER="10")
def test_phone_messages_show_their_text_and_code(moto_world: World, local: Local) -> None:
    """In the list and alone; a mail that carries a code shows it as well."""
    moto_world.add_user(phone="+4915112345678", phoneVerified=True)
    for channel in ("sms", "whatsapp", "email"):
        moto_world.forgot(channel=channel)
        moto_world.pump()
    listed = local.get("/outbox").body
    for message in moto_world.mails():
        (code,) = set(re.findall(r"\b[0-9]{8}\b", message["text"]))
        alone = local.get(f"/outbox/{message['id']}").body
        assert f'<p class="code">{code}</p>' in alone
        assert f'<p class="code">{code}</p>' in listed
        assert code in alone.split("<pre>")[1]
    titles = [re.findall(r"<h1>(.*)</h1>", local.get(f"/outbox/{m['id']}").body) for m in moto_world.mails()]
    assert sorted(titles) == [["Reset your Example password"], ["SMS"], ["WhatsApp"]]


def test_a_mails_links_leave_the_frame(moto_world: World, local: Local) -> None:
    """The hosted pages refuse to be framed, so that a link opens a tab of its own."""
    moto_world.add_user()
    moto_world.token()
    (mail,) = moto_world.mails()
    shown = local.get(f"/outbox/{mail['id']}/html").body
    assert shown == mail["html"].replace("<head>", '<head><base target="_blank">', 1)
    assert shown.startswith("<!doctype html>")
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in local.get(f"/outbox/{mail['id']}").body


def test_the_description_is_of_this_very_server(moto_world: World, local: Local) -> None:
    """Whatever its port and name: the viewer's requests stay on the page's own origin, which its policy asks for."""
    shown = local.get("/openapi.json").json
    assert [server["url"] for server in shown["servers"]] == ["/"]
    assert shown == json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))


def test_an_operators_commands_run_here_too(moving: World, local: Local) -> None:
    """`URL=http://127.0.0.1:8000 python -m tools.levers …` and `… tools.trace …` are these; refusals are in words."""
    told = local.post("/_local/levers", arguments=["pause", "silent"]).json["told"]
    assert told.startswith('In force within a minute: {"paused": "silent"')
    local.post("/_local/clock", advanceSeconds=60)
    assert moving.forgot().status == 200
    assert moving.queued() == []
    assert [change["by"] for change in moving.app.change_levers.history()] == ["local"]
    (line,) = local.post("/_local/trace", arguments=[EMAIL]).json["told"].splitlines()
    assert "request refused: paused" in line
    refused = local.post("/_local/levers", arguments=["block", "nowhere"])
    assert (refused.status, refused.json) == (
        400,
        {"error": "'nowhere' is no address or network, as in 203.0.113.7 or 2001:db8::/48."},
    )
    assert local.post("/_local/trace").status == 400


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A build of the pages, small."""
    (tmp_path / "index.html").write_text("<!doctype html><head></head><body></body>", "utf-8")
    monkeypatch.setattr(website, "DIST", tmp_path)
    return tmp_path


def test_local_pages_are_linked_from_the_hosted_ones(moto_world: World, local: Local, built: Path) -> None:
    before = (built / "index.html").read_bytes()
    for path in ("/", "/forgot-password", "/reset-password", "/sign-in"):
        page = local.get(path)
        assert page.status == 200
        assert '<a href="/outbox">Outbox</a> <a href="/docs">API</a></nav></body>' in page.body
        assert page.body.count('href="/_local/pages/links.css"') == 1
    assert (built / "index.html").read_bytes() == before
    for path in ("/outbox", "/docs"):
        links = local.get(path).body
        assert all(f'<a href="{other}">' in links for other in ("/", "/outbox", "/docs"))
    for name in ("local.css", "links.css", "outbox.js"):
        assert local.get(f"/_local/pages/{name}").status == 200
    assert local.get("/_local/pages/outbox.html").status == 404


def test_no_deployment_knows_the_local_pages() -> None:
    """They are added as a page is served here: neither what the pages are built from nor what is deployed has them."""
    sources = [path for folder in ("web/src", "web/public", "infra", "functions", "layers") for path in walk(folder)]
    assert len(sources) > 100
    sources += [ROOT / "web" / "index.html", *walk("web/dist")]
    found = {
        str(path) for path in sources for word in (b"/_local", b'"/outbox', b'"/docs"') if word in path.read_bytes()
    }
    assert found == set()


def walk(folder: str) -> list[Path]:
    return [path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def test_without_node_the_pages_say_so(
    moto_world: World, local: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The API answers; pages and viewer, which Node.js builds and installs, tell what is missing."""
    monkeypatch.setattr(website, "DIST", tmp_path / "none")
    monkeypatch.setattr(app, "_VIEWER", tmp_path / "none")
    for path in ("/", "/reset-password"):
        page = local.get(path)
        assert (page.status, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
        assert "built with Node.js, which wasn’t found" in page.body.replace("'", "’").replace("&#39;", "’")
    assert '<a href="/openapi.json">' in local.get("/docs").body
    assert "<script" not in local.get("/docs").body
    assert local.get("/docs/swagger-ui-bundle.js").status == 404
    assert local.get("/auth/password-policy").status == 200


def test_somebodys_data_is_shown_and_erased(local: Local, world: World) -> None:
    """Row 74: as on a stack; what was sent is in a mailbox of ours here, which is emptied as well."""
    world.add_user()
    world.add_user("other@example.com")
    world.token("other@example.com")
    world.token()
    export = json.loads(local.post("/_local/person", arguments=["export", EMAIL]).json["told"])
    assert [len(export["tables"][name]) for name in ("reset-tokens", "deliveries")] == [1, 1]
    assert local.post("/_local/person", arguments=["erase", EMAIL]).json["told"].startswith("Erased: 4 items.")
    assert [mail["to"] for mail in local.get("/_local/outbox").json] == [["other@example.com"]]
    assert local.post("/_local/person", arguments=["forget", EMAIL]).status == 400


def test_an_operator_starts_a_reset_here_too(local: Local, world: World) -> None:
    """Row 39: signed by nobody there is no such route; taken as signed it does what it does on a stack."""
    world.add_user()
    headers = {"Content-Type": "application/json"}
    body = json.dumps({"email": EMAIL})
    assert local.client.post("/operator/resets", data=body, headers=headers).status_code == 404
    assert local.client.post("/_local/operator/resets", data=body, headers=headers).status_code == 202
    assert local.post("/_local/start", arguments=[EMAIL]).json["told"].startswith(f"{EMAIL}: a message is on its way")
    refused = local.post("/_local/start", arguments=["nobody@example.com"])
    assert (refused.status, refused.json) == (
        400,
        {"error": "nobody@example.com: no account that can reset its password here.", "isFinal": True},
    )
    world.pump()
    assert len(world.mailed_tokens()) == 2


def test_a_list_waits_for_the_end_of_a_pause_here_too(
    local: Local, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`URL=… python -m tools.start --list`: only what would be refused again is done with."""

    def over_http(request: urllib.request.Request, **_: object) -> BytesIO:
        assert isinstance(request.data, bytes)
        answer = local.call("POST", request.selector, request.data.decode())
        if answer.status != 200:
            raise urllib.error.HTTPError(request.full_url, answer.status, "", Message(), BytesIO(answer.body.encode()))
        return BytesIO(answer.body.encode())

    monkeypatch.setattr(urllib.request, "urlopen", over_http)
    monkeypatch.setenv("URL", "http://127.0.0.1:8000")
    user_id, file = world.add_user(), tmp_path / "breached.txt"
    file.write_text(f"unknown\n{user_id}\n", "utf-8")
    listed = ["--list", str(file), "--force", "--rate", "100"]
    refused = "unknown: no account that can reset its password here."
    local.post("/_local/levers", arguments=["pause", "silent"])
    world.clock.advance(60)
    with pytest.raises(SystemExit, match=r"^unknown: out of reach, or paused: try again"):
        start.main(listed)
    assert (tmp_path / "breached.txt.done").read_text("utf-8") == ""
    local.post("/_local/levers", arguments=["resume"])
    world.clock.advance(60)
    start.main(listed)
    assert (tmp_path / "breached.txt.done").read_text("utf-8") == f"unknown\t{refused}\n{user_id}\tstarted\n"
