"""TLS in front of what stands in for AWS, in a process of its own: what a function speaks with AWS costs it too.

`python -m benchmarks.runtime.tls CERTIFICATE PORT TARGET …` serves each port for a target on this machine.
"""

import asyncio
import ssl
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import botocore
import trustme

from local.ports import free_port, wait_until_served
from local.processes import ending

HOST = "localhost"
_AUTHORITIES = Path(botocore.__file__).parent / "cacert.pem"
_PATIENCE_SECONDS = 30


@contextmanager
def in_front_of(targets: Sequence[int], folder: Path) -> Iterator[tuple[Path, list[int]]]:
    """Serve each port by TLS; yield the authorities to trust, as many as botocore's and one more, and the ports."""
    authority = trustme.CA(key_type=trustme.KeyType.RSA)
    certificate, trusted = folder / "certificate.pem", folder / "authorities.pem"
    authority.issue_cert(HOST, key_type=trustme.KeyType.RSA).private_key_and_cert_chain_pem.write_to_path(certificate)
    trusted.write_bytes(_AUTHORITIES.read_bytes() + authority.cert_pem.bytes())
    ports = [free_port() for _ in targets]
    pairs = [str(port) for pair in zip(ports, targets, strict=True) for port in pair]
    command = [sys.executable, "-m", "benchmarks.runtime.tls", str(certificate), *pairs]
    with (folder / "tls.log").open("wb") as log, ending(subprocess.Popen(command, stdout=log, stderr=log)) as process:  # noqa: S603 - ours
        for port in ports:
            wait_until_served(process, port, _PATIENCE_SECONDS)
        yield trusted, ports


async def _serve(certificate: str, pairs: Sequence[str]) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    for port, target in zip(pairs[::2], pairs[1::2], strict=True):
        await asyncio.start_server(_to(int(target)), "127.0.0.1", int(port), ssl=context)
    await asyncio.Event().wait()


def _to(target: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(_copy(reader, back), _copy(there, writer))

    return connected


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):  # one end is gone
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], sys.argv[2:]))
