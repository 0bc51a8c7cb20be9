"""One-time passwords and recovery codes, by themselves."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from password_reset.proofs.factors import (
    DRIFT_STEPS,
    GUESSES_A_DAY,
    GUESSES_A_MONTH,
    TOTP_DIGITS,
    InvalidSecret,
    code_digest,
    matching_step,
    new_code,
    one_time_password,
    read_secret,
)

# The secret of RFC 6238's appendix B, whose passwords have eight digits: ours are their last six.
SECRET = b"12345678901234567890"  # pragma: allowlist secret - the RFC's
NOW = datetime(2026, 11, 20, 22, 43, 16, tzinfo=UTC)
STEP = int(NOW.timestamp()) // 30


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_one_time_passwords_are_those_of_the_standard(seconds: int, expected: str) -> None:
    assert one_time_password(SECRET, seconds // 30) == expected


@pytest.mark.parametrize(("offset", "found"), [(-2, None), (-1, -1), (0, 0), (1, 1), (2, None)])
def test_a_clock_may_be_off_by_one_step(offset: int, found: int | None) -> None:
    """Row 66: 30 seconds either way, and no more."""
    step = matching_step(SECRET, one_time_password(SECRET, STEP + offset), -1, NOW)
    assert step == (None if found is None else STEP + found)


@pytest.mark.parametrize("last", [STEP, STEP + 1])
def test_a_step_is_good_once(last: int) -> None:
    """Row 66: neither the last one nor one before it."""
    assert matching_step(SECRET, one_time_password(SECRET, STEP), last, NOW) is None
    assert matching_step(SECRET, one_time_password(SECRET, STEP), STEP - 1, NOW) == STEP


@pytest.mark.parametrize("value", ["", "0", "1234567", "abcdef", "\u0661" * 6, "\0" * 6, "x" * 8000])
def test_what_is_no_password_matches_nothing(value: str) -> None:
    assert matching_step(SECRET, value, -1, NOW) is None


def test_spaces_are_left_out() -> None:
    password = one_time_password(SECRET, STEP)
    assert matching_step(SECRET, f" {password[:3]} {password[3:]}", -1, NOW) == STEP


def test_of_two_steps_with_one_password_both_are_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 66: or the password would be good again when the later one comes."""
    monkeypatch.setattr("password_reset.proofs.factors.one_time_password", lambda *_: "123456")
    assert matching_step(SECRET, "123456", STEP - 1, NOW) == STEP + 1


@pytest.mark.parametrize(
    "text",
    [
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        "gezd gnbv gy3t qojq gezd gnbv gy3t qojq",
        "GEZDGNBV-GY3TQOJQ-GEZDGNBV-GY3TQOJQ====",
    ],
)
def test_a_secret_is_read_as_apps_show_it(text: str) -> None:
    assert read_secret(text) == SECRET


@pytest.mark.parametrize("text", ["", "GEZDGNBV", "GEZDGNBVGY3TQOJ1", "not base32 at all", "GEZDGNBVGY3TQOJ\u0130"])
def test_what_is_no_secret_is_refused(text: str) -> None:
    with pytest.raises(InvalidSecret):
        read_secret(text)


def test_recovery_codes_are_random_and_kept_as_hashes() -> None:
    """Row 67: 80 bits each, and nobody's digest is another's."""
    codes = {new_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert all(len(code.replace("-", "")) * 5 == 80 for code in codes)
    code = codes.pop()
    assert code_digest("a", code) == code_digest("a", f" {code.upper().replace('-', ' ')} ")
    assert code_digest("a", code) != code_digest("b", code)
    assert code not in code_digest("a", code)


def test_the_odds_in_the_docs_are_those_of_the_limits() -> None:
    """Row 66: docs/security.md computes them from what counts here."""
    right = (2 * DRIFT_STEPS + 1) / 10**TOTP_DIGITS

    def chance(guesses: float) -> float:
        return float(1 - (1 - right) ** guesses)

    def power(number: float) -> str:
        digits, _, exponent = f"{number:.1e}".partition("e-0")
        return f"{digits} × 10⁻{'⁰¹²³⁴⁵⁶⁷⁸⁹'[int(exponent)]}"

    table = Path("docs/security.md").read_text("utf-8")
    for guesses, name, year in (
        (GUESSES_A_DAY * 30, "20 a day alone, without the last limit", "2.2 %"),
        (GUESSES_A_MONTH, "20 a day and 60 in 30 days", "0.22 % (1 in 460)"),
    ):
        a_year = chance(guesses * 365 / 30)
        assert f"{a_year:.2g}" == f"{float(year.partition(' ')[0]) / 100:.2g}"
        row = f"| {name} | {power(chance(GUESSES_A_DAY))} | {power(chance(guesses))} | {year} |"
        assert row in table
    assert round(1 / chance(GUESSES_A_MONTH * 365 / 30), -1) == 460
