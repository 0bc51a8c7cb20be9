"""An AWS account on this machine: MiniStack, on loopback and TLS, that enforces the roles and runs the functions.

It is installed under `build/emulator` from a lock file with hashes, in a Python of its own. The stack is deployed to
it by it by the CDK's own command line; its functions run from their layers in processes; the gateway, the queue and its
mapping, the tables, the bus, SES and SNS answer.
"""

import hashlib
import json
import os
import shutil
import ssl
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import boto3
import trustme

from infra import uv
from infra.blocks import blocks
from infra.packages import architecture_here
from local.ports import NotServedError, free_port, wait_until_served

ROOT = Path(__file__).parents[2]
ACCOUNT, REGION = "123456789012", "us-east-1"
_SECRET = "testing"  # noqa: S105 - of an account that ends with the process
_LOCK = ROOT / "requirements" / "emulator.txt"
_HOME = ROOT / "build" / "emulator"
_PATIENCE_SECONDS = 120


@dataclass
class Emulator:
    """The account, at `url`, in process `pid`; `folder` holds what it writes down."""

    url: str
    folder: Path
    pid: int = 0

    @property
    def certificate(self) -> Path:
        """What its callers trust."""
        return self.folder / "authority.pem"

    @property
    def trusted(self) -> ssl.SSLContext:
        """What trusts it alone; another each time, for a client writes the protocols that it speaks into it."""
        return ssl.create_default_context(cafile=self.certificate)

    @property
    def variables(self) -> dict[str, str]:
        """What leads an AWS SDK here, as the account's root."""
        return {
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": _SECRET,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_CA_BUNDLE": str(self.certificate),
            "NODE_EXTRA_CA_CERTS": str(self.certificate),
        }

    def client(self, service: Any) -> Any:  # noqa: ANN401 - a client of any service
        """Return a client of the account's root."""
        return self._session.client(service, endpoint_url=self.url, verify=str(self.certificate))

    @cached_property
    def _session(self) -> boto3.Session:
        return boto3.Session(aws_access_key_id=ACCOUNT, aws_secret_access_key=_SECRET, region_name=REGION)

    def api(self, name: str) -> str:
        """Return the address here of the API with a name, at its one stage."""
        gateway = self.client("apigateway")
        (identifier,) = [api["id"] for api in gateway.get_rest_apis()["items"] if api["name"] == name]
        (stage,) = gateway.get_stages(restApiId=identifier)["item"]
        return f"{self.url}/_aws/execute-api/{identifier}/{stage['stageName']}"

    def mails(self) -> list[dict[str, Any]]:
        """Return the mails that SES took, the oldest first."""
        taken: list[dict[str, Any]] = self._shown("ses/messages")["messages"].get(ACCOUNT, [])
        return taken

    def texts(self) -> list[dict[str, Any]]:
        """Return the SMS that SNS took, the oldest first."""
        taken: dict[str, list[dict[str, Any]]] = self._shown("sns/sms-messages")["sms_messages"]
        return [text for texts in taken.values() for text in texts]

    def _shown(self, what: str) -> dict[str, Any]:
        with urlopen(f"{self.url}/_ministack/{what}", context=self.trusted, timeout=30) as answer:  # noqa: S310 - of https
            shown: dict[str, Any] = json.load(answer)
        return shown

    def decisions(self) -> list[dict[str, Any]]:
        """Return every check of a role so far: `role`, `action`, `resource` and whether it was `allowed`."""
        told = self.folder / "decisions.jsonl"
        return [json.loads(line) for line in told.read_text("utf-8").splitlines()] if told.exists() else []

    def deploy(self, *stacks: str, app: Sequence[str | Path]) -> dict[str, dict[str, str]]:
        """Bootstrap the account and deploy an app's stacks by the CDK's command line; return their outputs by stack.

        Raises:
            DeploymentError: with what the command line said.
        """
        outputs = self.folder / "outputs.json"
        self._cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}")
        command = " ".join(map(str, app))
        out = self.folder / "cdk.out"
        self._cdk("deploy", *stacks, "--app", command, "--output", out, "--outputs-file", outputs,
                  "--require-approval", "never", "--concurrency", "4")  # fmt: skip
        deployed: dict[str, dict[str, str]] = json.loads(outputs.read_text("utf-8"))
        return deployed

    def _cdk(self, *arguments: str | Path) -> None:
        command = ["node", ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk", *arguments, "--no-notices"]
        quiet = {"CDK_DISABLE_CLI_TELEMETRY": "true", "NODE_NO_WARNINGS": "1", "PYTHONPATH": str(ROOT)}
        ran = subprocess.run(  # noqa: S603 - our arguments
            command,
            cwd=self.folder,
            env={**os.environ, **self.variables, **quiet},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if ran.returncode:
            raise DeploymentError(ran.stdout)


class DeploymentError(Exception):
    """A deployment failed; says what the command line said."""


@contextmanager
def emulator(folder: Path) -> Iterator[Emulator]:
    """Serve an account that keeps its files in a folder, until the block ends."""
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    authority.cert_pem.write_to_path(folder / "authority.pem")
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    port = free_port()
    account = Emulator(url=f"https://localhost:{port}", folder=folder)
    (folder / "tmp").mkdir()
    variables = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "AUTH": "true",
        "AWS_SECRET_ACCESS_KEY": _SECRET,
        "BIND_HOST": "127.0.0.1",
        "DECISIONS": str(folder / "decisions.jsonl"),
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "MINISTACK_SSL_CERT": str(folder / "server.pem"),
        "MINISTACK_SSL_KEY": str(folder / "server.pem"),
        "SFTP_ENABLED": "0",
        "TMPDIR": str(folder / "tmp"),
        "USE_SSL": "1",
        # What the functions' processes get of these. Nothing of theirs goes out: there is no proxy.
        "AWS_CA_BUNDLE": str(folder / "authority.pem"),
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "localhost,127.0.0.1",
    }
    with (folder / "emulator.log").open("wb") as log:
        start = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from local.emulator.serve import main; main()"
        command: list[str | Path] = [_python(), "-c", start]
        process = subprocess.Popen(command, cwd=folder, env=variables, stdout=log, stderr=log)  # noqa: S603 - our arguments
    try:
        try:
            wait_until_served(process, port, _PATIENCE_SECONDS)
        except NotServedError:
            raise DeploymentError((folder / "emulator.log").read_text("utf-8")) from None
        account.pid = process.pid
        yield account
    finally:
        process.kill()  # nothing is kept; its functions end with the pipes that they read from
        process.wait()


def environments(changes: Mapping[str, Mapping[str, Any]], tree: Path = ROOT) -> dict[str, dict[str, Any]]:
    """Return environments of a tree's `cdk.json` with these changes, as this machine and the emulator need them."""
    known = blocks(tree / "cdk.json")
    here = {"architecture": architecture_here(), "account": ACCOUNT, "region": REGION}
    return {name: {**known.get(name, known["dev"]), **here, **change} for name, change in changes.items()}


def _python() -> Path:
    """Return the Python that MiniStack is installed in, after the lock file."""
    digest = hashlib.sha256(f"{_LOCK.read_text()}{sys.version}".encode()).hexdigest()
    stamp = _HOME / ".inputs"
    python = _HOME / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != digest:
        shutil.rmtree(_HOME, ignore_errors=True)
        venv.create(_HOME, symlinks=True)
        uv.install("--quiet", "--require-hashes", "--compile-bytecode", "--link-mode", "copy",
                   "--requirements", _LOCK, "--python", python)  # fmt: skip
        stamp.write_text(digest)
    return python
