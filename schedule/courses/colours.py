"""The colours of courses: each has one of twelve, by its name unless somebody has chosen another."""

from __future__ import annotations

import zlib
from functools import lru_cache

from schedule.enums import CourseColour

# The usual subjects; a course of another name has a colour that follows from its name.
COLOUR_OF_SUBJECT = {
    **dict.fromkeys(("语文", "阅读", "写作", "Chinese"), CourseColour.BLUE),
    **dict.fromkeys(("数学", "奥数", "Math"), CourseColour.ORANGE),
    **dict.fromkeys(("英语", "外语", "English"), CourseColour.GREEN),
    **dict.fromkeys(("美术", "书法", "Art"), CourseColour.VIOLET),
    **dict.fromkeys(("音乐", "舞蹈", "Music"), CourseColour.PINK),
    **dict.fromkeys(("科学", "化学", "Science", "Chemistry"), CourseColour.CYAN),
    **dict.fromkeys(("道德", "道法", "政治", "思想", "历史", "History"), CourseColour.AMBER),
    **dict.fromkeys(("体育", "体健", "PE", "Sport"), CourseColour.LIME),
    **dict.fromkeys(("物理", "Physics"), CourseColour.CRIMSON),
    **dict.fromkeys(("信息", "编程", "地理", "Computer", "Geography"), CourseColour.INDIGO),
    **dict.fromkeys(("劳动", "生物", "Biology"), CourseColour.TEAL),
    **dict.fromkeys(("班会", "自习", "综合"), CourseColour.GREY),
}
# The names that a calendar understands (RFC 7986: those of CSS).
CSS_NAMES = {
    CourseColour.BLUE: "royalblue",
    CourseColour.ORANGE: "orangered",
    CourseColour.GREEN: "forestgreen",
    CourseColour.VIOLET: "blueviolet",
    CourseColour.PINK: "mediumvioletred",
    CourseColour.CYAN: "darkcyan",
    CourseColour.AMBER: "darkgoldenrod",
    CourseColour.LIME: "olivedrab",
    CourseColour.CRIMSON: "crimson",
    CourseColour.INDIGO: "slateblue",
    CourseColour.TEAL: "teal",
    CourseColour.GREY: "slategray",
}


def colour_of(course: str, chosen: int) -> CourseColour:
    """Return the colour of a course of this name, for which this one was chosen, if any."""
    return CourseColour(chosen) if chosen else colour_by_name(course)


@lru_cache(maxsize=1024)
def colour_by_name(course: str) -> CourseColour:
    for subject, colour in COLOUR_OF_SUBJECT.items():
        if course.startswith(subject):
            return colour
    # Python's own hash differs from process to process.
    return CourseColour(zlib.crc32(course.encode()) % (len(CourseColour) - 1) + 1)
