"""POST /auth/report-change: an account frozen, by a notice's link and the account's address."""

from password_reset.audit import Attempt
from password_reset.bootstrap import Bootstrap
from password_reset.edge.api.report_change import ENDED, LOCKED, ReportChangeAnswer, ReportChangeRequest
from password_reset.edge.http import Request, endpoint


@endpoint("report-change", lambda app: app.report_change)
def handler(request: Request, app: Bootstrap, attempt: Attempt) -> ReportChangeAnswer:
    """Freeze it, or give the one answer to everything else."""
    body = request.parse(ReportChangeRequest)
    frozen = app.report_change(
        attempt,
        token=body.token,
        email=body.email,
        source=request.source,
        device=request.device,
        browser=request.browser,
    )
    return ReportChangeAnswer(message=LOCKED if frozen else ENDED)
