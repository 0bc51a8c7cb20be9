"""Tables of a real engine to test in, emptied and used again: to create them takes longer than most tests."""

import json
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from infra.tables import TABLES, Table
from local.cloud import create_table
from tests.waiting import PATIENCE_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MANY = 100
"""A table with more items is left to itself."""
_UNCHECKED = (
    "AWS4-HMAC-SHA256 Credential=test/20261120/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"
)


class Tables:
    """The tables of an engine that are empty."""

    def __init__(self, engine_url: str) -> None:
        # By itself: what botocore adds to a call would be most of the time here.
        self._connection = HTTPConnection(urlsplit(engine_url).netloc, timeout=PATIENCE_SECONDS)
        self._empty: defaultdict[Table, list[str]] = defaultdict(list)

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def lent(self, client: "DynamoDBClient") -> Iterator[Mapping[str, str]]:
        """Lend one of each; their names by setting. What a test left in them is gone afterwards."""
        names = {table: self._take(client, table) for table in TABLES}
        yield {table.setting: name for table, name in names.items()}
        for table, name in names.items():
            if self._emptied(table, name):
                self._empty[table].append(name)

    def _take(self, client: "DynamoDBClient", table: Table) -> str:
        if empty := self._empty[table]:
            return empty.pop()
        name = f"{table.name}-{uuid.uuid4().hex[:8]}"
        create_table(client, table, name)
        return name

    def _emptied(self, table: Table, name: str) -> bool:
        """Delete what is in a table, unless that is very much, or a test took the table away."""
        items = self._call("Scan", TableName=name, Limit=MANY + 1).get("Items")
        if items is None or len(items) > MANY:
            return False
        for item in items:
            self._call("DeleteItem", TableName=name, Key={table.partition_key: item[table.partition_key]})
        return True

    def _call(self, operation: str, **parameters: object) -> Any:
        headers = {
            "Authorization": _UNCHECKED,
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Date": "20261120T000000Z",
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        }
        self._connection.request("POST", "/", json.dumps(parameters), headers)
        with self._connection.getresponse() as answer:
            return json.load(answer)
