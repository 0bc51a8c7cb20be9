"""What the service promises, as tests."""

import sys
from typing import Any

_modules: dict[str, Any] = sys.modules
_modules["rfc3987_syntax"] = None  # jsonschema's grammar of IRIs, which takes a second to build: no schema here has one
