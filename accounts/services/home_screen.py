"""The platform on the home screen of a phone: its icons, made of the school's logo, and what its manifest says."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePath
from typing import Any

from django.core.files.storage import default_storage
from django.templatetags.static import static
from django.urls import reverse
from PIL import Image, ImageOps

from accounts.models import SchoolSettings
from accounts.services.avatars import LOGO_FOLDER

# The surface and the ground of light pages (`static/css/tokens.css`): a manifest knows no dark ones.
SURFACE, GROUND = "#ffffff", "#f5f6f8"
# A process keeps those of the school's logo, and of the one before.
KEPT_ICONS = 8


@dataclass(frozen=True, slots=True)
class Icon:
    """A size in which phones ask for the icon, and which part of its width the logo has."""

    side_px: int
    logo_share: float
    purpose: str = ""


ICONS = {
    "192": Icon(192, 0.88, "any"),
    "512": Icon(512, 0.88, "any"),
    # Phones cut it out: only a circle of four fifths of its width is never lost, and a square inside that.
    "maskable": Icon(512, 0.56, "maskable"),
    # The page names this one, and no manifest does.
    "apple": Icon(180, 0.8),
}


@lru_cache(KEPT_ICONS)
def icon_of(logo: str, kind: str) -> bytes:
    """Return the icon of a kind as PNG: the logo in the middle of paper, since behind it may be anything.

    Raises:
        FileNotFoundError: there is no such logo.
    """
    icon = ICONS[kind]
    name = f"{LOGO_FOLDER}/{logo}"
    if not default_storage.exists(name):
        raise FileNotFoundError(name)
    room = round(icon.side_px * icon.logo_share)
    with default_storage.open(name) as file, Image.open(file) as image:
        drawn = ImageOps.contain(image.convert("RGBA"), (room, room))
    paper = Image.new("RGB", (icon.side_px, icon.side_px), "white")
    corner = ((icon.side_px - drawn.width) // 2, (icon.side_px - drawn.height) // 2)
    paper.paste(drawn, corner, mask=drawn.getchannel("A"))
    packed = io.BytesIO()
    paper.save(packed, "PNG", optimize=True)
    return packed.getvalue()


def icon_address(logo: str, kind: str) -> str:
    """Return where an icon is: of the school's logo, by the name of its file; without one the platform's own."""
    if not logo:
        return static(f"img/icon-{kind}.png")
    return reverse("home_screen_icon", args=[PurePath(logo).name, kind])


def manifest_of(school: SchoolSettings) -> dict[str, Any]:
    logo = str(school.logo)
    return {
        "id": "/",
        "name": school.school_name,
        "short_name": school.school_name,
        "start_url": reverse("home"),
        "scope": "/",
        "display": "standalone",
        "background_color": GROUND,
        "theme_color": SURFACE,
        "icons": [
            {
                "src": icon_address(logo, kind),
                "sizes": f"{icon.side_px}x{icon.side_px}",
                "type": "image/png",
                "purpose": icon.purpose,
            }
            for kind, icon in ICONS.items()
            if icon.purpose
        ],
    }
