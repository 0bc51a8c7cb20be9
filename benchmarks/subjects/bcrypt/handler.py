"""What a reset cannot do without: one hash of the configured cost, and the check of the current password."""

import bcrypt

COST = 12
_CURRENT = bcrypt.hashpw(b"correct horse battery staple", bcrypt.gensalt(COST))


def handler(_event: object, _context: object) -> dict[str, object]:
    """Check, hash, answer."""
    bcrypt.checkpw(b"purple otters read quietly", _CURRENT)
    bcrypt.hashpw(b"purple otters read quietly", bcrypt.gensalt(COST))
    return {"statusCode": 200, "headers": {}, "body": "{}"}
