"""The incident in the documents happens as it is told there: an operator gets through it with the commands alone."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from local.app import application
from tests.world import World
from tools.incident import play

ROOT = Path(__file__).parents[2]
MINUTES = re.compile(r"\+[0-9]+:[0-9]{2}")


@dataclass(frozen=True)
class Here:
    """The local server, without a socket, and its clock and its worker in the test's hands."""

    world: World

    def call(self, method: str, path: str, body: object = None, session: str = "") -> tuple[int, Any]:
        if path == "/_local/clock":
            assert isinstance(body, dict)
            self.world.clock.advance(body["advanceSeconds"])
            return 200, None
        headers = {"Authorization": f"Bearer {session}"} if session else {}
        answer = Client(application).open(
            path, method=method, data=json.dumps(body), content_type="application/json", headers=headers
        )
        return answer.status_code, json.loads(answer.text)

    def settle(self) -> None:
        self.world.pump()


@pytest.mark.settings(SESSIONS="true")
def test_the_incident_goes_as_it_is_told(world: World) -> None:
    """Rows 72 and 73: flood, replay and takeover, found, stopped and undone. To write it anew, see the page itself."""
    told = (ROOT / "docs" / "incident.md").read_text("utf-8")
    assert MINUTES.sub("+", play(Here(world))) == MINUTES.sub("+", told)
