"""How the room of passwords is put together."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from password_reset.passwords.passwords import Passwords
    from password_reset.settings import Settings


def passwords(settings: "Settings", count: "Callable[[str], None]") -> "Passwords":
    """Return the password policy and the hash. `count` is told each time the breach corpus does not answer."""
    from password_reset.passwords.hashers import make_hasher
    from password_reset.passwords.passwords import Passwords

    def breached(password: str) -> bool:
        from password_reset.passwords.breaches import (
            BreachCorpus,
        )  # where the policy says so, and when it is first asked

        return BreachCorpus(unavailable=lambda: count("breach-check-unavailable"))(password)

    # Every reset and every sign-in needs it, and importing it while a function starts makes nobody wait.
    make_hasher(settings.password_hash, form=settings.password_hash_format, cost=settings.bcrypt_cost)
    return Passwords(
        policy=settings.password_policy,
        algorithm=settings.password_hash,
        form=settings.password_hash_format,
        cost=settings.bcrypt_cost,
        product_name=settings.product_name,
        breached=breached,
    )
