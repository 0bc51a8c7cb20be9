"""The least that a function can be."""


def handler(_event: object, _context: object) -> dict[str, object]:
    """Answer."""
    return {"statusCode": 200, "headers": {}, "body": "{}"}
