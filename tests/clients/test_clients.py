"""What others make of the description: validators find nothing, and generated clients work against `make run`.

`make clients` installs the generators; nothing else needs them.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
import pytest_socket
from playwright.sync_api import Browser, expect

from local.ports import free_port
from tests.browser.conftest import browser as browser  # noqa: PLC0414 - a fixture, named so that it counts as used
from tests.browser.site import Site
from tests.server import served

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DESCRIPTION = ROOT / "docs" / "openapi.json"
FRONTENDS = ROOT / "examples" / "frontends"
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


@pytest.fixture(scope="module")
def packed() -> Path:
    """A folder of a stranger's, with the packages installed from what `make packages` packs."""
    run("node", ROOT / "packages" / "pack.mjs", "@acme/password-reset")
    folder = HERE / "generated" / "stranger"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    packages = sorted((ROOT / "build" / "packages").glob("*.tgz"))
    run("npm", "install", "--offline", "--ignore-scripts", "--legacy-peer-deps", "--prefix", folder, *packages)
    return folder


def test_the_packages_readme(packed: Path, compiled: Path, url: str) -> None:
    """What it shows is pasted, and runs: the flow, and what to say of problems."""
    readme = (packed / "node_modules" / "@acme" / "password-reset" / "README.md").read_text("utf-8")
    executed = r"^<!-- executed by tests/clients -->\n```ts\n(.*?)^```"
    flow, explain = re.findall(executed, readme, re.MULTILINE | re.DOTALL)
    first, second = flow.replace("https://api.example.com", url).split("// 2.")
    script = packed / "readme.ts"
    script.write_text(
        f"import {{ createAccount, expect, mailedToken, newPassword }} from '{compiled / 'outbox.js'}';\n"
        f"const email = await createAccount();\n{first}const token = await mailedToken(email);\n// 2.{second}{explain}"
        "const again = await client.resetPassword({ token, newPassword });\n"
        "expect(explain(again.problem), 'This link is no longer valid. Request a new one.');\n",
        "utf-8",
    )
    run(BIN / "tsc", "--noCheck", "--module", "nodenext", "--target", "es2022", script)
    run("node", script.with_suffix(".js"), PASSWORD_RESET_URL=url)


def test_the_packages_types(packed: Path) -> None:
    """They compile on their own, without looking away from libraries, and tell problems apart."""
    (packed / "types.ts").write_text(
        "import { Client, type Problem } from '@acme/password-reset';\n"
        "const result = await new Client({ baseUrl: '' }).forgotPassword({ email: 'user@example.com' });\n"
        "const told: string | Problem['code'] = result.ok ? result.value.flow : result.problem.code;\n"
        "// @ts-expect-error only some problems say when to come back\n"
        "if (!result.ok) void result.problem.retryAfter;\n"
        "if (!result.ok && result.problem.code === 'rate_limited') void result.problem.retryAfter.toFixed();\n"
        "export default told;\n",
        "utf-8",
    )
    native = re.search(
        r"^```tsx\n(.*?)^```", (ROOT / "docs" / "mobile.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert native
    (packed / "native.ts").write_text(native[1].replace("@example/", "@acme/"), "utf-8")
    (packed / "platform.d.ts").write_text(
        "declare module 'react' { function useEffect(run: () => () => void, on: unknown[]): void;"
        " function useState<T>(first: T): [T, (next: (known: T) => T) => void]; }\n"
        "declare module 'react-native' { const Linking: { getInitialURL(): Promise<string | null>;"
        " addEventListener(name: 'url', tell: (event: { url: string }) => void): { remove(): void } }; }\n",
        "utf-8",
    )
    options = {"strict": True, "noEmit": True, "exactOptionalPropertyTypes": True, "target": "ES2022", "types": []}
    readme = (packed / "node_modules" / "@acme" / "password-reset-react" / "README.md").read_text("utf-8")
    blocks = re.findall(r"^```tsx\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    for number, block in enumerate(blocks):
        (packed / f"react-{number}.tsx").write_text(block, "utf-8")
    (packed / "language.ts").write_text(
        "import type { Language } from '@acme/password-reset-react';\n"
        "export const german: Language = 'de';\n"
        "// @ts-expect-error there is none of this name\n"
        "export const none: Language = 'made up';\n",
        "utf-8",
    )
    react = ROOT / "web" / "node_modules" / "@types" / "react"
    config = {
        "compilerOptions": options
        | {"lib": ["ES2022", "DOM"], "module": "Preserve", "jsx": "react-jsx"}
        | {"paths": {"react": [str(react)], "react/*": [f"{react}/*"]}},
        "files": ["language.ts", *(f"react-{number}.tsx" for number, _ in enumerate(blocks))],
    }
    (packed / "tsconfig.json").write_text(json.dumps(config), "utf-8")
    run(BIN / "tsc", "--project", packed)
    for module in ("NodeNext", "Preserve"):
        config = {
            "compilerOptions": options | {"lib": ["ES2022", "DOM"], "module": module},
            "files": ["types.ts", "native.ts", "platform.d.ts"],
        }
        (packed / "tsconfig.json").write_text(json.dumps(config), "utf-8")
        run(BIN / "tsc", "--project", packed)


@pytest.fixture(scope="module")
def frontends() -> Iterator[tuple[Site, str]]:
    """The examples, built with the packages as they are packed and served at an origin of their own, and their API."""
    pytest_socket.enable_socket()
    folder = HERE / "generated" / "frontends"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(FRONTENDS, folder, ignore=shutil.ignore_patterns("node_modules", "dist"))
    run("npm", "ci", "--prefix", folder)
    run("node", ROOT / "packages" / "pack.mjs")
    packages = sorted((ROOT / "build" / "packages").glob("*.tgz"))
    run("npm", "install", "--offline", "--no-save", "--prefix", folder, *packages)
    origin = f"http://127.0.0.1:{free_port()}"
    with served(RESET_LIMIT_PER_SOURCE="0", RESET_LIMIT_PER_IDENTIFIER="0", ALLOWED_ORIGINS=origin) as api:
        run("npm", "run", "build", "--prefix", folder, VITE_API_URL=api.url)
        handler = partial(SimpleHTTPRequestHandler, directory=str(folder / "dist"))
        with ThreadingHTTPServer(("127.0.0.1", urlsplit(origin).port or 0), handler) as server:
            thread = Thread(target=server.serve_forever, daemon=True)
            thread.start()
            yield Site(api.url), origin
            server.shutdown()


@pytest.mark.parametrize("name", ["html", "react", "vue", "svelte"])
def test_the_flow_in_a_frontend(name: str, frontends: tuple[Site, str], browser: Browser) -> None:
    """From the first form to the new password, in a page of another origin."""
    site, origin = frontends
    email = site.create_account("an old and tired password")
    page = browser.new_page(locale="en-GB")
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    told: list[str] = []
    page.goto(f"{origin}/{name}/index.html")
    page.get_by_label("Email address").fill(email)
    page.get_by_role("button", name="Send reset link").click()
    expect(page.get_by_text(re.compile("^If an account exists for "))).to_be_visible()
    token = site.mailed_link(email).partition("#")[2]
    page.goto("about:blank")
    if name != "svelte":  # a second link in the same tab: nothing loads anew
        page.goto(f"{origin}/{name}/index.html#token={'A' * 43}")
        expect(page.get_by_role("heading", name="This link is no longer valid")).to_be_visible()
    page.goto(f"{origin}/{name}/index.html#{token}")
    page.get_by_label("New password", exact=True).fill("purple otters read quietly")
    expect(page).to_have_url(f"{origin}/{name}/index.html")
    if name != "svelte":  # whose form is its own
        page.get_by_label("Confirm new password").fill("purple otters read quietly")
    page.get_by_role("button", name="Change password").click()
    done = "Your password has been reset" if name == "svelte" else "Your password was changed"
    expect(page.get_by_text(re.compile(f"^{done}"))).to_be_visible()
    if name == "vue":
        expect(page.get_by_text("Vue knows that the password is changed.")).to_be_visible()
    assert site.has_password(email, "purple otters read quietly")
    assert told == []
    page.close()


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
