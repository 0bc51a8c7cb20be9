"""Every state of every page, and how to get there. The API's answers are played, so that each is at hand at once."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route, expect

from password_reset.aws.pepper import Pepper
from password_reset.channels.words.catalogue import catalogue as words_of
from password_reset.clock import rfc3339
from password_reset.proofs.altcha import Altcha

EMAIL = "someone@example.com"
PASSWORD = "purple otters read quietly"
POLICY = {
    "minLength": 8,
    "maxLength": None,
    "maxBytes": 72,
    "requireUppercase": False,
    "requireLowercase": False,
    "requireDigit": False,
    "requireSymbol": False,
    "history": 1,
    "breachCheck": False,
}
CLASSIC = POLICY | {
    "maxLength": 20,
    "requireUppercase": True,
    "requireLowercase": True,
    "requireDigit": True,
    "requireSymbol": True,
    "history": 5,
}
LIFE = timedelta(minutes=14, seconds=30)
TOKEN = "t" * 43
DOCUMENT = re.compile(r"//[^/]+/(forgot-password|reset-password|sign-in|report-change)(\?|$)")
CONFIG = re.compile(r'(?<=<script type="application/json" id="config">).*?(?=</script>)')
OWN_HEADING = "h1[tabindex]"
"""What the page's script says, and can give the focus to; the document has a heading before it runs."""


def catalogue(language: str) -> dict[str, str]:
    """Return what pages say in a language."""
    words: dict[str, str] = words_of(language)["pages"]
    return words


EN = catalogue("en")
"""What tests look for, by key: a better wording breaks none of them."""


def answer(page: Page, path: str, status: int, body: object, retry_after: int | None = None) -> None:
    """Let the API answer this from here on; `path` is a regular expression, without the query."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    page.route(
        re.compile(rf"/auth/{path}(\?|$)"), lambda route: route.fulfill(status=status, json=body, headers=headers)
    )


def problem(code: str, *errors: str) -> dict[str, Any]:
    return {"code": code, "errors": [{"field": "newPassword", "code": error, "message": "English"} for error in errors]}


@dataclass(frozen=True)
class Screen:
    """A page in a language, as a test drives it."""

    page: Page
    url: str
    language: str
    own: Path | None = None
    held: list[Route] = field(default_factory=list)
    """Requests whose answers do not come."""

    def words(self, key: str) -> str:
        text: str = words_of(self.language, self.own)["pages"][key]
        return text

    def open(self, path: str) -> None:
        name, _, fragment = path.partition("#")
        self.page.goto(f"{self.url}/{name}?lang={self.language}#{fragment}")

    def expect_heading(self, key: str) -> None:
        expect(self.page.locator(OWN_HEADING)).to_have_text(self.words(key))

    def hold(self, path: str) -> None:
        """Let the API keep its answer to itself."""
        self.page.route(f"**/auth/{path}", lambda route: self.held.append(route))  # noqa: PLW0108 - Playwright marks it

    def press(self, key: str) -> None:
        self.page.get_by_role("button", name=self.words(key), exact=True).click()


def forgot(screen: Screen) -> None:
    screen.open("forgot-password")
    screen.expect_heading("forgot.title")


def forgot_error(screen: Screen) -> None:
    forgot(screen)
    screen.page.get_by_label(screen.words("email.label")).fill("someone")
    screen.press("forgot.submit")
    expect(screen.page.get_by_text(screen.words("email.malformed"))).to_be_visible()


def forgot_unreachable(screen: Screen) -> None:
    forgot(screen)
    screen.page.get_by_label(screen.words("email.label")).fill("müller@example.com")
    screen.press("forgot.submit")
    expect(screen.page.get_by_text(screen.words("email.unreachable"))).to_be_visible()


def ask(screen: Screen) -> None:
    forgot(screen)
    screen.page.get_by_label(screen.words("email.label")).fill(EMAIL)
    screen.press("forgot.submit")


def sending(screen: Screen) -> None:
    screen.hold("forgot-password")
    ask(screen)
    expect(screen.page.get_by_role("button", name=screen.words("forgot.submitting"))).to_be_visible()


def solving(screen: Screen) -> None:
    """The browser works on a challenge; the API keeps its answer to the solution to itself."""
    answers = iter([problem("challenge_required")])

    def serve(route: Route) -> None:
        if refusal := next(answers, None):
            route.fulfill(status=400, json=refusal)
        else:
            screen.held.append(route)

    screen.page.route("**/auth/forgot-password", serve)
    challenge = Altcha(pepper=Pepper(lambda: "k" * 32)).issue("127.0.0.1", 1, datetime.now(UTC))
    answer(screen.page, "challenge", 200, {"kind": "altcha", **challenge})
    ask(screen)
    expect(screen.page.get_by_text(screen.words("forgot.solving"))).to_be_visible()


def forgot_failed(screen: Screen, status: int, key: str) -> None:
    answer(screen.page, "forgot-password", status, problem("unavailable"), retry_after=90)
    ask(screen)
    expect(screen.page.get_by_text(screen.words(key))).to_be_visible()


def sent(screen: Screen) -> None:
    answer(screen.page, "forgot-password", 200, {"message": "English", "flow": "f" * 22})
    ask(screen)
    screen.expect_heading("sent.title")


def sent_again(screen: Screen) -> None:
    screen.page.clock.install()
    sent(screen)
    screen.page.clock.fast_forward(31_000)
    screen.press("sent.resend")
    expect(screen.page.get_by_text(screen.words("sent.again"))).to_be_visible()


def sent_limited(screen: Screen) -> None:
    screen.page.clock.install()
    sent(screen)
    screen.page.clock.fast_forward(31_000)
    answer(screen.page, "forgot-password", 429, problem("rate_limited"), retry_after=3600)
    screen.press("sent.resend")
    expect(screen.page.get_by_text(screen.words("forgot.limited"))).to_be_visible()


def resting(screen: Screen) -> None:
    """Back from a request, to ask for the same address once more."""
    sent(screen)
    screen.press("sent.other")
    screen.expect_heading("forgot.title")
    expect(screen.page.get_by_text(screen.words("forgot.resting"))).to_be_visible()


def sent_reloaded(screen: Screen) -> None:
    sent_code(screen, "code")
    screen.page.reload()
    screen.expect_heading("sent.title")
    expect(screen.page.get_by_text(screen.words("sent.bodyReloaded"))).to_be_visible()


def open_link(screen: Screen) -> None:
    screen.open(f"reset-password#token={TOKEN}")


def checking(screen: Screen) -> None:
    screen.hold("verify-reset-token")
    open_link(screen)
    expect(screen.page.get_by_text(screen.words("reset.checking"))).to_be_visible()


def reset(screen: Screen, policy: dict[str, Any] = POLICY) -> None:
    if policy is not POLICY:  # the server's own
        configured(screen, passwordPolicy=policy)
    expires_at = rfc3339(datetime.now(UTC) + LIFE)
    answer(screen.page, "verify-reset-token", 200, {"valid": True, "expiresAt": expires_at, "email": EMAIL})
    open_link(screen)
    expect(screen.page.locator("[name=new-password]")).to_be_visible()


def factor(screen: Screen, kinds: tuple[str, ...] = ("totp", "recovery_code")) -> None:
    verified = {"valid": True, "expiresAt": rfc3339(datetime.now(UTC) + LIFE), "email": EMAIL, "factors": list(kinds)}
    answer(screen.page, "verify-reset-token", 200, verified)
    open_link(screen)
    screen.expect_heading("factor.title")
    expect(screen.page.get_by_label(screen.words(f"factor.{kinds[0]}"))).to_be_focused()


def factor_refused(screen: Screen) -> None:
    answer(screen.page, "verify-reset-factor", 400, problem("invalid_factor"))
    factor(screen)
    screen.press("code.submit")
    expect(screen.page.get_by_text(screen.words("factor.missing"))).to_be_visible()
    screen.page.get_by_label(screen.words("factor.totp")).fill("123 456")
    screen.press("code.submit")
    expect(screen.page.get_by_text(screen.words("factor.invalid"))).to_be_visible()


def factor_unavailable(screen: Screen) -> None:
    answer(screen.page, "verify-reset-factor", 503, problem("unavailable"), retry_after=5)
    factor(screen)
    screen.press("factor.recovery_code.use")
    screen.page.get_by_label(screen.words("factor.recovery_code")).fill("abcd-efgh-ijkl-mnop")
    screen.press("code.submit")
    expect(screen.page.get_by_text(screen.words("failure.unavailable"))).to_be_visible()


def factor_shown(screen: Screen) -> None:
    answer(screen.page, "verify-reset-factor", 200, {"verified": True})
    factor(screen, ("recovery_code",))
    screen.page.get_by_label(screen.words("factor.recovery_code")).fill("abcd-efgh-ijkl-mnop")
    screen.press("code.submit")
    screen.expect_heading("reset.title")


def factor_phone(screen: Screen) -> None:
    factor(screen, ("totp", "phone"))
    answer(screen.page, "verify-reset-factor", 200, {"sent": True})
    screen.press("factor.phone.use")
    expect(screen.page.get_by_text(screen.words("factor.phone.ask"))).to_be_visible()
    screen.press("sent.resendCode")
    expect(screen.page.get_by_label(screen.words("factor.phone"))).to_be_focused()


def factor_required(screen: Screen) -> None:
    reset(screen)
    fill(screen, PASSWORD, PASSWORD)
    answer(screen.page, "reset-password", 400, problem("factor_required"))
    verified = {"valid": True, "expiresAt": rfc3339(datetime.now(UTC) + LIFE), "email": EMAIL, "factors": ["totp"]}
    answer(screen.page, "verify-reset-token", 200, verified)
    screen.press("reset.submit")
    screen.expect_heading("factor.title")


def fill(screen: Screen, password: str, confirmation: str) -> None:
    screen.page.locator("[name=new-password]").fill(password)
    screen.page.locator("[name=confirm-password]").fill(confirmation)
    if password:
        expect(screen.page.locator("[data-score=none]")).to_have_count(0)


def typing(screen: Screen) -> None:
    reset(screen, CLASSIC)
    fill(screen, "Otters 7", "Ott")


def too_long(screen: Screen) -> None:
    reset(screen)
    fill(screen, "x" * 73, "x")


def matching(screen: Screen) -> None:
    reset(screen)
    fill(screen, PASSWORD, PASSWORD)


def empty_submitted(screen: Screen) -> None:
    reset(screen)
    screen.press("reset.submit")
    expect(screen.page.get_by_text(screen.words("reset.missing"))).to_be_visible()


def rules_broken(screen: Screen) -> None:
    reset(screen, CLASSIC)
    fill(screen, "otters", "otters")
    screen.press("reset.submit")
    expect(screen.page.get_by_text(screen.words("reset.rulesBroken"))).to_be_visible()


def suggested(screen: Screen) -> None:
    reset(screen)
    screen.press("reset.suggest")
    expect(screen.page.get_by_text(screen.words("reset.suggested"))).to_be_visible()
    expect(screen.page.locator("[data-score=none]")).to_have_count(0)


def refused(screen: Screen) -> None:
    codes = ["common", "context", "too_short", "too_long", "nul", "reused", "breached", "missing_symbol"]
    matching(screen)
    answer(screen.page, "reset-password", 400, problem("weak_password", *codes))
    screen.press("reset.submit")
    expect(screen.page.get_by_text(screen.words("refused.breached"))).to_be_visible()


def changing(screen: Screen) -> None:
    matching(screen)
    screen.hold("reset-password")
    screen.press("reset.submit")
    expect(screen.page.get_by_role("button", name=screen.words("reset.submitting"))).to_be_visible()


def outcome_unknown(screen: Screen) -> None:
    """After an attempt that changed nothing for certain, which isn't told as this."""
    matching(screen)
    answer(screen.page, "reset-password", 503, problem("unavailable") | {"outcome": "unchanged"}, retry_after=0)
    screen.press("reset.submit")
    expect(screen.page.get_by_text(screen.words("failure.unavailable"))).to_be_visible()
    answer(screen.page, "reset-password", 503, problem("unavailable"), retry_after=5)
    screen.press("reset.submit")
    expect(screen.page.get_by_text(screen.words("failure.outcomeUnknown"))).to_be_visible()


def probably_done(screen: Screen) -> None:
    """A second press finds the token used."""
    screen.page.clock.install()
    outcome_unknown(screen)
    screen.page.clock.fast_forward(6_000)
    answer(screen.page, "reset-password", 400, problem("invalid_token"))
    screen.press("reset.submit")
    screen.expect_heading("probably.title")


def broken(screen: Screen) -> None:
    """Something else has emptied the page, and React finds nothing of its own."""
    matching(screen)
    answer(screen.page, "reset-password", 503, problem("unavailable"), retry_after=5)
    screen.page.evaluate("for (const element of document.querySelectorAll('form *')) element.replaceChildren()")
    screen.page.evaluate("document.forms[0].requestSubmit()")
    screen.expect_heading("broken.title")
    expect(screen.page.get_by_text(screen.words("failure.outcomeUnknown"))).to_be_visible()


def code_reloaded(screen: Screen) -> None:
    reset_by_code(screen)
    screen.page.reload()
    screen.expect_heading("invalid.codeTitle")
    expect(screen.page.get_by_text(screen.words("missing.bodyCode"))).to_be_visible()


def done(screen: Screen) -> None:
    matching(screen)
    answer(screen.page, "reset-password", 200, {"message": "English"})
    screen.press("reset.submit")
    screen.expect_heading("done.title")


def invalid(screen: Screen) -> None:
    answer(screen.page, "verify-reset-token", 200, {"valid": False})
    open_link(screen)
    screen.expect_heading("invalid.title")


def missing(screen: Screen) -> None:
    screen.open("reset-password")
    screen.expect_heading("missing.title")


def offline(screen: Screen) -> None:
    screen.page.route("**/auth/*", lambda route: route.abort())
    open_link(screen)
    screen.expect_heading("offline.title")


def unavailable(screen: Screen) -> None:
    answer(screen.page, ".*", 503, problem("unavailable"), retry_after=5)
    open_link(screen)
    screen.expect_heading("unavailable.title")


def configured(screen: Screen, **members: object) -> None:
    """Let the environment have chosen this; an action of a form is one of the pages' own origin."""

    def change(route: Route) -> None:
        document = route.fetch()
        html = document.text()
        chosen = json.loads(CONFIG.findall(html)[0]) | members
        headers = document.headers
        if chosen["signInAction"]:
            policy = headers["content-security-policy"].replace("form-action 'none'", "form-action 'self'")
            headers = {**headers, "content-security-policy": policy}
        route.fulfill(response=document, headers=headers, body=CONFIG.sub(lambda _: json.dumps(chosen), html))

    screen.page.route(DOCUMENT, change)


def sign_in(screen: Screen, **members: object) -> None:
    configured(screen, **members)
    screen.open("sign-in")
    screen.expect_heading("signIn.title")


def submit_sign_in(screen: Screen) -> None:
    sign_in(screen)
    screen.page.locator("[name=email]").fill(EMAIL)
    screen.page.locator("[name=password]").fill(PASSWORD)
    screen.press("signIn.submit")


def sign_in_refused(screen: Screen) -> None:
    answer(screen.page, "sign-in", 401, problem("invalid_credentials"))
    submit_sign_in(screen)
    expect(screen.page.get_by_text(screen.words("signIn.refused"))).to_be_visible()


def sign_in_limited(screen: Screen) -> None:
    answer(screen.page, "sign-in", 429, problem("rate_limited"), retry_after=90)
    submit_sign_in(screen)
    expect(screen.page.get_by_text(screen.words("failure.rate_limited"))).to_be_visible()


def signed_in(screen: Screen) -> None:
    answer(screen.page, "sign-in", 200, {"accessToken": "a", "tokenType": "Bearer", "expiresIn": 3600})
    submit_sign_in(screen)
    screen.expect_heading("signedIn.title")


def forgot_channels(screen: Screen) -> None:
    configured(screen, channels=["email", "sms", "whatsapp"])
    forgot(screen)
    screen.page.locator("[value=sms]").check()


def sent_code(screen: Screen, style: str) -> None:
    configured(screen, emailStyle=style)
    answer(screen.page, "forgot-password", 200, {"message": "English", "flow": "f" * 22})
    forgot(screen)
    screen.page.get_by_label(screen.words("email.label")).fill(EMAIL)
    screen.page.locator("[type=submit]").click()
    screen.expect_heading("sent.title")


def sent_sms(screen: Screen) -> None:
    configured(screen, channels=["email", "sms"])
    answer(screen.page, "forgot-password", 200, {"message": "English", "flow": "f" * 22})
    forgot(screen)
    screen.page.get_by_label(screen.words("email.label")).fill(EMAIL)
    screen.page.locator("[value=sms]").check()
    screen.press("forgot.submitCode")
    screen.expect_heading("sent.titlePhone")


def enter_code(screen: Screen) -> None:
    sent_sms(screen)
    screen.page.locator("[name=code]").fill("2047 1163")


def code_refused(screen: Screen) -> None:
    answer(screen.page, "verify-reset-code", 400, problem("invalid_code"))
    enter_code(screen)
    expect(screen.page.get_by_text(screen.words("code.invalid"))).to_be_visible()


def code_limited(screen: Screen) -> None:
    answer(screen.page, "verify-reset-code", 429, problem("rate_limited"), retry_after=90)
    enter_code(screen)
    expect(screen.page.get_by_text(screen.words("failure.rate_limited"))).to_be_visible()


def code_checking(screen: Screen) -> None:
    screen.hold("verify-reset-code")
    enter_code(screen)
    expect(screen.page.get_by_role("button", name=screen.words("code.submitting"))).to_be_visible()


def reset_by_code(screen: Screen) -> None:
    expires_at = rfc3339(datetime.now(UTC) + LIFE)
    answer(screen.page, "verify-reset-code", 200, {"token": TOKEN, "expiresAt": expires_at, "email": EMAIL})
    answer(screen.page, "verify-reset-token", 200, {"valid": True, "expiresAt": expires_at, "email": EMAIL})
    enter_code(screen)
    expect(screen.page.locator("[name=new-password]")).to_be_visible()


def finish_by_code(screen: Screen, status: int, body: object, key: str) -> None:
    reset_by_code(screen)
    fill(screen, PASSWORD, PASSWORD)
    answer(screen.page, "reset-password", status, body)
    screen.press("reset.submit")
    screen.expect_heading(key)


def report_refused(screen: Screen) -> None:
    """A notice's link with an address that isn't the account's; the page can be corrected."""
    answer(screen.page, "report-change", 400, problem("invalid_token"))
    screen.open(f"report-change#token={TOKEN}")
    screen.expect_heading("report.title")
    screen.page.get_by_label(screen.words("email.label")).fill(EMAIL)
    screen.press("report.submit")
    expect(screen.page.get_by_text(screen.words("report.refused"))).to_be_visible()


STATES: dict[str, Callable[[Screen], None]] = {
    "forgot": forgot,
    "forgot-error": forgot_error,
    "forgot-sending": sending,
    "forgot-solving": solving,
    "forgot-unreachable": forgot_unreachable,
    "forgot-resting": resting,
    "forgot-limited": partial(forgot_failed, status=429, key="forgot.limited"),
    "forgot-unavailable": partial(forgot_failed, status=503, key="failure.unavailable"),
    "sent": sent,
    "sent-again": sent_again,
    "sent-limited": sent_limited,
    "forgot-channels": forgot_channels,
    "sent-code": partial(sent_code, style="code"),
    "sent-both": partial(sent_code, style="both"),
    "sent-sms": sent_sms,
    "sent-reloaded": sent_reloaded,
    "code-refused": code_refused,
    "code-limited": code_limited,
    "code-checking": code_checking,
    "code-reset": reset_by_code,
    "code-done": partial(finish_by_code, status=200, body={"message": "English"}, key="done.title"),
    "code-too-late": partial(finish_by_code, status=400, body=problem("invalid_token"), key="invalid.codeTitle"),
    "code-reloaded": code_reloaded,
    "factor": factor,
    "factor-refused": factor_refused,
    "factor-unavailable": factor_unavailable,
    "factor-shown": factor_shown,
    "factor-phone": factor_phone,
    "factor-required": factor_required,
    "reset-checking": checking,
    "reset": reset,
    "reset-typing": typing,
    "reset-too-long": too_long,
    "reset-matching": matching,
    "reset-empty": empty_submitted,
    "reset-rules-broken": rules_broken,
    "reset-suggested": suggested,
    "reset-refused": refused,
    "reset-changing": changing,
    "reset-outcome-unknown": outcome_unknown,
    "reset-probably-done": probably_done,
    "reset-done": done,
    "link-invalid": invalid,
    "link-missing": missing,
    "link-offline": offline,
    "link-unavailable": unavailable,
    "report-refused": report_refused,
    "sign-in": sign_in,
    "sign-in-refused": sign_in_refused,
    "sign-in-limited": sign_in_limited,
    "signed-in": signed_in,
    "sign-in-own-form": partial(sign_in, signInAction="/sign-in"),
    "sign-in-elsewhere": partial(sign_in, sessions=False, signInUrl="https://app.example.com/"),
    "sign-in-nowhere": partial(sign_in, sessions=False),
}
