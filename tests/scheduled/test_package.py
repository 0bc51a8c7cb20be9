"""The package, where nothing of ours is: built, installed into an empty environment, synthesised, deployed, used.

It takes minutes, so `make deploy-test` runs it and `make test` does not.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_socket

from infra import uv
from infra.packages import PYTHON, architecture_here
from local.emulator.account import ROOT, Emulator, emulator
from tests.smoking import PATIENCE_SECONDS, smoked
from tools.package import NAME, TARGET

APP = ROOT / "examples" / "your_app" / "app.py"
TWO = Path(__file__).parent / "two_services.py"

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(sys.version_info[:2] != PYTHON, reason="Python 3.13 alone builds the layers"),
]


@dataclass(frozen=True)
class Elsewhere:
    """A folder without a checkout, with a Python that has the wheel; and an account."""

    folder: Path
    python: Path
    account: Emulator

    def commanded(self, *arguments: str) -> tuple[int, str]:
        """Return an installed command's code, and what it told."""
        ended = subprocess.run(
            [self.python.with_name("password-reset"), *arguments],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], **self.account.variables, "SSL_CERT_FILE": str(self.account.certificate)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        return ended.returncode, ended.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder, elsewhere."""
    pytest_socket.enable_socket()
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture(scope="module")
def python(folder: Path) -> Path:
    """A Python with the wheel, its commands, the nag packs and what they need."""
    subprocess.run(["make", "package"], cwd=ROOT, check=True, timeout=900)
    (wheel,) = (TARGET / "dist").glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True, timeout=120)
    python = folder / ".venv" / "bin" / "python"
    uv.install("--quiet", "--python", python, f"{NAME}[tools] @ {wheel.as_uri()}", "cdk-nag")
    return python


@pytest.fixture(scope="module")
def elsewhere(folder: Path, python: Path) -> Iterator[Elsewhere]:
    """An account with the example's app, and with the one that has the service twice."""
    here = f'    architecture="{architecture_here()}",\n)'
    (folder / "app.py").write_text(APP.read_text("utf-8").replace("\n)", f"\n{here}", 1), "utf-8")
    shutil.copy(TWO, folder)
    (folder / "cdk.json").write_text(f'{{"context": {{"architecture": "{architecture_here()}"}}}}', "utf-8")
    with emulator(folder) as account:
        for stack, app in (("mall", TWO.name), ("shop", "app.py")):
            outputs = account.deploy(stack, app=["env", "-u", "PYTHONPATH", python, app])
        (told,) = [value for name, value in outputs["shop"].items() if "ApiUrl" in name]
        assert told.startswith("https://")
        yield Elsewhere(folder, python, account)


def test_nothing_of_ours_has_another_name(python: Path) -> None:
    (packages,) = (python.parents[1] / "lib").glob("python*/site-packages")
    brought = {path.name for path in packages.iterdir()}
    assert {NAME} <= brought
    assert brought & {"infra", "functions", "layers", "local", "password_reset", "tools", "web"} == set()
    assert (packages / NAME / "py.typed").exists()


def test_the_example_is_short() -> None:
    """Fifteen lines, its docstring among them."""
    assert len([line for line in APP.read_text("utf-8").splitlines() if line]) == 15


def test_two_in_one_app_are_deployed_and_work(elsewhere: Elsewhere) -> None:
    """The smoke test finds nothing, and no function lacked a permission; the other one stands beside it."""
    apis = [api["name"] for api in elsewhere.account.client("apigateway").get_rest_apis()["items"]]
    (customer,) = [name for name in apis if name.startswith("mall-Customer-")]
    (_,) = [name for name in apis if name.startswith("mall-Staff-")]
    code, table = smoked(elsewhere.account, customer, STACK="mall/Customer")()
    assert code == 0, table
    assert [decision for decision in elsewhere.account.decisions() if not decision["allowed"]] == []


def test_the_commands_need_no_checkout(elsewhere: Elsewhere) -> None:
    """Of the example's stack: the doctor reads what was synthesised, the rest what is deployed."""
    apis = [api["name"] for api in elsewhere.account.client("apigateway").get_rest_apis()["items"]]
    (shop,) = [name for name in apis if name.startswith("shop-")]
    code, table = elsewhere.commanded("smoke", "--stack", "shop", "--url", elsewhere.account.api(shop))
    assert (code, "ok        a whole reset" in table) == (0, True), table
    for arguments, told in {
        ("doctor", "--stack", "shop"): "good  Stack shop is CREATE_COMPLETE.",
        ("users-check", "--stack", "shop"): "Nothing is wrong.",
        ("levers", "--stack", "shop", "show"): "{",
        ("rotate-secret", "--stack", "shop", "pepper"): "The pepper has a new value",
    }.items():
        code, text = elsewhere.commanded(*arguments)
        assert (code, told in text) == (0, True), text
