"""The ways that people go, in the three engines that browsers are made of: link, code, challenge and sign-in.

For every change one way in Firefox and WebKit: Chromium goes all of them in the tests beside.
"""

import json
import os
import time
from collections.abc import Iterator
from urllib.error import HTTPError

import pytest

from password_reset.proofs.factors import STEP_SECONDS, one_time_password, read_secret
from tests.browser.engines import ENGINES, Chromium, Engine, expect_heading, missing, wait_for
from tests.browser.site import Site, running_site
from tests.browser.states import EN
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

NEW = "otters read 7x"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # pragma: allowlist secret - of nobody


@pytest.fixture(scope="module")
def everything() -> Iterator[Site]:
    """The service with mails that carry both, and a second factor."""
    with running_site(RESET_LIMIT_PER_IDENTIFIER="0", EMAIL_STYLE="both", FACTORS="totp") as everything:
        yield everything


@pytest.fixture(scope="module")
def challenging() -> Iterator[Site]:
    """The service with a challenge past an address's first request."""
    with running_site(RESET_LIMIT_PER_IDENTIFIER="1", CHALLENGE="altcha") as challenging:
        yield challenging


@pytest.fixture(scope="module", params=[pytest.param("chromium", marks=pytest.mark.nightly), *ENGINES])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One browser after the other. A machine without one skips; continuous integration must have each."""
    if request.param == "chromium":
        page = request.getfixturevalue("browser").new_page(locale="en-GB")
        yield Chromium(page)
        page.close()
        return
    if programs := missing(request.param):
        reason = f"no {' and no '.join(programs)} on this machine: .ci/run installs what these tests need"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with ENGINES[request.param][0](tmp_path_factory.mktemp(request.param)) as engine:
        yield engine


def ask(engine: Engine, site: Site, email: str) -> None:
    engine.open(f"{site.url}/forgot-password?lang=en")
    expect_heading(engine, EN["forgot.title"])
    engine.fill("[name=email]", email)
    engine.press("[type=submit]")
    expect_heading(engine, EN["sent.title"])


def choose(engine: Engine) -> None:
    wait_for(engine, "return document.querySelector('[name=new-password]') !== null", "no form")
    engine.fill("[name=new-password]", NEW)
    engine.fill("[name=confirm-password]", NEW)
    engine.press("[type=submit]")
    expect_heading(engine, EN["done.title"])


def test_by_link_and_to_sign_in(engine: Engine, site: Site) -> None:
    """The token leaves the address bar; the new password signs in."""
    email = site.create_account()
    ask(engine, site, email)
    token = site.mailed_link(email).partition("token=")[2]
    engine.open("about:blank")
    engine.open(f"{site.url}/reset-password?lang=en#token={token}")
    expect_heading(engine, EN["reset.title"])
    assert engine.run("return location.href") == f"{site.url}/reset-password?lang=en"
    choose(engine)
    assert site.has_password(email, NEW)
    engine.open(f"{site.url}/sign-in?lang=en")
    expect_heading(engine, EN["signIn.title"])
    engine.fill("[name=email]", email)
    engine.fill("[name=password]", NEW)
    engine.press("[type=submit]")
    expect_heading(engine, EN["signedIn.title"])


@pytest.mark.nightly
def test_after_a_challenge(engine: Engine, challenging: Site) -> None:
    """Where a stranger has used the address up, the browser works for the owner's link: all of it, as deployed."""
    email = challenging.create_account()
    challenging.call_api("/auth/forgot-password", {"email": email})
    first = challenging.mailed_link(email)
    with pytest.raises(HTTPError) as refused:
        challenging.call_api("/auth/forgot-password", {"email": email})
    assert json.load(refused.value)["code"] == "challenge_required"
    ask(engine, challenging, email)
    first_again, second = until(lambda: links if len(links := challenging.mailed_links(email)) > 1 else [])
    assert first_again == first != second
    assert challenging.call_api("/auth/verify-reset-token", {"token": second.partition("token=")[2]})["valid"] is True


@pytest.mark.nightly
def test_by_code(engine: Engine, everything: Site) -> None:
    """The field has the focus, and the eighth digit sends the code."""
    email = everything.create_account()
    ask(engine, everything, email)
    assert engine.run("return document.activeElement.name") == "code"
    engine.fill("[name=code]", everything.sent_code(email))
    expect_heading(engine, EN["reset.title"])
    choose(engine)
    assert everything.has_password(email, NEW)


@pytest.mark.nightly
def test_by_a_second_factor(engine: Engine, everything: Site) -> None:
    """Row 66: the field has the focus, nothing in it is told, and the right password opens the form."""
    email = everything.create_account(totpSecret=SECRET)
    token = everything.link_for(email).partition("token=")[2]
    engine.open("about:blank")
    engine.open(f"{everything.url}/reset-password?lang=en#token={token}")
    expect_heading(engine, EN["factor.title"])
    assert engine.run("return document.activeElement.name") == "totp"
    engine.press("[type=submit]")
    wait_for(engine, "return document.querySelector('[aria-invalid=true]') !== null", "no refusal")
    engine.fill("[name=totp]", one_time_password(read_secret(SECRET), int(time.time()) // STEP_SECONDS))
    engine.press("[type=submit]")
    choose(engine)
    assert everything.has_password(email, NEW)


@pytest.mark.nightly
def test_arabic_counts_in_the_digits_of_its_codes(engine: Engine, site: Site) -> None:
    """Which ones it has by default is the engine's choice, and the mails have these."""
    token = site.link_for(site.create_account()).partition("token=")[2]
    engine.open("about:blank")
    engine.open(f"{site.url}/reset-password?lang=ar#token={token}")
    wait_for(engine, "return document.querySelector('[name=new-password]') !== null", "no form")
    text = engine.run("return document.body.innerText")
    assert "8" in text
    assert not set(text) & set("٠١٢٣٤٥٦٧٨٩")
