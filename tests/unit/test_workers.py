"""Tests beside each other: what is made at a cost is made once."""

import pytest


@pytest.fixture(scope="module")
def costly() -> object:
    return object()


def test_tests_that_share_something_stay_on_one_worker(costly: object, request: pytest.FixtureRequest) -> None:
    """A release of pytest lost the groups, and nothing failed: each server was started twice."""
    groups = bool(request.config.getoption("loadgroup", default=False))
    assert request.node.nodeid.endswith("@tests/unit/test_workers.py") is groups
