"""Break the code on purpose, one place at a time: `make mutants` fails if the tests let one live.

Each mutant is run in a copy of the tree, with the tests that should catch it alone.
"""

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

FAILED = 1
"""Pytest's exit code where tests failed; others say that it could not run them."""
ROOT = Path(__file__).parents[1]
DOMAIN = "layers/shared/python/password_reset"


@dataclass(frozen=True)
class Mutant:
    """A change of one text in a module of the domain, and the tests that it is to fail."""

    breaks: str
    module: str
    old: str
    new: str
    tests: str

    @property
    def path(self) -> str:
        return f"{DOMAIN}/{self.module}.py"


MUTANTS = [
    Mutant("expiry on verify", "proofs/tokens", "if now >= self.expires_at:", "if False:", "handlers/test_tokens.py"),
    Mutant("single use under rivals", "proofs/tokens", '_LIVE = "used = :no AND ', '_LIVE = "', "engine/test_races.py"),
    Mutant(
        "the version grows",
        "accounts/dynamodb",
        '"credentials_version": account.version + 1',
        '"credentials_version": account.version',
        "engine/test_races.py",
    ),
    Mutant(
        "a changed address voids",
        "accounts/dynamodb",
        '        canonical(stored.values.get("email")),\n',
        "",
        "handlers/test_tokens.py",
    ),
    Mutant(
        "the window's edge",
        "limits/windows",
        "{name} <= :cutoff{name}",
        "{name} < :cutoff{name}",
        "handlers/test_forgot.py",
    ),
    Mutant(
        "how long to wait",
        "limits/windows",
        "-(-left // (1000 * _MINUTE))",
        "left // (1000 * _MINUTE)",
        "model",
    ),
    Mutant(
        "a claim",
        "delivery/deliveries",
        "OR (#state = :claimed AND claimed_until <= :now)",
        "OR #state = :claimed",
        "engine/test_races.py handlers/test_deliver.py",
    ),
    Mutant("a secret's rotation", "aws/secrets", "minutes=5", "minutes=6", "unit/test_secret.py"),
    Mutant("five guesses", "proofs/codes", "MAX_GUESSES = 5", "MAX_GUESSES = 6", "handlers/test_codes.py"),
    Mutant(
        "the code that was compared",
        "proofs/codes",
        " AND code_digest = :digest",
        " AND (code_digest = :digest OR used = :no)",
        "handlers/test_codes.py",
    ),
    Mutant(
        "disabled accounts and codes",
        "service/verify_code",
        "account is None or not account.may_reset or account.state != found.account_digest",
        "account is None or account.state != found.account_digest",
        "handlers/test_codes.py",
    ),
    Mutant(
        "a session is of one version",
        "sessions/signed",
        "and account.version == self.version",
        "",
        "handlers/test_sessions.py",
    ),
    Mutant(
        "a session is of one hash",
        "sessions/signed",
        'and hmac.compare_digest(_digest(account, self.key).encode(), self.password.encode("utf-8", "replace"))',
        "",
        "handlers/test_own_table.py",
    ),
    Mutant(
        "no session is longer than the setting",
        "sessions/signed",
        "and expires_at - issued_at <= self.life.total_seconds()",
        "",
        "handlers/test_own_table.py",
    ),
    Mutant(
        "a retired key stops",
        "sessions/signing_keys",
        "replace(previous.key, retired_at=current.since)",
        "previous.key",
        "handlers/test_own_table.py",
    ),
    Mutant(
        "rivals both upgrade a hash",
        "service/sign_in",
        "current.secret == upgraded or self.passwords.verify(password, current.password_hash)",
        "current.secret == upgraded",
        "handlers/test_own_table.py",
    ),
    Mutant(
        "an undone change",
        "proofs/tokens",
        "account.version < self.written_version or ",
        "",
        "handlers/test_own_table.py",
    ),
    Mutant(
        "types are compared",
        "aws/items",
        "            return [kind, value.hex()]",
        '            return ["S", value.hex()]',
        "unit/test_items.py",
    ),
    Mutant(
        "a place for rivals",
        "limits/sign_ins",
        "size(failed) < :most",
        "size(failed) <= :most",
        "engine/test_guessing.py unit/test_sign_ins.py",
    ),
    Mutant(
        "a place is given back",
        "limits/sign_ins",
        "DELETE failed :member",
        "ADD failed :member",
        "unit/test_sign_ins.py",
    ),
    Mutant(
        "a device's own count",
        "limits/sign_ins",
        "pair=known_device if device else pair",
        "pair=pair",
        "unit/test_sign_ins.py",
    ),
    Mutant(
        "a reset opens the day",
        "limits/sign_ins",
        'today.get("version") == version and today.get("failures", 0) >= DAILY_FAILURES',
        'today.get("failures", 0) >= DAILY_FAILURES',
        "unit/test_sign_ins.py",
    ),
    Mutant(
        "a cheaper hash is padded",
        "passwords/hashers/bcrypt",
        'range(int(found["cost"]), int(core["cost"]))',
        'range(int(found["cost"]) + 1, int(core["cost"]))',
        "handlers/test_sessions.py",
    ),
    Mutant(
        "what is no hash is not written over",
        "service/reset_password",
        "account.secret is not None and not self.passwords.recognises(account.password_hash)",
        "account.password_hash and not self.passwords.recognises(account.password_hash)",
        "handlers/test_hashes.py",
    ),
    Mutant(
        "a second factor is required",
        "proofs/tokens",
        "bool(self.proven_by) and self.proven_version == held.version",
        "bool(self.proven_by)",
        "handlers/test_factors.py",
    ),
    Mutant(
        "a step is good once", "proofs/factors", "if step > last_step", "if step >= last_step", "unit/test_factors.py"
    ),
    Mutant(
        "a step is used up in the write that proves",
        "proofs/factors",
        "totp_last_step < :step)",
        "totp_last_step <= :step)",
        "engine/test_factors.py",
    ),
    Mutant(
        "a stored hash costs what it may",
        "passwords/hashers/pbkdf2",
        "work <= _MAX_WORK",
        "work <= 10 * _MAX_WORK",
        "unit/test_hashers.py",
    ),
    Mutant(
        "the exact spelling first",
        "accounts/directory",
        "(account.email != address, account.user_id)",
        "account.user_id",
        "handlers/test_deliver.py",
    ),
    Mutant(
        "a pause between tries",
        "aws/transactions",
        "uniform(0, JITTER_SECONDS * 2**attempt)",
        "uniform(0, 0)",
        "unit/test_transactions.py",
    ),
    Mutant(
        "a lost answer",
        "aws/transactions",
        "unknown = unknown or _may_be_written(fault)",
        "unknown = False",
        "handlers/test_reset.py",
    ),
    Mutant(
        "half a surrogate pair",
        "edge/http",
        "        json.dumps(document, ensure_ascii=False).encode()",
        "        json.dumps(document)",
        "handlers/test_hostile_input.py",
    ),
    Mutant(
        "headers without a body",
        "edge/http",
        '"headers": {**SECURITY_HEADERS, **headers}, "body": ""',
        '"headers": {**headers}, "body": ""',
        "handlers/test_sessions.py",
    ),
    Mutant(
        "pseudonyms",
        "audit",
        'return self.pepper().pseudonym("audit source", address)',
        "return address",
        "handlers/test_nothing_leaks.py",
    ),
    Mutant(
        "the minimum",
        "passwords/rules",
        "len(password) < policy.min_length",
        "len(password) <= policy.min_length",
        "unit/test_passwords.py",
    ),
]


def main() -> None:
    """Try every mutant, or those whose names are given; say which one lives."""
    chosen = [mutant for mutant in MUTANTS if not sys.argv[1:] or mutant.breaks in sys.argv[1:]]
    if run(" ".join({mutant.tests for mutant in chosen}), None):
        sys.exit("The tests fail without any mutant.")
    alive = []
    for mutant in chosen:
        caught = run(mutant.tests, mutant) == FAILED
        print(f"{'caught' if caught else 'ALIVE '}  {mutant.module:13} {mutant.breaks}", flush=True)
        if not caught:
            alive.append(mutant.breaks)
    print(f"{len(chosen) - len(alive)} of {len(chosen)} caught")
    if alive:
        sys.exit(f"Alive: {', '.join(alive)}")


def run(tests: str, mutant: Mutant | None) -> int:
    """Run tests in a copy of the tree, with a mutant or as it is; return pytest's exit code."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".venv", ".git", "node_modules", "build", "cdk.out"))
        (copy / "node_modules").symlink_to(ROOT / "node_modules")
        if mutant:
            broken = copy / mutant.path
            broken.write_text(broken.read_text("utf-8").replace(mutant.old, mutant.new), "utf-8")
        files = [f"tests/{test}" for test in sorted(set(tests.split()))]
        command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=line", "--show-capture=no", *files]
        return subprocess.run(command, cwd=copy, capture_output=True, check=False, timeout=3600).returncode


if __name__ == "__main__":
    main()
