"""What the policy refuses, and that what is hashed is the whole password."""

import bcrypt
import pytest
from pydantic import ValidationError
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from password_reset.passwords.passwords import Passwords, is_common
from password_reset.passwords.policy import PRESETS, PasswordPolicy, read_policy


def passwords(policy: object = "default", breached: bool = False) -> Passwords:  # noqa: FBT001, FBT002 - a test's knob
    return Passwords(
        policy=PasswordPolicy.model_validate(read_policy(policy)),
        cost=10,
        product_name="Example Shop",
        breached=lambda _: breached,
    )


def codes(
    password: str, policy: object = "default", email: str = "anna.meier@example.com", name: str = "Anna Meier"
) -> list[str]:
    return [issue.code for issue in passwords(policy).refusals(password, email=email, name=name)]


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("q9zK!vw", ["too_short"]),
        ("q9zK!vwx", []),
        ("🦉" * 7, ["too_short"]),
        ("🦉🐝🦊🐢🐙🦋🐌🦀", []),
        ("     q9zK vw", []),
        ("purple otters read quietly, 日本語 и ελληνικά", []),
        ("q9zKvw7x" * 8, []),
        ("q" * 72, []),
        ("q" * 73, ["too_long"]),
        ("🦉" * 18, []),
        ("🦉" * 19, ["too_long"]),
        ("q9zK!vwx\0", ["nul"]),
        ("", ["too_short"]),
    ],
)
def test_length_is_counted_in_code_points_up_to_72_bytes(password: str, expected: list[str]) -> None:
    """Rows 25, 26 and 27: any composition, 64 characters and more, nothing truncated."""
    assert codes(password) == expected


def test_what_is_too_long_is_told_in_bytes() -> None:
    (issue,) = passwords().refusals("🦉" * 19, email="", name="")
    assert issue.message == "This is 76 bytes long, and 72 are the most that can be protected."


@pytest.mark.parametrize("password", ["password", "Password1", "QWERTYUIOP", "iloveyou", "12345678", "sunshine"])
def test_common_passwords_are_refused_in_any_case(password: str) -> None:
    """Row 29: and the reason is told."""
    assert "common" in codes(password)


def test_the_list_of_common_passwords_is_long_enough() -> None:
    """Row 29: 10,000 entries and more that the minimum length does not refuse already."""
    long_enough = [password for password in FREQUENCY_LISTS["passwords"] if len(password) >= 8]
    assert len(long_enough) >= 10_000
    assert all(is_common(password) for password in long_enough)


@pytest.mark.parametrize(
    ("password", "refused"),
    [
        ("anna.meier@example.com", True),
        ("ANNA.MEIER", True),
        ("annameier", True),
        ("meiermeier", True),
        ("M3!er-Meier", False),
        ("m31er-meier", False),
        ("Me1er#12", False),
        ("examp1e5hop", True),
        ("Ex@mple$hop1", True),
        ("example123", True),
        ("ex4mp1e123", True),
        ("example1234", False),
        ("exampleshop2026", False),
        ("purple otters", False),
    ],
)
def test_what_is_made_of_context_is_refused(password: str, *, refused: bool) -> None:
    """Row 29: names and addresses, look-alikes read as letters, with under four characters of one's own."""
    assert ("context" in codes(password)) is refused


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("aB3@aB3@", []),
        ("aB3@aB3", ["too_short"]),
        ("aB3@" * 5, []),
        ("aB3@" * 5 + "a", ["too_long"]),
        ("ab3@ab3@", ["missing_upper"]),
        ("AB3@AB3@", ["missing_lower"]),
        ("aBc@aBc@", ["missing_digit"]),
        ("aB3#aB3#", ["missing_symbol"]),
        ("zzyyxxww", ["missing_upper", "missing_digit", "missing_symbol"]),
    ],
)
def test_the_classic_preset(password: str, expected: list[str]) -> None:
    assert codes(password, "classic") == expected


def test_a_symbol_is_any_but_a_letter_digit_or_space_unless_listed() -> None:
    policy = '{"requireSymbol": true}'
    assert codes("purple otters", policy) == ["missing_symbol"]
    assert codes("purple-otters", policy) == []
    assert codes("purple♥otters", policy) == []


def test_the_presets_are_what_the_contract_says() -> None:
    default = {
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
    required = {f"require{kind}": True for kind in ("Uppercase", "Lowercase", "Digit", "Symbol")}
    published = {name: policy.model_dump(by_alias=True) for name, policy in PRESETS.items()}
    assert published == {
        "default": default,
        "nist-single-factor": default | {"minLength": 15},
        "classic": default | {"maxLength": 20} | required,
    }


@pytest.mark.parametrize(
    "policy",
    [
        '{"minLength": 7}',
        '{"minLength": 65}',
        '{"minLength": "12"}',
        '{"minLength": 20, "maxLength": 19}',
        '{"maxBytes": 73}',
        '{"history": 6}',
        '{"history": -1}',
        '{"minimum": 8}',
        "[]",
        "7",
    ],
)
def test_an_unusable_policy_is_refused(policy: str) -> None:
    with pytest.raises(ValidationError):
        PasswordPolicy.model_validate(read_policy(policy))


def test_a_breached_password_is_refused_once_nothing_else_is() -> None:
    policy = '{"breachCheck": true}'
    refused = passwords(policy, breached=True).refusals("purple otters read", email="", name="")
    assert [issue.code for issue in refused] == ["breached"]
    assert [issue.code for issue in passwords(policy, breached=True).refusals("short", email="", name="")] == [
        "too_short"
    ]
    assert passwords(policy, breached=False).refusals("purple otters read", email="", name="") == []
    assert passwords("default", breached=True).refusals("purple otters read", email="", name="") == []


def test_a_hash_verifies_with_any_bcrypt_and_reads_the_whole_password() -> None:
    """Rows 27 and 31: `$2b$`, the cost in it, a salt of its own; 72 bytes all count."""
    longest = "q" * 71
    hashed = passwords().hash(longest + "a")
    assert hashed.startswith("$2b$10$")
    assert hashed != passwords().hash(longest + "a")
    assert bcrypt.checkpw((longest + "a").encode(), hashed.encode())
    assert not bcrypt.checkpw((longest + "b").encode(), hashed.encode())


@pytest.mark.parametrize("stored", [None, "", "not a hash", "pbkdf2_sha256$1000$salt$hash", "$2b$99$" + "x" * 53, "ü"])
def test_a_stored_hash_of_another_kind_matches_nothing(stored: str | None) -> None:
    assert passwords().reuse("purple otters", stored, [stored or ""]) == []


@pytest.mark.parametrize("prefix", ["$2a$", "$2b$", "$2y$"])
def test_bcrypt_of_any_prefix_is_recognised(prefix: str) -> None:
    stored = prefix + passwords().hash("purple otters")[4:]
    assert [issue.code for issue in passwords().reuse("purple otters", stored, [])] == ["same_as_current"]


@pytest.mark.parametrize(("depth", "kept"), [(0, 0), (1, 0), (2, 1), (5, 4)])
def test_history_keeps_what_the_policy_will_compare(depth: int, kept: int) -> None:
    policy = passwords(f'{{"history": {depth}}}')
    assert policy.history("current", ["1", "2", "3", "4", "5"]) == ["current", "1", "2", "3", "4"][:kept]
    assert policy.history(None, ["1", "2"]) == ["1", "2"][:kept]
