"""The routes, as plain data: the stack makes the REST API of them, `local/` its router."""

from dataclasses import dataclass

FUNCTION_TIMEOUT_SECONDS = 28
"""How long a function behind a route may run: API Gateway gives up after 29 seconds."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """One method on one path.

    `function` is the folder under `functions/`; None is answered by the gateway itself.
    A route of `sessions`, of a `challenge`, of `factors`, of `reports` or of an `operator` exists where they are on; an
    `authorized` one needs a session, an operator's AWS credentials.
    `rate` and `burst` are the gateway's throttle, in requests a second and requests. All callers share it, so it is
    as high as what it guards is cheap: whoever fills it keeps owners out (`benchmarks/starvation.py`).
    """

    method: str
    path: str
    function: str | None
    rate: int
    burst: int
    sessions: bool = False
    challenge: bool = False
    factors: bool = False
    operator: bool = False
    reports: bool = False
    authorized: bool = False


ROUTES = (
    Route(method="POST", path="/auth/forgot-password", function="forgot", rate=300, burst=600),
    Route(method="GET", path="/auth/challenge", function="challenge", rate=300, burst=600, challenge=True),
    Route(method="POST", path="/auth/verify-reset-token", function="verify", rate=300, burst=600),
    Route(method="POST", path="/auth/verify-reset-code", function="verify_code", rate=300, burst=600),
    Route(method="POST", path="/auth/verify-reset-factor", function="verify_factor", rate=300, burst=600, factors=True),
    Route(method="POST", path="/auth/reset-password", function="reset", rate=300, burst=600),
    Route(method="POST", path="/auth/report-change", function="report_change", rate=300, burst=600, reports=True),
    Route(method="GET", path="/auth/password-policy", function=None, rate=300, burst=600),
    Route(method="POST", path="/auth/sign-in", function="sign_in", rate=150, burst=300, sessions=True),
    Route(
        method="POST", path="/auth/sign-out", function="sign_out", rate=300, burst=600, sessions=True, authorized=True
    ),
    Route(method="GET", path="/auth/me", function="me", rate=300, burst=600, sessions=True, authorized=True),
    Route(method="POST", path="/operator/resets", function="start_reset", rate=300, burst=600, operator=True),
)


def routes(
    *,
    sessions: bool,
    challenge: bool = False,
    factors: bool = False,
    operator: bool = False,
    reports: bool = True,
) -> tuple[Route, ...]:
    """Return the routes that exist, with sessions, challenges, factors, the operators' and reports on or off."""
    return tuple(
        route
        for route in ROUTES
        if (sessions or not route.sessions)
        and (challenge or not route.challenge)
        and (factors or not route.factors)
        and (operator or not route.operator)
        and (reports or not route.reports)
    )
