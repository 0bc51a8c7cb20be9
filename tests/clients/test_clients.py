"""What others make of the description: validators find nothing, and generated clients work against `make run`.

`make clients` installs the generators; nothing else needs them.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_socket

from tests.server import served

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DESCRIPTION = ROOT / "docs" / "openapi.json"
REQUESTS = ROOT / "docs" / "requests"
BIN = HERE / "node_modules" / ".bin"
PYTHON = ROOT / "build" / "clients" / "bin"

pytestmark = pytest.mark.enable_socket


def run(*command: str | Path, **environment: str) -> None:
    """Run a program; what it says is told where it fails."""
    ended = subprocess.run(
        [*map(str, command)],
        cwd=HERE,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=200,
    )
    assert ended.returncode == 0, ended.stdout


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server that limits nobody."""
    pytest_socket.enable_socket()
    with served(RESET_LIMIT_PER_SOURCE="0") as process:
        yield process.url


@pytest.fixture(scope="module")
def compiled(url: str) -> Path:
    """What three generators make of the description for TypeScript, compiled with every check, and where it is."""
    run(BIN / "openapi-typescript", DESCRIPTION, "--output", "generated/openapi-typescript.ts")
    run(BIN / "openapi-ts", "--input", DESCRIPTION, "--output", "generated/hey-api", "--no-log-file")
    run(BIN / "orval", "--config", "./orval.config.cjs", PASSWORD_RESET_URL=url)
    run(BIN / "tsc", "--project", ".")
    return HERE / "generated" / "js"


def test_redocly_finds_nothing() -> None:
    run(BIN / "redocly", "lint", DESCRIPTION, "--max-problems", "0")


def test_spectral_finds_nothing() -> None:
    run(BIN / "spectral", "lint", DESCRIPTION, "--fail-severity", "hint")


@pytest.mark.parametrize("generator", ["openapi-typescript", "hey-api", "orval"])
def test_the_flow_in_typescript(generator: str, compiled: Path, url: str) -> None:
    run("node", compiled / f"{generator}.js", PASSWORD_RESET_URL=url)


def test_the_flow_in_python(url: str) -> None:
    generated = HERE / "generated" / "password_reset_client"
    run(PYTHON / "openapi-python-client", "generate", "--path", DESCRIPTION, "--output-path", generated, "--overwrite",
        "--meta", "none", PATH=f"{PYTHON}:{os.environ['PATH']}")  # fmt: skip
    run(PYTHON / "python", "python_client.py", url, PYTHONPATH=f"{HERE / 'generated'}{os.pathsep}{ROOT}")


def test_the_collection(url: str) -> None:
    collection = REQUESTS / "password-reset.postman_collection.json"
    environment = ["--environment", str(REQUESTS / "local.postman_environment.json"), "--env-var", f"url={url}"]
    run(BIN / "newman", "run", collection, *environment, "--delay-request", "100")


def test_what_a_typescript_caller_may_leave_out(compiled: Path, tmp_path: Path) -> None:
    """Of forgot-password all but the address: another call does not compile."""
    assert (compiled / "orval.js").exists()
    wrong = HERE / "generated" / "wrong.ts"
    wrong.write_text(
        "import { forgotPassword, resetPassword } from './orval.js';\n"
        "void forgotPassword({ email: 'user@example.com' });\n"
        "void resetPassword({ token: 'without a password' });\n",
        "utf-8",
    )
    try:
        with pytest.raises(AssertionError) as told:
            run(BIN / "tsc", "--project", ".", "--noEmit")
    finally:
        wrong.unlink()
    assert "wrong.ts(3,20): error TS2345" in str(told.value)
    assert "wrong.ts(2," not in str(told.value)
