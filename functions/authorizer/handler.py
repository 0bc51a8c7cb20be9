"""API Gateway REQUEST authorizer: lets a request through that carries a session which still stands."""

from password_reset.edge.authorizer import authorize as handler

__all__ = ["handler"]
