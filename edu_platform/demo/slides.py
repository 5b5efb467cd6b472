"""A small .pptx, made of nothing: the same bytes each time."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

from edu_platform.demo.files import Page

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument"
_NAMES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    f'xmlns:r="{_OFFICE}"'
)
# English Metric Units, 12,700 a point.
_WIDTH, _HEIGHT = 12_192_000, 6_858_000
# No format takes times before this one.
_MADE_AT = (1980, 1, 1, 0, 0, 0)
_EMPTY_TREE = (
    '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
)
_COLOURS = {
    "dk1": "1F2933",
    "lt1": "FFFFFF",
    "dk2": "0E7468",
    "lt2": "FFFCF3",
    **{f"accent{number}": "0E7468" for number in range(1, 7)},
    "hlink": "0E7468",
    "folHlink": "0E7468",
}
_MAPPED = (
    'bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1" accent2="accent2" '
    'accent3="accent3" accent4="accent4" accent5="accent5" accent6="accent6" '
    'hlink="hlink" folHlink="folHlink"'
)


def slides(pages: Sequence[Page]) -> bytes:
    """A presentation with one slide for each page."""
    numbers = range(1, len(pages) + 1)
    parts = {
        "[Content_Types].xml": _content_types(numbers),
        "_rels/.rels": _relations([("officeDocument", "ppt/presentation.xml")]),
        "ppt/presentation.xml": _presentation(numbers),
        "ppt/_rels/presentation.xml.rels": _relations(
            [
                ("slideMaster", "slideMasters/slideMaster1.xml"),
                *(("slide", f"slides/slide{number}.xml") for number in numbers),
            ]
        ),
        "ppt/theme/theme1.xml": _theme(),
        "ppt/slideMasters/slideMaster1.xml": _master(),
        "ppt/slideMasters/_rels/slideMaster1.xml.rels": _relations(
            [("slideLayout", "../slideLayouts/slideLayout1.xml"), ("theme", "../theme/theme1.xml")]
        ),
        "ppt/slideLayouts/slideLayout1.xml": _layout(),
        "ppt/slideLayouts/_rels/slideLayout1.xml.rels": _relations(
            [("slideMaster", "../slideMasters/slideMaster1.xml")]
        ),
    }
    to_layout = _relations([("slideLayout", "../slideLayouts/slideLayout1.xml")])
    for number, page in zip(numbers, pages, strict=True):
        parts[f"ppt/slides/slide{number}.xml"] = _slide(page)
        parts[f"ppt/slides/_rels/slide{number}.xml.rels"] = to_layout
    return _zipped(parts)


def _zipped(parts: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            part = zipfile.ZipInfo(name, _MADE_AT)
            part.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(part, _XML + text)
    return file.getvalue()


def _content_types(numbers: Iterable[int]) -> str:
    kinds = {
        "ppt/presentation.xml": "presentationml.presentation.main",
        "ppt/theme/theme1.xml": "theme",
        "ppt/slideMasters/slideMaster1.xml": "presentationml.slideMaster",
        "ppt/slideLayouts/slideLayout1.xml": "presentationml.slideLayout",
        **{f"ppt/slides/slide{number}.xml": "presentationml.slide" for number in numbers},
    }
    parts = "".join(
        f'<Override PartName="/{name}" ContentType="{_KIND}.{kind}+xml"/>'
        for name, kind in kinds.items()
    )
    relations = "application/vnd.openxmlformats-package.relationships+xml"
    return (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="{relations}"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{parts}</Types>'
    )


def _relations(targets: Iterable[tuple[str, str]]) -> str:
    """Relations `rId1`, `rId2` and so on, in this order."""
    lines = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{lines}</Relationships>'


def _presentation(numbers: Iterable[int]) -> str:
    ids = "".join(f'<p:sldId id="{255 + number}" r:id="rId{number + 1}"/>' for number in numbers)
    return (
        f"<p:presentation {_NAMES}>"
        '<p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/></p:sldMasterIdLst>'
        f'<p:sldIdLst>{ids}</p:sldIdLst><p:sldSz cx="{_WIDTH}" cy="{_HEIGHT}"/>'
        f'<p:notesSz cx="{_HEIGHT}" cy="{_WIDTH}"/></p:presentation>'
    )


def _master() -> str:
    return (
        f"<p:sldMaster {_NAMES}><p:cSld><p:spTree>{_EMPTY_TREE}</p:spTree></p:cSld>"
        f"<p:clrMap {_MAPPED}/>"
        '<p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/></p:sldLayoutIdLst>'
        "</p:sldMaster>"
    )


def _layout() -> str:
    return (
        f'<p:sldLayout {_NAMES} type="blank"><p:cSld name="Blank">'
        f"<p:spTree>{_EMPTY_TREE}</p:spTree></p:cSld>"
        "<p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr></p:sldLayout>"
    )


def _slide(page: Page) -> str:
    boxes = _box(2, page.heading, y=500_000, size=4800)
    for number, line in enumerate(page.lines):
        boxes += _box(3 + number, line, y=2_000_000 + 1_000_000 * number, size=3600)
    return (
        f"<p:sld {_NAMES}><p:cSld><p:spTree>{_EMPTY_TREE}{boxes}</p:spTree></p:cSld>"
        "<p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr></p:sld>"
    )


def _box(number: int, text: str, *, y: int, size: int) -> str:
    """A line of text; `size` is in hundredths of a point."""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number}" name="Text {number}"/>'
        '<p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr>'
        f'<p:spPr><a:xfrm><a:off x="800000" y="{y}"/><a:ext cx="10500000" cy="900000"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr>'
        f'<p:txBody><a:bodyPr/><a:p><a:r><a:rPr lang="zh-CN" sz="{size}"/>'
        f"<a:t>{escape(text)}</a:t></a:r></a:p></p:txBody></p:sp>"
    )


def _theme() -> str:
    colours = "".join(
        f'<a:{name}><a:srgbClr val="{value}"/></a:{name}>' for name, value in _COLOURS.items()
    )
    font = '<a:latin typeface="Arial"/><a:ea typeface="SimSun"/><a:cs typeface=""/>'
    fill = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>' * 3
    line = '<a:ln><a:solidFill><a:schemeClr val="phClr"/></a:solidFill></a:ln>' * 3
    effect = "<a:effectStyle><a:effectLst/></a:effectStyle>" * 3
    return (
        f'<a:theme {_NAMES} name="Demo"><a:themeElements>'
        f'<a:clrScheme name="Demo">{colours}</a:clrScheme><a:fontScheme name="Demo">'
        f"<a:majorFont>{font}</a:majorFont><a:minorFont>{font}</a:minorFont></a:fontScheme>"
        f'<a:fmtScheme name="Demo"><a:fillStyleLst>{fill}</a:fillStyleLst>'
        f"<a:lnStyleLst>{line}</a:lnStyleLst><a:effectStyleLst>{effect}</a:effectStyleLst>"
        f"<a:bgFillStyleLst>{fill}</a:bgFillStyleLst></a:fmtScheme></a:themeElements></a:theme>"
    )
