"""Runs MiniStack, in a Python of its own, with every call checked against its caller's role and each decision told.

What it lacks is taught to it. Each check of a role is a line of JSON in the file that `DECISIONS` names. A mail is
checked as SES does: under both actions that a raw message needs, on the identities of the sender's domain and, as the
sandbox does, of recipients that have one, and on the configuration set, with the sender's address as condition key.
In a template a reference to a secret is its ARN, a mail identity has DKIM records, an alarm on an expression is one on
its first metric, and a saved query is nothing. What the gateway answers itself is rendered, and its refusals carry the
request's id. A function that dies takes none of its other processes with it, and one whose code is replaced ends what
it has begun, as in AWS. Functions share what a layer holds.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterable
from contextvars import ContextVar
from email.utils import parseaddr
from pathlib import Path
from threading import Lock, Thread
from types import SimpleNamespace
from typing import Any, override

from ministack import app
from ministack.core import iam_evaluator, lambda_runtime
from ministack.core.responses import get_account_id, get_region
from ministack.services import apigateway_v1 as gateway
from ministack.services import lambda_svc, ses_v2
from ministack.services.cloudformation import provisioners

from local.emulator.velocity import render

_enforce, _enforce_ses = iam_evaluator.enforce, app._enforce_ses_v2
_check_media_type, _answer = gateway._check_passthrough_behavior, gateway._invoke_mock_v1
_refusal = gateway._gateway_error_response
_release = lambda_runtime.release_worker
_alarm = provisioners._cw_metric_alarm_record
_SECRET, _IDENTITY = "AWS::SecretsManager::Secret", "AWS::SES::EmailIdentity"
_create = {kind: provisioners._RESOURCE_HANDLERS[kind]["create"] for kind in (_SECRET, _IDENTITY)}
_headers: ContextVar[dict[str, str]] = ContextVar("_headers")
_DECISIONS = Path(os.environ["DECISIONS"])


def _enforced(key: str, action: str, service: str, region: str, resource_arn: str = "*", **context: Any) -> Any:
    refused = _enforce(key, action, service, region, resource_arn, **context)
    caller = (iam_evaluator.resolve_caller_identity(key) or {}).get("userArn", "")
    if ":assumed-role/" in caller:
        role = caller.rpartition(":assumed-role/")[2].partition("/")[0]
        decision = {"role": role, "action": action, "resource": resource_arn, "allowed": refused is None}
        with _DECISIONS.open("a", encoding="utf-8") as told:
            told.write(json.dumps(decision) + "\n")
    return refused


def _enforced_for_ses(
    method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any], request_id: str
) -> Any:
    if not path.endswith("/outbound-emails"):
        return _enforce_ses(method, path, headers, body, query, request_id)
    mail = json.loads(body)
    sender = parseaddr(mail["FromEmailAddress"])[1]
    names = [sender.rpartition("@")[2], *mail["Destination"]["ToAddresses"]]
    held = [name for name in names if name in ses_v2._identities]
    arns = [*(f"identity/{name}" for name in held), f"configuration-set/{mail['ConfigurationSetName']}"]
    for action in ("ses:SendEmail", "ses:SendRawEmail"):
        for arn in arns:
            refused = app._enforce_data_plane(
                "sesv2",
                action,
                headers,
                query,
                request_id,
                resource_arn=f"arn:aws:ses:{get_region()}:{get_account_id()}:{arn}",
                service_context={"ses:FromAddress": sender},
            )
            if refused:
                return refused
    return None


def _create_secret(*arguments: Any) -> tuple[str, dict[str, Any]]:
    _, attributes = _create[_SECRET](*arguments)
    return attributes["Arn"], attributes


def _create_identity(*arguments: Any) -> tuple[str, dict[str, Any]]:
    name, attributes = _create[_IDENTITY](*arguments)
    dkim = {
        f"DkimDNSToken{part}{n}": f"{n}.{part.lower()}.example.com" for n in (1, 2, 3) for part in ("Name", "Value")
    }
    return name, attributes | dkim


def _alarm_on_one_metric(name: str, properties: dict[str, Any]) -> Any:
    stated = [metric["MetricStat"] for metric in properties.get("Metrics", ()) if "MetricStat" in metric]
    if stated:
        first = {**stated[0]["Metric"], "Period": stated[0]["Period"]}
        properties = {"Threshold": 0, **properties, **first, "Metrics": None}
    return _alarm(name, properties)


def _heard(integration: dict[str, Any], headers: dict[str, str]) -> Any:
    _headers.set(headers)
    return _check_media_type(integration, headers)


def _mock(integration: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    status, headers, body = _answer(integration)
    rendered = render(body.decode(), _headers.get())
    return status, headers | rendered.headers, rendered.body.encode()


def _refuse(error: Any, request: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    status, headers, body = _refusal(error, request)
    return status, headers, body.replace(b"$context.extendedRequestId", request["request_id"].encode())


class _KeptZip(zipfile.ZipFile):
    """A zip that is unpacked once, however many functions have it: each gets links to what is in it."""

    _kept, _unpacking = Path(os.environ["TMPDIR"]) / "unpacked", Lock()

    @override
    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        kept = self._kept / hashlib.sha256(Path(str(self.filename)).read_bytes()).hexdigest()
        with self._unpacking:
            if not kept.exists():
                super().extractall(kept)
        for member in kept.iterdir():
            (Path(path) / member.name).symlink_to(member)


def _bury(name: str, qualifier: str | None = None, **_: Any) -> None:
    # It is called after a failure, by who had the dead one in use, and after a change of the code.
    with lambda_runtime._lock:
        pools = [
            workers
            for key, workers in lambda_runtime._workers.items()
            if key.split(":")[-2] == name and qualifier in {None, key.split(":")[-1]}
        ]
        there = [worker for workers in pools for worker in workers]
        dead = [w for w in there if w.in_use and w._proc is None and not w._cold and not w._lock.locked()]
        gone = dead or there
        for workers in pools:
            workers[:] = [worker for worker in workers if worker not in gone]
    _end(worker for worker in gone if worker in dead or not worker.in_use)


def _released(worker: Any) -> None:
    _release(worker)
    with lambda_runtime._lock:
        is_gone = worker and not any(worker in workers for workers in lambda_runtime._workers.values())
    if is_gone:
        _end([worker])


def _end(workers: Iterable[Any]) -> None:
    # Beside what is served: it is waited for.
    Thread(target=lambda_runtime.kill_workers, args=[list(workers)], daemon=True).start()


def main() -> None:
    """Serve."""
    lambda_svc.invalidate_worker = _bury
    lambda_svc.release_worker = _released
    lambda_runtime.zipfile = SimpleNamespace(**(vars(zipfile) | {"ZipFile": _KeptZip}))
    handlers = provisioners._RESOURCE_HANDLERS
    handlers["AWS::Logs::QueryDefinition"] = handlers["AWS::CDK::Metadata"]
    provisioners._cw_metric_alarm_record = _alarm_on_one_metric
    handlers[_SECRET]["create"] = _create_secret
    handlers[_IDENTITY]["create"] = _create_identity
    iam_evaluator.enforce = _enforced
    app._enforce_ses_v2 = _enforced_for_ses
    gateway._check_passthrough_behavior = _heard
    gateway._invoke_mock_v1 = _mock
    gateway._gateway_error_response = _refuse
    app._port_is_bindable = lambda *_: False  # or it would take port 443 as well
    app.main()
