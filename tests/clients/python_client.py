"""The whole flow with what openapi-python-client generates: `python_client.py URL`."""

import json
import re
import sys
import urllib.request
import uuid
from typing import Any

from password_reset_client import Client
from password_reset_client.api.reset import forgot_password, reset_password, verify_reset_token
from password_reset_client.models import (
    ForgotPasswordAnswer,
    ForgotPasswordRequest,
    Problem,
    ResetPasswordAnswer,
    ResetPasswordRequest,
    VerifyResetTokenAnswer,
    VerifyResetTokenRequest,
)

from tests.waiting import until

url = sys.argv[1]
email = f"{uuid.uuid4()}@example.com"


def local(path: str, body: object = None) -> Any:
    """Call what only a local server has."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def mailed_tokens() -> list[str]:
    """Return the tokens that were mailed to the account."""
    texts = [mail["text"] for mail in local("/_local/outbox") if mail["to"] == [email]]
    return re.findall(r"/reset-password\S*#token=([\w-]{43})", "".join(texts))


client = Client(base_url=url)
local("/_local/users", {"email": email, "password": "an old and tired password"})
asked = forgot_password.sync(client=client, body=ForgotPasswordRequest(email=email))
assert isinstance(asked, ForgotPasswordAnswer), asked
(token,) = until(mailed_tokens)
verified = verify_reset_token.sync(client=client, body=VerifyResetTokenRequest(token=token))
assert isinstance(verified, VerifyResetTokenAnswer), verified
assert (verified.valid, verified.email) == (True, email)
weak = reset_password.sync(client=client, body=ResetPasswordRequest(token=token, new_password="short"))
assert isinstance(weak, Problem), weak
assert weak.code == "weak_password"
changed = ResetPasswordRequest(token=token, new_password="purple otters read quietly")
assert isinstance(reset_password.sync(client=client, body=changed), ResetPasswordAnswer)
again = reset_password.sync(client=client, body=changed)
assert isinstance(again, Problem), again
assert again.code == "invalid_token"
