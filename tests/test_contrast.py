"""The colours of tokens.css: what stands on what can be read (WCAG 2.2 AA), in the light and in the dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from schedule.enums import CourseColour

CSS = Path(__file__).resolve().parent.parent / "static" / "css"
TOKEN = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
SUBJECT = re.compile(r"\.subject-(\d+), .* \{ --subject: (#[0-9a-f]{6}); \}")
DARK = "@media screen and (prefers-color-scheme: dark)"
GROUNDS = ("background", "surface", "accent-soft")
STATES = ("running", "waiting", "done")
# Texts, and the marks of states, which have no ground of their own on a lesson.
INKS = ("ink", "ink-soft", "accent", "running", "waiting", "done")
READABLE = 4.5
SEEN = 3

Rgb = tuple[float, ...]


def tokens_of(scheme: str) -> dict[str, str]:
    light, dark, *_ = (CSS / "tokens.css").read_text().split(DARK)
    tokens = dict(TOKEN.findall(light))
    return tokens if scheme == "light" else tokens | dict(TOKEN.findall(dark))


def subjects() -> list[str]:
    values = dict(SUBJECT.findall((CSS / "tokens.css").read_text()))
    numbers = [colour.value for colour in CourseColour if colour is not CourseColour.BY_NAME]
    return [values[str(number)] for number in numbers]


def shares() -> tuple[float, float]:
    """Return how much of a subject is in its tint, and in its strip in the dark."""
    css = (CSS / "tokens.css").read_text()
    mixed = re.findall(r"--(tint|strip): color-mix\(in srgb, var\(--subject\) (\d+)%", css)
    of = {name: int(share) / 100 for name, share in mixed}
    return of["tint"], of["strip"]


def rgb(text: str) -> Rgb:
    return tuple(int(text[place : place + 2], 16) / 255 for place in (1, 3, 5))


def mixed(one: Rgb, other: Rgb, share: float) -> Rgb:
    return tuple(a * share + b * (1 - share) for a, b in zip(one, other, strict=True))


def luminance(colour: Rgb) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Rgb, other: Rgb) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_and_marks_can_be_read_on_every_tint_and_strips_are_seen(scheme: str):
    tokens, (tint_share, strip_share) = tokens_of(scheme), shares()
    white, surface = rgb("#ffffff"), rgb(tokens["surface"])
    assert 0.09 <= tint_share <= 0.1
    assert len(set(subjects())) == 12
    for text in subjects():
        subject = rgb(text)
        tint = mixed(subject, surface, tint_share)
        strip = subject if scheme == "light" else mixed(subject, white, strip_share)

        contrasts = {ink: round(contrast(rgb(tokens[ink]), tint), 2) for ink in INKS}
        assert min(contrasts.values()) >= READABLE, (text, contrasts)
        assert min(contrast(strip, ground) for ground in (tint, surface)) >= SEEN, text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_on_every_ground_that_it_may_stand_on(scheme: str):
    tokens = tokens_of(scheme)
    pairs = [
        *((ink, ground) for ink in ("ink", "ink-soft", "accent") for ground in GROUNDS),
        *((state, ground) for state in STATES for ground in ("background", "surface")),
        *((ink, f"{state}-soft") for state in STATES for ink in (state, "ink", "ink-soft")),
        ("on-accent", "accent"),
    ]

    contrasts = {pair: contrast(*(rgb(tokens[name]) for name in pair)) for pair in pairs}

    assert {pair: value for pair, value in contrasts.items() if value < READABLE} == {}
