"""The kind of device that a request came from; the text it is read from travels no further."""

from typing import Literal, get_args

type Device = Literal["iPhone", "iPad", "Android", "Windows", "Mac", "Linux", "other"]


def device_of(user_agent: str) -> Device:
    """Return the kind of device that a User-Agent header names, or `other`."""
    # In this order: Android calls itself Linux too, and iPhones mention "Mac OS X".
    kinds: tuple[Device, ...] = get_args(Device.__value__)
    return next((kind for kind in kinds if kind in user_agent), "other")
