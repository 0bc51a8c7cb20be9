"""How the room of passwords is put together."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from password_reset.passwords.passwords import Passwords
    from password_reset.settings import Settings


def passwords(settings: "Settings", count: "Callable[[str], None]") -> "Passwords":
    """Return the password policy and the hash. `count` is told each time the breach corpus does not answer."""
    from password_reset.passwords.passwords import Passwords

    def breached(password: str) -> bool:
        from password_reset.passwords.breaches import (
            BreachCorpus,
        )  # where the policy says so, and when it is first asked

        return BreachCorpus(unavailable=lambda: count("breach-check-unavailable"))(password)

    return Passwords(
        policy=settings.password_policy,
        cost=settings.bcrypt_cost,
        product_name=settings.product_name,
        breached=breached,
    )
