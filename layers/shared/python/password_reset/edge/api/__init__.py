"""What each endpoint takes and gives, as models: its function parses with them, `docs/openapi.json` is made of them."""

import password_reset.aws.collector  # noqa: F401 - before pydantic, which makes the most
