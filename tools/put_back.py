"""`python -m tools.put_back RESTORED TABLE`: put back the items of a restored table that a table has lost.

What the table still has stays as it is: an older version would revive what was used, voided or changed since.
`--dry-run` only counts.
"""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def put_back(client: "DynamoDBClient", restored: str, table: str, *, dry_run: bool = False) -> str:
    """Put back what is missing, and return what to tell the operator. Run again, it finds nothing missing."""
    keys = [part["AttributeName"] for part in client.describe_table(TableName=table)["Table"]["KeySchema"]]
    missing = there = 0
    for page in client.get_paginator("scan").paginate(TableName=restored, ConsistentRead=True):
        for item in page["Items"]:
            if dry_run:
                key = {name: item[name] for name in keys}
                found = "Item" in client.get_item(TableName=table, Key=key, ConsistentRead=True)
            else:
                found = False
                try:
                    client.put_item(
                        TableName=table,
                        Item=item,
                        ConditionExpression="attribute_not_exists(#key)",
                        ExpressionAttributeNames={"#key": keys[0]},
                    )
                except client.exceptions.ConditionalCheckFailedException:
                    found = True
            there, missing = there + found, missing + (not found)
    return f"{missing} items {'are missing' if dry_run else 'put back'}, {there} left as they are."


def main(arguments: Sequence[str] | None = None) -> None:
    """Put back what the command line names, with your own AWS credentials."""
    parser = argparse.ArgumentParser(prog="python -m tools.put_back", description=__doc__)
    parser.add_argument("restored")
    parser.add_argument("table")
    parser.add_argument("--dry-run", action="store_true")
    asked = parser.parse_args(arguments)
    print(put_back(boto3.client("dynamodb"), asked.restored, asked.table, dry_run=asked.dry_run))


if __name__ == "__main__":
    main()
