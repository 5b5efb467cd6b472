"""The application's scenes (场景): what its class page looks like, and where it leads after class.

A scene is a name with four addresses, each possibly empty. The class page uses the one that its address names,
else "default". Until one is set there is none.
"""

from __future__ import annotations

from collections.abc import Mapping

from localcloud.cloud import Cloud

DEFAULT = "default"
LOGO_URL, HOME_URL, JS_URL, CSS_URL = "LogoUrl", "HomeUrl", "JsUrl", "CssUrl"
ADDRESSES = (LOGO_URL, HOME_URL, JS_URL, CSS_URL)
Scene = Mapping[str, str]
_NAME = "scenes"


def load(cloud: Cloud) -> dict[str, Scene]:
    """Return the scenes by name, in the order in which they came."""
    scenes: dict[str, Scene] = cloud.value(_NAME, default={})
    return scenes


def save(cloud: Cloud, name: str, scene: Mapping[str, str]) -> None:
    """Set a scene as a whole: an address that is not given is empty from now on."""
    whole = {each: scene.get(each, "") for each in ADDRESSES}
    cloud.save_value(_NAME, {**load(cloud), name: whole})


def home_url(cloud: Cloud, name: str) -> str:
    """Return where the class page of this scene leads after class; empty: nowhere."""
    scene = load(cloud).get(name or DEFAULT)
    return "" if scene is None else scene[HOME_URL]
