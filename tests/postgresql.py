"""A PostgreSQL server for as long as it is needed: Debian's, with TLS, in a folder of its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme

from local.ports import free_port
from tests.waiting import PATIENCE_SECONDS

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


@contextmanager
def running() -> Iterator[dict[str, str]]:
    """Start an empty server; yield libpq's environment variables for it; end it afterwards."""
    user = "postgres" if os.geteuid() == 0 else None  # which PostgreSQL refuses to run as
    folder = Path(tempfile.mkdtemp(prefix="password-reset-postgresql-"))
    data, port = folder / "data", free_port()
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    (folder / "key.pem").chmod(0o600)
    for path in (folder, *folder.iterdir()):
        if user:
            shutil.chown(path, user)

    def run(program: str, *arguments: object) -> None:
        command = [str(PROGRAMS[-1] / program), *map(str, arguments)]
        subprocess.run(
            command, user=user, check=True, timeout=PATIENCE_SECONDS, stdout=subprocess.DEVNULL, cwd=folder, env={}
        )

    run("initdb", "-D", data, "-U", "django", "--auth=trust", "--encoding=UTF8", "--no-sync")
    options = f"-p {port} -k {folder} -c listen_addresses=localhost -c fsync=off -c ssl=on "
    options += f"-c ssl_cert_file={folder}/cert.pem -c ssl_key_file={folder}/key.pem"
    run("pg_ctl", "-D", data, "-w", "-t", PATIENCE_SECONDS, "-l", folder / "log", "-o", options, "start")
    try:
        yield {
            "PGHOST": "localhost",
            "PGPORT": str(port),
            "PGUSER": "django",
            "PGDATABASE": "postgres",
            "PGSSLMODE": "verify-full",
            "PGSSLROOTCERT": str(folder / "ca.pem"),
        }
    finally:
        run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder)
