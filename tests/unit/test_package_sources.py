"""The package's modules: one namespace, whose imports lead to it, and to what the wheel declares."""

import ast
import sys
import tomllib
from collections.abc import Iterator

import pytest

from tools import package
from tools.__main__ import COMMANDS as COMMAND_LINE

BY_PACKAGE = {
    "aws_cdk": "aws-cdk-lib",
    "aws_lambda_powertools": "aws-lambda-powertools",
    "jsii": "aws-cdk-lib",
    "pydantic_core": "pydantic",
}
"""What a name belongs to, where it is another one; jsii is what the CDK's library runs by."""


def imported(text: str, *, at_start: bool) -> Iterator[str]:
    """Yield what a module imports, at its start alone or anywhere; what is for types alone left out."""
    tree = ast.parse(text)
    nodes = tree.body if at_start else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


@pytest.fixture(scope="module")
def modules() -> dict[str, str]:
    def name(path: str) -> str:
        inner = path.removesuffix(".py").removesuffix("__init__").rstrip("/").replace("/", ".")
        return f"{package.NAME}.{inner}".rstrip(".")

    return {name(path): text for path, text in package.sources()}


def test_no_module_reaches_for_what_only_a_checkout_has(modules: dict[str, str]) -> None:
    """A team may have an `infra` or a `password_reset` of its own."""
    ours = {"infra", "password_reset", "functions", "local", "tools", "layers", "tests"}
    wrong = [
        (module, name)
        for module, text in modules.items()
        for name in imported(text, at_start=False)
        if name.partition(".")[0] in ours
    ]
    assert wrong == []


COMMANDS = [f"{package.NAME}.tools.{name.replace('-', '_')}" for name in COMMAND_LINE]


@pytest.mark.parametrize(
    ("starts", "at_least"),
    [([package.NAME, f"{package.NAME}.stack"], 50), (COMMANDS, 70)],
    ids=["construct", "commands"],
)
def test_what_is_imported_is_there_or_declared(starts: list[str], at_least: int, modules: dict[str, str]) -> None:
    """From the construct onwards neither uv, nor boto3, nor what functions alone need; from commands their extra."""
    seen: set[str] = set()
    waiting, others = [each for name in starts for each in (name, f"{name}.__main__") if each in modules], set()
    assert len(waiting) >= len(starts)
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        parents = [module.rsplit(".", count)[0] for count in range(1, module.count(".") + 1)]
        waiting += [parent for parent in parents if parent in modules]
        for name in imported(modules[module], at_start=True):
            if name.partition(".")[0] == package.NAME:
                # A module, or something in one.
                found = [each for each in (name, name.rpartition(".")[0]) if each in modules]
                assert found, f"{module} imports {name}, which the package has not"
                waiting += found
            else:
                others.add(name.partition(".")[0])
    assert len(seen) > at_least
    project = tomllib.loads(package.project())["project"]
    texts = project["dependencies"] + (project["optional-dependencies"]["tools"] if starts == COMMANDS else [])
    declared = {text.partition(">")[0].partition("[")[0] for text in texts}
    foreign = {BY_PACKAGE.get(name, name) for name in others - set(sys.stdlib_module_names)}
    assert foreign - declared == set()


def test_what_the_functions_load_is_not_moved(modules: dict[str, str]) -> None:
    """Text is as it was but for imports of ours."""
    text = "from infra.config import Config\n    from password_reset import x\nfrom infrared import y\n# from infra\n"
    assert package.moved(text) == (
        "from password_reset_cdk.config import Config\n    from password_reset_cdk.password_reset import x\n"
        "from infrared import y\n# from infra\n"
    )
    assert "from password_reset_cdk.config import Config" in modules[package.NAME]
