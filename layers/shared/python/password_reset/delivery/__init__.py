"""What is on its way, to whom, and what became of it.

Promises kept here: no secret in the queue, each message once where the provider lets us, nobody mailed whose
address bounced, and every change of a password announced.
"""

from typing import Literal

SOURCE = "password-reset"
"""What our own events come from."""

type Channel = Literal["email", "sms", "whatsapp"]
"""A way in which a reset can be delivered."""
