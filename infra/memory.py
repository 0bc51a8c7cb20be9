"""The functions' memory, as plain data: the stack sets it, the cost model bills it."""

MEMORY = {"forgot": 1024, "verify": 1024, "verify_code": 1024, "reset": 1769, "deliver": 1024, "feedback": 1024}
CHALLENGE_MEMORY = {"challenge": 1024}
FACTORS_MEMORY = {"verify_factor": 1024}
OPERATOR_MEMORY = {"start_reset": 1024}
OPERATOR_EVENTS_MEMORY = {"start_by_event": 1024}
REPORTS_MEMORY = {"report_change": 1024}
SESSIONS_MEMORY = {"sign_in": 1769, "sign_out": 1024, "me": 1024, "authorizer": 1024}
"""MB. A function's share of a CPU grows with it: those that run bcrypt get a whole one at 1769. See `docs/cost.md`."""
