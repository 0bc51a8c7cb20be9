"""The documentation as a site: docs/, what lies beside it, and a reference of the API, in build/site.

Links between documents stay links, and one that leads nowhere fails the build. Those to code become links too where
`REPOSITORY_URL` says where that is, and the text that they were otherwise.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "build" / "site-source"
SITE = ROOT / "build" / "site"
GALLERY = ROOT / "build" / "preview" / "ours"
"""What `make preview` wrote."""
PREVIEWS = """# Previews

<a href="previews/index.html">Every email, message and page state</a>, light and dark, narrow and wide, in English.
`make preview` makes them in any language and brand ([how](branding.md#looking-at-it)).
"""
MKDOCS = ROOT / "build" / "docs" / "bin" / "mkdocs"
BESIDE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security-policy.md",
    "packages/client/README.md": "client.md",
    "packages/react/README.md": "components.md",
    "examples/frontends/README.md": "frontends.md",
    "examples/django_postgresql/README.md": "django-postgresql.md",
}
"""Documents that lie elsewhere in the repository, and what they are called in the site."""
_LINK = re.compile(r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^)\s#]*)(?P<anchor>#[^)\s]*)?\)")


def main() -> None:
    """Build the site; end with what mkdocs finds, if that is anything."""
    prepare(SOURCE)
    command = [str(MKDOCS), "build", "--strict", "--config-file", str(ROOT / "mkdocs.yml")]
    said = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    # Not quiet: mkdocs would then count no warning, and a link that leads nowhere is one.
    built = subprocess.run(  # noqa: S603 - no input of others
        command, env=said, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=300
    )
    if built.returncode:
        sys.exit(built.stdout)
    shutil.copytree(GALLERY, SITE / "previews")
    print(f"{len(list(SITE.glob('*.html')))} pages in build/site")


def prepare(target: Path) -> None:
    """Write the site's sources."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT / "docs", target)
    for document in target.glob("*.md"):
        document.write_text(linked(document.read_text("utf-8"), f"docs/{document.name}"), "utf-8")
    for path, name in BESIDE.items():
        (target / name).write_text(linked((ROOT / path).read_text("utf-8"), path), "utf-8")
    (target / "previews.md").write_text(PREVIEWS, "utf-8")
    (target / "reference.md").write_text(reference(json.loads((ROOT / "docs" / "openapi.json").read_text())), "utf-8")


def linked(text: str, path: str, repository: str = os.environ.get("REPOSITORY_URL", "")) -> str:
    """Return a document with its links as the site needs them; `path` is where it lies in the repository."""

    def replaced(found: re.Match[str]) -> str:
        target, anchor = found["target"], found["anchor"] or ""
        if not target or re.match(r"[a-z]+:", target):
            return found[0]
        place = os.path.normpath(Path(path).parent / target)
        if place in BESIDE:
            place = BESIDE[place]
        elif place.startswith("docs/"):
            place = place.removeprefix("docs/")
        elif repository:
            place = f"{repository.rstrip('/')}/blob/main/{place}"
        else:
            return found["text"]
        return f"{found['image']}[{found['text']}]({place}{anchor})"

    # A block of code stays as it is; the text of a link may be code itself.
    parts = re.split(r"(^```.*?^```)", text, flags=re.MULTILINE | re.DOTALL)
    return "".join(part if part.startswith("```") else _LINK.sub(replaced, part) for part in parts)


def reference(description: Mapping[str, Any]) -> str:
    """Return every endpoint of the description: what it takes, what it answers, and an example of each."""
    lines = [
        "# API reference",
        "",
        f"Made from [`openapi.json`](openapi.json), version {description['info']['version']}.",
        "",
    ]
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            lines += [f"## {operation['summary']}", "", f"`{method.upper()} {path}`", "", operation["description"], ""]
            schemas = description["components"]["schemas"]
            for media in operation.get("requestBody", {}).get("content", {}).values():
                lines += ["**Request**", "", *_members(_resolved(media["schema"], schemas)), *_example(media)]
            for status, told in operation["responses"].items():
                answer = _resolved(told, description["components"].get("responses", {}))
                lines += [f"**{status}**: {answer['description']}", ""]
                for media in answer.get("content", {}).values():
                    schema = _resolved(media.get("schema", {}), schemas)
                    lines += [] if schema.get("title") == "Problem" else [*_members(schema)]
                    lines += _example(media)
    lines += ["## Problem details", "", *_members(description["components"]["schemas"]["Problem"])]
    return "\n".join(lines)


def _resolved(part: Mapping[str, Any], parts: Mapping[str, Any]) -> Mapping[str, Any]:
    name = part.get("$ref", "").rpartition("/")[2]
    return parts[name] if name else part


def _members(schema: Mapping[str, Any]) -> Iterator[str]:
    if not schema.get("properties"):
        return
    yield from ("| member | | type | what it is |", "|---|---|---|---|")
    for name, member in schema["properties"].items():
        kind = member.get("type") or member.get("$ref", "").rpartition("/")[2] or "text or null"
        values = ", ".join(f"`{value}`" for value in member.get("enum", ()))
        told = " ".join(filter(None, (member.get("description", ""), f"One of {values}." if values else "")))
        required = "required" if name in schema.get("required", ()) else "optional"
        yield f"| `{name}` | {required} | {kind} | {told.replace('|', '&#124;')} |"
    yield ""


def _example(media: Mapping[str, Any]) -> Iterator[str]:
    examples = [media["example"]] if "example" in media else [e["value"] for e in media.get("examples", {}).values()]
    for example in examples[:1]:
        yield from ("```json", json.dumps(example, indent=2, ensure_ascii=False), "```", "")


if __name__ == "__main__":
    main()
