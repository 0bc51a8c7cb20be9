"""A construct's settings, out of what the CDK has synthesised: for a look at the account before they are deployed."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.config import Config
from infra.found import SETTINGS
from password_reset.settings import SettingsError

OUT = Path("cdk.out")
_AT_DEPLOYMENT = "${Token[KNOWN.AT.DEPLOYMENT]}"


def settings(stack: str, out: Path = OUT) -> Config:
    """Return the settings of a stack's one construct, or of the one that `stack/construct` names.

    Raises:
        SettingsError: it isn't there, or isn't the only one.
    """
    name, _, construct = stack.partition("/")
    there = dict(_constructs(name, out))
    asked = [there[each] for each in there if each == construct or not construct]
    if len(asked) != 1:
        known = ", ".join(f"{name}/{each}" for each in sorted(there)) or "none"
        message = f"{out} has no one PasswordReset {stack}: run `cdk synth` first, and name one of these: {known}."
        raise SettingsError(message)
    return Config.model_validate(asked[0], context={"of": stack})


def _constructs(name: str, out: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for manifest in sorted(out.rglob("manifest.json")):
        artifacts = json.loads(manifest.read_text("utf-8")).get("artifacts", {})
        for artifact, told in artifacts.items():
            if told.get("properties", {}).get("stackName", artifact) != name or "additionalMetadataFile" not in told:
                continue
            account, region = told["environment"].removeprefix("aws://").split("/")
            place = {"account": account, "region": region}
            known = {each: value for each, value in place.items() if not value.startswith("unknown-")}
            metadata = json.loads((manifest.parent / told["additionalMetadataFile"]).read_text("utf-8"))
            for path, entries in metadata.items():
                below = path.strip("/").removeprefix(told.get("displayName", artifact))
                construct = re.sub("[^A-Za-z0-9]", "", below)  # as logical ids begin
                yield from ((construct, known | _read(entry["data"])) for entry in entries if entry["type"] == SETTINGS)


def _read(value: Any) -> Any:  # noqa: ANN401 - whatever a setting is
    match value:
        case dict():
            functions = [name for name in value if name == "Ref" or name.startswith("Fn::")]
            return _AT_DEPLOYMENT if functions else {name: _read(member) for name, member in value.items()}
        case list():
            return [_read(member) for member in value]
    return value
