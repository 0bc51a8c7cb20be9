"""botocore's data, cut to the operations that functions call: 205 kB of JSON for 28 MB.

botocore reads the whole model of a service to make its client, after it has looked into the folder of every service
that there is. Only the data of that botocore are cut which lies in the same layer: those of one version say nothing of
another's code. A cut model has the operations with all that they lead to, without texts, and with what botocore would
merge into it; rules of endpoints stay whole, and each region stays in the list of regions.
"""

import gzip
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

type Json = Any
type Operations = Mapping[str, Collection[str]]
"""By service, as botocore calls both."""

_MODEL, _RULES = "service-2", "endpoint-rule-set-1"
_WHOLE = ("partitions", "sdk-default-configuration", "_retry")


def write(data: Path, target: Path, operations: Operations) -> None:
    """Write what the operations need of botocore's `data` into `target`, which is made.

    Raises:
        KeyError: there is no such operation.
        FileNotFoundError: there is no such service.
    """
    prefixes = set()
    for service, names in operations.items():
        version = _newest(data / service)
        whole = _read(version / _MODEL)
        for extras in version.glob(f"{_MODEL}.*-extras.json"):
            _merge(whole, json.loads(extras.read_text("utf-8"))["merge"])
        prefixes.add(whole["metadata"]["endpointPrefix"])
        _write(target / service / version.name / _MODEL, model(whole, names))
        _write(target / service / version.name / _RULES, _read(version / _RULES))
    for name in _WHOLE:
        _write(target / name, _read(data / name))
    _write(target / "endpoints", endpoints(_read(data / "endpoints"), prefixes | operations.keys()))


def model(whole: Json, names: Collection[str]) -> Json:
    """Return a service's model with these operations alone."""
    operations = {name: _without_text(whole["operations"][name]) for name in sorted(names)}
    shapes: dict[str, Json] = {}
    waiting = list(_named(operations))
    while waiting:
        if (name := waiting.pop()) not in shapes:
            shapes[name] = _without_text(whole["shapes"][name])
            waiting += _named(shapes[name])
    kept = {key: value for key, value in whole.items() if key not in {"documentation", "examples"}}
    return kept | {"operations": operations, "shapes": {name: shapes[name] for name in sorted(shapes)}}


def endpoints(whole: Json, prefixes: Collection[str]) -> Json:
    """Return the list of all partitions and regions, with the endpoints of these services alone."""

    def kept(partition: Json) -> Json:
        services = {name: told for name, told in partition["services"].items() if name in prefixes}
        return partition | {"services": services}

    return whole | {"partitions": list(map(kept, whole["partitions"]))}


def _newest(service: Path) -> Path:
    return max(path.parent for path in service.glob(f"*/{_MODEL}.json*"))


def _named(part: Json) -> Iterator[str]:
    """Yield the names of the shapes that a part of a model leads to."""
    if isinstance(part, dict):
        if isinstance(name := part.get("shape"), str):
            yield name
        for value in part.values():
            yield from _named(value)
    elif isinstance(part, list):
        for value in part:
            yield from _named(value)


def _without_text(part: Json, *, named: bool = False) -> Json:
    """Return it without what is for people. `named` members are called as the service likes: documentation, too."""
    if isinstance(part, dict):
        return {
            key: _without_text(value, named=key == "members")
            for key, value in part.items()
            if named or key != "documentation"
        }
    return [_without_text(value) for value in part] if isinstance(part, list) else part


def _merge(into: Json, extra: Json) -> None:
    for key, value in extra.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def _read(path: Path) -> Json:
    plain = path.with_name(f"{path.name}.json")
    if plain.exists():
        return json.loads(plain.read_text("utf-8"))
    return json.loads(gzip.decompress(path.with_name(f"{path.name}.json.gz").read_bytes()))


def _write(path: Path, content: Json) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_name(f"{path.name}.json").write_text(json.dumps(content, separators=(",", ":")), "utf-8")
