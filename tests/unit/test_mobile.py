"""What apps need of the pages' domain, and the recipes for them."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from werkzeug.test import Client

from infra.pages import PageSettings, association_files
from local import website
from local.app import application
from password_reset.channels.words.catalogue import LANGUAGES
from password_reset.settings import SettingsError

RECIPES = (Path(__file__).parents[2] / "docs" / "mobile.md").read_text("utf-8")
FIRST = ":".join(["14"] * 32)
SECOND = ":".join(["AF"] * 32)
ANDROID = "/.well-known/assetlinks.json"
APPLE = "/.well-known/apple-app-site-association"
TOKEN = "3Dab-_7Z" * 5 + "abc"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of each test's own, and of the service what the pages ask it for."""
    website.page_settings.cache_clear()
    channels = SimpleNamespace(brands={}, mails=SimpleNamespace(branded={}, languages=LANGUAGES))
    monkeypatch.setattr(website, "bootstrap", lambda: SimpleNamespace(channels=channels))


def test_the_files_say_what_the_systems_read() -> None:
    pages = PageSettings(
        android_apps=f"com.example.app={FIRST}, com.example.app={SECOND},org.example_2.b={FIRST}",
        apple_apps="A1B2C3D4E5.com.example.app",
    )
    files = {path: json.loads(body) for path, body in association_files(pages).items()}
    relation = ["delegate_permission/common.handle_all_urls", "delegate_permission/common.get_login_creds"]

    def link(package: str, *prints: str) -> object:
        target = {"namespace": "android_app", "package_name": package, "sha256_cert_fingerprints": list(prints)}
        return {"relation": relation, "target": target}

    apps = ["A1B2C3D4E5.com.example.app"]
    assert files == {
        ANDROID: [link("com.example.app", FIRST, SECOND), link("org.example_2.b", FIRST)],
        APPLE: {
            "applinks": {
                "details": [{"appIDs": apps, "components": [{"/": "/reset-password"}, {"/": "/reset-password/"}]}]
            },
            "webcredentials": {"apps": apps},
        },
    }
    assert association_files(PageSettings()) == {}


def test_the_local_server_serves_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """As JSON, without a redirect, and where there are apps alone."""
    monkeypatch.setenv("ANDROID_APPS", f"com.example.app={FIRST}")
    monkeypatch.setenv("APPLE_APPS", "A1B2C3D4E5.com.example.app")
    client = Client(application)
    for path, body in association_files(website.page_settings()).items():
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
        assert answer.text == body
    monkeypatch.delenv("APPLE_APPS")
    website.page_settings.cache_clear()
    assert client.get(APPLE).status_code == 404
    assert client.get(ANDROID).status_code == 200


def test_a_wrong_app_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, wrong in (
        ("ANDROID_APPS", "com.example.app"),
        ("ANDROID_APPS", f"example={FIRST}"),
        ("ANDROID_APPS", f"com.example.app={FIRST.replace('14', 'af')}"),
        ("ANDROID_APPS", f"com.example.app={FIRST[:-3]}"),
        ("APPLE_APPS", "com.example.app"),
        ("APPLE_APPS", "A1B2C3D4E5.*"),
        ("APPLE_APPS", ",".join(["A1B2C3D4E5.com.example.app"] * 11)),
    ):
        with monkeypatch.context() as changed:
            changed.setenv(name, wrong)
            website.page_settings.cache_clear()
            with pytest.raises(SettingsError) as told:
                website.page_settings()
        assert str(told.value).startswith(f"{name} cannot be ")
        assert "Allowed: " in str(told.value)
        assert "\n" not in str(told.value)


def test_the_recipes_find_a_links_token_and_call_the_api_as_it_is() -> None:
    """Each has a pattern of its own; the React Native one is compiled with the package."""
    patterns = re.findall(r"(?:\(\?[:<][^)]*\)|\[#&\])?(?:token=)?\)?\(?\[\\{1,2}w-\]\{43\}\)?", RECIPES)
    assert len(patterns) == 4
    for pattern in patterns:
        read = pattern.replace("\\\\", "\\").replace("(?<=token=)", "token=")
        found = re.search(read, f"#token={TOKEN}") or re.search(read, f"token={TOKEN}")  # of the link or its fragment
        assert found, pattern
        assert found[0].endswith(TOKEN), pattern
    bodies = re.findall(r"\"newPassword\"|'newPassword'|newPassword \}", RECIPES)
    assert len(bodies) >= 4
    assert set(re.findall(r"/auth/[\w-]+", RECIPES)) == {"/auth/reset-password"}
