"""A real DynamoDB engine on this machine, for as long as it is needed."""

import json
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.ports import NotServedError, free_port, wait_until_served
from local.processes import ending

_ROOT = Path(__file__).parent.parent
_NAMES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
_PACKAGES = ("linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64")
"""What npm has of the engine. The lock pins the one whose hash is known here."""
MACHINE = f"{sys.platform}-{_NAMES.get(platform.machine().lower(), platform.machine())}"
BINARY = _ROOT / "node_modules" / "@dynoxide" / MACHINE / "dynoxide"
PATIENCE_SECONDS = 300
"""An engine that starts with a million items takes most of a minute."""


def lacking() -> str | None:
    """Return why no engine can be started here, and what helps; None where one can."""
    if BINARY.exists():
        return None
    help_yourself = "set AWS_ENDPOINT_URL_DYNAMODB to the address of one"
    if MACHINE in _PACKAGES:
        wanted = json.loads((_ROOT / "package.json").read_text("utf-8"))["optionalDependencies"]["@dynoxide/linux-x64"]
        help_yourself = f"npm install --no-save @dynoxide/{MACHINE}@{wanted}, or {help_yourself}"
    return f"no DynamoDB engine is installed for {MACHINE}: {help_yourself}"


@dataclass(frozen=True)
class Engine:
    """A running engine: where it answers, and its process."""

    url: str
    pid: int


@contextmanager
def running(exported: Path | None = None) -> Iterator[Engine]:
    """Start an engine in memory, empty or with a DynamoDB export; end it afterwards.

    An export is a folder with `schema.json`, as DescribeTable answers, and `{table}/data/*.json.gz`.

    Raises:
        NotServedError: there is none for this machine, or it does not come up.
    """
    if why := lacking():
        raise NotServedError(why)
    port = free_port()
    start = ["import", "--serve", "--source", exported, "--schema", exported / "schema.json"] if exported else ["serve"]
    command = [BINARY, *start, "--port", str(port)]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet)  # noqa: S603 - the lock file names it
    with ending(process):
        wait_until_served(process, port, PATIENCE_SECONDS)
        yield Engine(f"http://127.0.0.1:{port}", process.pid)


def write_schema(folder: Path, table: str, partition_key: str) -> None:
    """Write an export's `schema.json`, of one table with a string key."""
    described = {
        "TableName": table,
        "TableStatus": "ACTIVE",
        "ItemCount": 0,
        "KeySchema": [{"AttributeName": partition_key, "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": partition_key, "AttributeType": "S"}],
    }
    (folder / "schema.json").write_text(json.dumps({"Table": described}))
