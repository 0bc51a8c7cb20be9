"""The kinds of device and browser that a request came from; the text they are read from travels no further."""

from typing import Literal, get_args

type Device = Literal["iPhone", "iPad", "Android", "Windows", "Mac", "Linux", "other"]
type Browser = Literal["Edge", "Opera", "Samsung Internet", "Firefox", "Chrome", "Safari", "other"]

# In this order: Edge and Opera call themselves Chrome too, and all of them Safari.
_BROWSERS: tuple[tuple[str, Browser], ...] = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)


def device_of(user_agent: str) -> Device:
    """Return the kind of device that a User-Agent header names, or `other`."""
    # In this order: Android calls itself Linux too, and iPhones mention "Mac OS X".
    kinds: tuple[Device, ...] = get_args(Device.__value__)
    return next((kind for kind in kinds if kind in user_agent), "other")


def browser_of(user_agent: str) -> Browser:
    """Return the browser that a User-Agent header names, or `other`."""
    return next((browser for mark, browser in _BROWSERS if mark in user_agent), "other")
