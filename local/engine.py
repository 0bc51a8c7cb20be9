"""A real DynamoDB engine on this machine, for as long as it is needed."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.ports import free_port, wait_until_served

BINARY = Path(__file__).parent.parent / "node_modules" / "@dynoxide" / "linux-x64" / "dynoxide"
PATIENCE_SECONDS = 300
"""An engine that starts with a million items takes most of a minute."""


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
        NotServedError: it does not come up.
    """
    port = free_port()
    start = ["import", "--serve", "--source", exported, "--schema", exported / "schema.json"] if exported else ["serve"]
    command = [BINARY, *start, "--port", str(port)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as process:  # noqa: S603 - the lock file names it
        try:
            wait_until_served(process, port, PATIENCE_SECONDS)
            yield Engine(f"http://127.0.0.1:{port}", process.pid)
        finally:
            process.terminate()


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
