"""QR codes of addresses, as elements of a page: what is secret has no address of its own."""

from __future__ import annotations

from django.utils.safestring import SafeString, mark_safe
from qrcode.image.svg import SvgPathImage
from qrcode.main import QRCode


def qr_code(text: str) -> SafeString:
    """Draw a text, such as a secret address."""
    code = QRCode(image_factory=SvgPathImage, box_size=20)
    code.add_data(text)  # type: ignore[no-untyped-call] # the library has no types
    drawn: str = code.make_image().to_string(encoding="unicode")  # type: ignore[no-untyped-call] # as above
    return mark_safe(drawn)  # noqa: S308 -- a path made of numbers
