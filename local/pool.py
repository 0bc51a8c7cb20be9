"""A Cognito user pool for `DIRECTORY=cognito make run`, under the id that `USER_POOL` names, with the demo account."""

from moto.cognitoidp.models import cognitoidp_backends

from local.accounts import DEMO_EMAIL, DEMO_PASSWORD

_ACCOUNT, _REGION = "123456789012", "us-east-1"
_POLICY = {"MinimumLength": 8} | dict.fromkeys(
    ("RequireUppercase", "RequireLowercase", "RequireNumbers", "RequireSymbols"), False
)


def create(pool_id: str) -> None:
    """Create the pool in moto, which gives each an id of its own."""
    backend = cognitoidp_backends[_ACCOUNT][_REGION]
    pool = backend.create_user_pool("users", {"UsernameAttributes": ["email"], "Policies": {"PasswordPolicy": _POLICY}})
    del backend.user_pools[pool.id]
    pool.id = pool_id
    backend.user_pools[pool_id] = pool
    attributes = [{"Name": "email_verified", "Value": "true"}, {"Name": "name", "Value": "Demo"}]
    backend.admin_create_user(pool_id, DEMO_EMAIL, "", DEMO_PASSWORD, attributes).status = "CONFIRMED"
