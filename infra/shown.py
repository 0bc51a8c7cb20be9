"""What mail programs show of a mail's HTML: texts in their colours, light and dark, links, and what they refuse.

Colours count as far as styles in attributes, `bgcolor` and rules of one class say them as `#rrggbb` or `#rgb`.
What is said otherwise isn't judged.
"""

import re
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser

SCHEMES = ("light", "dark")
_ACTIVE = frozenset(
    {"script", "iframe", "frame", "object", "embed", "applet", "form", "input", "button", "link", "base"}
)
_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
_UNSEEN = frozenset({"title", "style", "script"})
_DARK = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)\s*{((?:[^{}]*{[^{}]*})*)[^{}]*}")
_RULE = re.compile(r"([^{}]+){([^{}]*)}")
_SHORT = re.compile(r"#([0-9a-fA-F])([0-9a-fA-F])([0-9a-fA-F])\b")
_CLASS = re.compile(r"\s*[a-z0-9]*\.[\w-]+\s*")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class Text:
    """A text, its colour and the one behind it, in a scheme; a colour that isn't known is empty."""

    text: str
    scheme: str
    colour: str
    ground: str


@dataclass(frozen=True)
class _Element:
    tag: str
    colours: dict[str, str]
    grounds: dict[str, str]
    hidden: bool


type _Said = dict[str, tuple[str, bool]]
"""By property, a value and whether it is `!important`."""


@cache
def _declared(declarations: str) -> _Said:
    said: _Said = {}
    for declaration in declarations.split(";"):
        name, _, value = declaration.partition(":")
        plain, mark, _ = _SHORT.sub(r"#\1\1\2\2\3\3", value.strip()).partition("!important")
        name = name.strip().lower()
        said["background-color" if name == "background" else name] = (plain.strip(), bool(mark))
    return said


@cache
def _rules(html: str) -> dict[str, dict[str, _Said]]:
    """Return what a mail's style sheets say of each class: always, and in dark alone."""
    sheet = "".join(re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL))
    rules: dict[str, dict[str, _Said]] = {"light": {}, "dark": {}}
    for scheme, part in (("dark", "".join(_DARK.findall(sheet))), ("light", _DARK.sub("", sheet))):
        for selectors, declarations in _RULE.findall(part):
            for selector in selectors.split(","):
                if _CLASS.fullmatch(selector):
                    name = selector.strip().partition(".")[2]
                    rules[scheme][name] = rules[scheme].get(name, {}) | _declared(declarations)
    return rules


class Shown(HTMLParser):
    """A mail's HTML, read."""

    def __init__(self, html: str) -> None:
        """Read it."""
        super().__init__()
        self.texts: list[Text] = []
        self.links: list[tuple[str, str]] = []
        """Where each leads, and its words."""
        self.active: list[str] = []
        """What runs, or asks for something, as it is written."""
        visible = re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL)
        self._rules = _rules(visible.partition("<body")[0])
        self._open = [_Element("", dict.fromkeys(SCHEMES, ""), dict.fromkeys(SCHEMES, ""), hidden=False)]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        said = {name: value or "" for name, value in attrs}
        if tag in _ACTIVE or (tag == "meta" and "http-equiv" in said):
            self.active.append(f"<{tag}>")
        self.active += [f"{name}=" for name in said if name.startswith("on")]
        self.active += [
            f'{name}="{value}"'
            for name, value in said.items()
            if re.match(r"\s*(?:javascript|vbscript)\s*:", value, re.IGNORECASE)
        ]
        if tag not in _VOID:
            self._open.append(self._element(tag, said))
            if tag == "a":
                self.links.append((said.get("href", ""), ""))

    def _element(self, tag: str, said: dict[str, str]) -> _Element:
        above = self._open[-1]
        own = _declared(f"background-color:{said.get('bgcolor', '')};{said.get('style', '')}")
        colours, grounds = {}, {}
        for scheme in SCHEMES:
            # A link's own colour is the program's.
            colours[scheme] = self._value("color", scheme, own, said) or ("" if tag == "a" else above.colours[scheme])
            grounds[scheme] = self._value("background-color", scheme, own, said) or above.grounds[scheme]
        hidden = above.hidden or tag in _UNSEEN or own.get("display", ("",))[0] == "none"
        return _Element(tag, colours, grounds, hidden)

    def _value(self, name: str, scheme: str, own: _Said, said: dict[str, str]) -> str:
        """Return what wins, as CSS has it: what is important, then the element's own, then rules, dark's first."""
        classes = said.get("class", "").split()
        sheets = [self._rules[of] for of in SCHEMES[: SCHEMES.index(scheme) + 1]]
        found = [sheet[one][name] for sheet in sheets for one in classes if name in sheet.get(one, {})]
        found += [own[name]] if own.get(name, ("",))[0] else []
        values = [value for value, _ in found] + [value for value, important in found if important]
        return values[-1] if values else ""

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element without content."""
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the last such element, with what is open in it."""
        tags = [element.tag for element in self._open]
        if tag and tag in tags:
            del self._open[len(tags) - 1 - tags[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        """Note a text."""
        element, text = self._open[-1], " ".join(data.split())
        if not text or element.hidden:
            return
        if any(one.tag == "a" for one in self._open):
            href, words = self.links[-1]
            self.links[-1] = (href, f"{words} {text}".strip())
        self.texts += [Text(text, scheme, element.colours[scheme], element.grounds[scheme]) for scheme in SCHEMES]

    def judged(self) -> list[Text]:
        """Return the texts whose two colours are known: the first of each such pair."""
        known = (text for text in self.texts if _COLOUR.fullmatch(text.colour) and _COLOUR.fullmatch(text.ground))
        return list({(text.scheme, text.colour, text.ground): text for text in reversed(list(known))}.values())
