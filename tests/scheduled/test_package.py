"""The package, where nothing of ours is: built, installed into an empty environment, synthesised, deployed, used.

It takes minutes, so `make deploy-test` runs it and `make test` does not.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_socket

from infra import uv
from infra.packages import PYTHON, architecture_here
from local.emulator.account import ROOT, Emulator, emulator
from tests.smoking import smoked
from tools.package import NAME, TARGET

APP = ROOT / "examples" / "your_app" / "app.py"

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(sys.version_info[:2] != PYTHON, reason="Python 3.13 alone builds the layers"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder, elsewhere."""
    pytest_socket.enable_socket()
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture(scope="module")
def python(folder: Path) -> Path:
    """A Python with the wheel, the nag packs and what they need."""
    subprocess.run(["make", "package"], cwd=ROOT, check=True, timeout=900)
    (wheel,) = (TARGET / "dist").glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True, timeout=120)
    python = folder / ".venv" / "bin" / "python"
    uv.install("--quiet", "--python", python, wheel, "cdk-nag")
    return python


@pytest.fixture(scope="module")
def account(folder: Path, python: Path) -> Iterator[Emulator]:
    """An account with the app of the examples."""
    shutil.copy(APP, folder)
    app: list[str | Path] = ["env", "-u", "PYTHONPATH", python, "app.py"]
    (folder / "cdk.json").write_text(f'{{"context": {{"architecture": "{architecture_here()}"}}}}', "utf-8")
    with emulator(folder) as account:
        account.deploy("shop", app=app)
        yield account


def test_nothing_of_ours_has_another_name(python: Path) -> None:
    (packages,) = (python.parents[1] / "lib").glob("python*/site-packages")
    brought = {path.name for path in packages.iterdir()}
    assert {NAME} <= brought
    assert brought & {"infra", "functions", "layers", "local", "password_reset", "tools", "web"} == set()
    assert (packages / NAME / "py.typed").exists()


def test_two_in_one_app_are_deployed_and_work(account: Emulator) -> None:
    """The smoke test finds nothing, and no function lacked a permission; the other one stands beside it."""
    apis = [api["name"] for api in account.client("apigateway").get_rest_apis()["items"]]
    (customer,) = [name for name in apis if name.startswith("shop-Customer-")]
    (_,) = [name for name in apis if name.startswith("shop-Staff-")]
    code, table = smoked(account, customer, STACK="shop/Customer")()
    assert code == 0, table
    assert [decision for decision in account.decisions() if not decision["allowed"]] == []
