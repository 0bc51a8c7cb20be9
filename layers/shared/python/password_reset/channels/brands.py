"""A team's brand: a folder with `brand.json`, and, where they differ from ours, `locales/xx.json` and `mail.html.j2`.

What a brand leaves out is as the settings and our catalogues have it. Nothing of a request but the name of a client
chooses a brand, and a folder that is no brand's fails the start, not a message.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Protocol

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from password_reset.channels.colours import Colours
from password_reset.channels.words.catalogue import LANGUAGES, current

PLACES = (Path("branding"), Path("/opt/branding"))
"""Where a brand is looked for by its name: beside `cdk.json`, and in the layer of a deployment."""
TEMPLATE = "mail.html.j2"
OURS = Path(__file__).parent / "templates" / TEMPLATE
"""What a brand's template extends."""
FILE = "brand.json"


def _allowed(wanted: str) -> WrapValidator:
    """Refuse in words what the type alone would refuse with its regular expression."""

    def check(value: object, handler: ValidatorFunctionWrapHandler) -> object:
        try:
            return handler(value)
        except ValidationError:
            raise PydanticCustomError("allowed", "{wanted}", {"wanted": wanted}) from None  # noqa: EM101 - its template

    return WrapValidator(check)


type _Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$"), _allowed("a colour of six digits, as #1f5fd0")]
_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*\S[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
type _Name = Annotated[str, Field(pattern=_LINE, max_length=60), _allowed("a line of 1 to 60 characters")]
type _Line = Annotated[str, Field(pattern=_LINE, max_length=200), _allowed("a line of 1 to 200 characters")]
type _Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$"), _allowed("an email address")]
type _Web = Annotated[
    str, Field(pattern=r"^https://[!#-;=?-Z_a-z~\[\]]+$"), _allowed("a link with https://, in ASCII, without spaces")
]
type _Language = Annotated[
    str,
    Field(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$"),
    AfterValidator(current),
    _allowed("a language, as de, pt-BR or zh-Hans"),
]
# A file of the folder itself: no path leads out of it.
type _Picture = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*\.(svg|png)$"),
    _allowed("an .svg or .png file in the brand's folder"),
]
type _Bitmap = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*\.png$"), _allowed("a .png file in the brand's folder")
]
type _Font = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*\.woff2$"), _allowed("a .woff2 file in the brand's folder")
]
type _Radius = Annotated[int, Field(ge=0, le=24), _allowed("a whole number from 0 to 24")]


class BrandError(Exception):
    """A brand's folder is none. The text, a line each, is for the person who wrote it."""


class SomeColours(BaseModel):
    """What a brand changes of the colours of a scheme."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    page: _Colour | None = None
    surface: _Colour | None = None
    text: _Colour | None = None
    muted: _Colour | None = None
    line: _Colour | None = None
    outline: _Colour | None = None

    def over(self, colours: Colours) -> Colours:
        """Return these over others."""
        return replace(colours, **self.model_dump(exclude_none=True))


class BrandFile(BaseModel):
    """`brand.json`: everything may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)

    product_name: _Name | None = None
    sender_name: _Name | None = None
    support_email: _Email | None = None
    company_line: _Line | None = None
    terms_url: _Web | None = None
    privacy_url: _Web | None = None
    time_zone: str | None = None
    locales: tuple[_Language, ...] | None = Field(None, min_length=1)
    default_locale: _Language | None = None
    brand_color: _Colour | None = None
    light: SomeColours = SomeColours()
    dark: SomeColours = SomeColours()
    radius: _Radius | None = None
    font: _Font | None = None
    logo: _Picture | None = None
    logo_dark: _Picture | None = None
    mail_logo: _Bitmap | None = None
    favicon: _Picture | None = None


@dataclass(frozen=True, kw_only=True)
class Brand:
    """A brand, read from its folder."""

    name: str
    folder: Path
    file: BrandFile

    @property
    def locales(self) -> Path:
        """Where the brand's own words are."""
        return self.folder / "locales"

    @cached_property
    def own_languages(self) -> tuple[str, ...]:
        """The languages that the brand has words of its own in."""
        return tuple(sorted(path.stem for path in self.locales.glob("*.json")))

    def languages(self, offered: tuple[str, ...]) -> tuple[str, ...]:
        """Return the languages on offer: the brand's choice, or the environment's and the brand's new ones."""
        new = tuple(language for language in self.own_languages if language not in LANGUAGES)
        return self.file.locales or (*offered, *(language for language in new if language not in offered))

    @cached_property
    def template(self) -> str | None:
        """The brand's own template of mails."""
        path = self.folder / TEMPLATE
        return path.read_text("utf-8") if path.is_file() else None

    @cached_property
    def mail_logo(self) -> bytes | None:
        """The picture that mails carry."""
        return (self.folder / self.file.mail_logo).read_bytes() if self.file.mail_logo else None

    def files(self) -> dict[str, Path]:
        """Return what pages may fetch, by name."""
        fields = (self.file.font, self.file.logo, self.file.logo_dark, self.file.favicon)
        return {name: self.folder / name for name in fields if name}

    def colours(self, ours: Mapping[str, Colours]) -> dict[str, Colours]:
        """Return the colours of both schemes: ours, where the brand says nothing."""
        return {"light": self.file.light.over(ours["light"]), "dark": self.file.dark.over(ours["dark"])}


class Chosen(Protocol):
    """What an environment chose, where its brand says nothing else."""

    @property
    def product_name(self) -> str: ...  # noqa: D102 - as the setting says
    @property
    def support_email(self) -> str: ...  # noqa: D102 - the same
    @property
    def company_line(self) -> str | None: ...  # noqa: D102 - the same
    @property
    def brand_color(self) -> str: ...  # noqa: D102 - the same
    @property
    def time_zone(self) -> str: ...  # noqa: D102 - the same
    @property
    def default_locale(self) -> str: ...  # noqa: D102 - the same
    @property
    def languages(self) -> tuple[str, ...]: ...  # noqa: D102 - the same


@dataclass(frozen=True, kw_only=True)
class Look:
    """What messages and pages are in: the brand's choice, or the environment's."""

    product: str
    support: str
    company: str
    color: str
    time_zone: str
    languages: tuple[str, ...]
    default_locale: str


def look(settings: Chosen, brand: Brand | None) -> Look:
    """Return what a brand and the settings amount to."""
    file = brand.file if brand else BrandFile()
    languages = brand.languages(settings.languages) if brand else settings.languages
    default = file.default_locale or settings.default_locale
    return Look(
        product=file.product_name or settings.product_name,
        support=file.support_email or settings.support_email,
        company=file.company_line or settings.company_line or "",
        color=file.brand_color or settings.brand_color,
        time_zone=file.time_zone or settings.time_zone,
        languages=languages,
        default_locale=default if default in languages else languages[0],
    )


def find(name: str) -> Path:
    """Return the folder of a brand: a path, or a name beside `cdk.json` or in the layer.

    Raises:
        BrandError: there is none.
    """
    last = Path(name).name
    for folder in (Path(name), *(place / last for place in PLACES)):
        if (folder / FILE).is_file():
            return folder
    message = f"{name} has no {FILE}: `make new-brand NAME={last}` writes branding/{last}."
    raise BrandError(message)


def read(name: str) -> Brand:
    """Return a brand.

    Raises:
        BrandError: there is none, or its `brand.json` is wrong.
    """
    folder = find(name)
    try:
        file = BrandFile.model_validate(json.loads((folder / FILE).read_text("utf-8")))
    except json.JSONDecodeError as error:
        message = f"{folder / FILE}, line {error.lineno}: {error.msg}."
        raise BrandError(message) from None
    except ValidationError as error:
        lines = (f"{folder / FILE}: {_told(fault)}" for fault in error.errors(include_url=False))
        raise BrandError("\n".join(lines)) from None
    return Brand(name=folder.name, folder=folder, file=file)


def _told(fault: Mapping[str, object]) -> str:
    path = ".".join(map(str, fault["loc"]))  # type: ignore[call-overload] # pydantic's tuple
    if fault["type"] == "extra_forbidden":
        return f"{path} is no key of a brand."
    allowed = _KINDS.get(str(fault["type"])) or fault["msg"]
    return f"{path or 'All of it'} cannot be {fault['input']!r:.60}. Allowed: {allowed}."


_KINDS = {
    "model_type": "an object, with keys in quotes",
    "tuple_type": "a list",
    "too_short": "a list of at least one",
    "string_type": "a text",
}
"""What is allowed, where pydantic's own words for it are of Python."""
