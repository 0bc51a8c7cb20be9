"""`docs/security.md` is true: every row has a test, every threat a defence that is tested."""

import re

import pytest

from infra.routes import ROUTES
from local.openapi import document
from password_reset.channels.phone import MESSAGES_A_DAY
from password_reset.limits import sign_ins
from password_reset.proofs import codes
from password_reset.settings import ServiceSettings
from tests.rows import DOCUMENT, TESTS, Row, docstrings, named, read_rows, result, wrong

TEXT = DOCUMENT.read_text("utf-8")
TWO = {1: Row("one", ""), 2: Row("two", "gap: not built")}


def test_every_row_has_a_test_and_every_gap_has_none() -> None:
    """The numbers are those of the standards: 1 to 60, and of 61 to 75 those that are built."""
    rows = read_rows(TEXT)
    assert list(rows) == sorted(rows)
    assert set(range(1, 61)) <= set(rows) <= set(range(1, 76))
    assert wrong(rows, docstrings(TESTS.rglob("test_*.py"))) == []
    assert [number for number, row in rows.items() if row.is_gap] == []
    assert {row.mark.partition(":")[0] for row in rows.values()} == {"", "not run"}


@pytest.mark.parametrize(
    ("docstring", "problem"),
    [
        ("Row 1: so.", None),
        ("It is so.", "row 1 has no test"),
        ("Rows 1 and 3: so.", "test names row 3, which there isn't"),
        ("Rows 1 and 2: so.", "test names row 2, which is marked a gap"),
        ("Row 1.", "test: rows are named as in 'Row 15: …' or 'Rows 1, 2 and 3: …', not as in 'Row 1.'"),
        ("1: so.", "test: rows are named as in 'Row 15: …' or 'Rows 1, 2 and 3: …', not as in '1: so.'"),
        (None, "row 1 has no test"),
    ],
)
def test_what_is_wrong_is_told(docstring: str | None, problem: str | None) -> None:
    found = wrong(TWO, [("test", docstring)])
    assert found[:1] == ([problem] if problem else [])


def test_rows_are_named_in_one_form() -> None:
    assert [named(text) for text in ("Row 7: x", "Rows 7 and 8: x", "Rows 7, 8 and 19: x", "A row: x")] == [
        [7],
        [7, 8],
        [7, 8, 19],
        [],
    ]


@pytest.mark.parametrize(
    ("mark", "outcomes", "expected"),
    [
        ("", {"passed": 2}, "passed"),
        ("", {"passed": 2, "failed": 1}, "FAILED"),
        ("", {"skipped": 1}, "NOT PROVED"),
        ("", {}, "NOT PROVED"),
        ("not run: throttling", {"passed": 1}, "not run"),
        ("not run: throttling", {"failed": 1}, "FAILED"),
        ("gap: not built", {}, "GAP"),
    ],
)
def test_a_row_is_what_its_tests_came_to(mark: str, outcomes: dict[str, int], expected: str) -> None:
    assert result(Row("one", mark), outcomes) == expected


def test_every_threat_has_a_defence_that_is_tested() -> None:
    """Each of the model's rows cites tests that exist."""
    _, _, rest = TEXT.partition("\n### Threats\n")
    threats = re.findall(r"^\| T\d+ .*$", rest.partition("\n## ")[0], re.MULTILINE)
    assert len(threats) >= 20
    for threat in threats:
        _, attack, defence, tests, _ = threat.split("|")
        assert attack.strip(), threat
        assert defence.strip(), threat
        cited = re.findall(r"`([\w/]+\.py)`", tests)
        assert cited, threat
        assert [file for file in cited if not (TESTS / file).exists()] == [], threat


def test_the_limits_are_documented_as_they_are() -> None:
    """Row 47: the figures in the text are those in the code."""
    defaults = {name: field.default for name, field in ServiceSettings.model_fields.items()}
    said = [
        f"{defaults['reset_limit_per_identifier']} requests an hour for an identifier",
        f"and {defaults['reset_limit_per_source']} from a source",
        f"{codes.DIGITS} digits",
        f"after {codes.MAX_WRONG_GUESSES} in 24 hours",
        f"At most {codes.MAX_OPEN} codes",
        f"19 + {codes.MAX_OPEN} × {codes.MAX_GUESSES} = {19 + codes.MAX_OPEN * codes.MAX_GUESSES} wrong guesses",
        f"gets {MESSAGES_A_DAY} messages a day",
        f"{sign_ins.FREE_FAILURES} failures",
        f"up to {sign_ins.LONGEST_WAIT.seconds // 60} minutes",
        f"After {sign_ins.DAILY_FAILURES} failures a day",
        f"after {sign_ins.SPRAYED} identifiers in an hour",
        f"within {sign_ins.TRUST.days} days",
    ]
    text = " ".join(TEXT.split())
    assert [words for words in said if words not in text] == []
    assert defaults["reset_limit_window_seconds"] == 3600


def test_no_route_sets_anothers_password_and_none_asks_for_more() -> None:
    """Rows 33 and 39: no hint, no question, no date of expiry, and a new password goes with a token of its own."""
    schemas = document()["components"]["schemas"]
    taken = {}
    for path, methods in document()["paths"].items():
        for operation in methods.values():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            name = body.get("schema", {}).get("$ref", "/").rpartition("/")[2]
            taken[path] = set(schemas[name]["properties"]) if name else set()
    assert taken == {
        "/auth/forgot-password": {"email", "locale", "channel", "client", "challenge"},
        "/auth/challenge": set(),
        "/auth/verify-reset-token": {"token"},
        "/auth/verify-reset-code": {"flow", "code"},
        "/auth/verify-reset-factor": {"token", "kind", "value"},
        "/auth/reset-password": {"token", "newPassword"},
        "/auth/report-change": {"token", "email"},
        "/auth/sign-in": {"email", "password", "deviceToken"},
        "/operator/resets": {"email", "userId", "purpose", "lifetimeSeconds", "locale"},
        "/auth/password-policy": set(),
        "/auth/sign-out": set(),
        "/auth/me": set(),
    }
    assert set(taken) == {route.path for route in ROUTES}
