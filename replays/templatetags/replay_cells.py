"""Cells of a row in the list of replays, as HTML: a template's own tags take several times as long."""

from __future__ import annotations

from html import escape  # Django's own asks of each text what kind it is

from django import template
from django.utils.safestring import SafeString, mark_safe

from replays.selectors.list_cards import Card
from replays.selectors.lists import ReplayList, ReplayRow

register = template.Library()

TITLE = """<td role="cell" class="replay-title">
<a href="{}">{}</a>
<span class="replay-state"><span class="mark {}">{} {}</span>{}</span>{}{}
</td>"""
WHY = ' <span class="hint">{}</span>'
IN_TRASH = '\n<span class="replay-state hint">{}</span>'
# The film shows what is said beside it.
CARD = """
<span class="card-facts hint" title="{}">{}</span>
<span class="film subject-{}" data-sign="{}" aria-hidden="true">{}{}{}</span>"""
PICTURE = '<img src="{}" alt="" loading="lazy" width="192" height="144">'
LENGTH = "<b>{}</b>"
WATCHED = '<progress max="100" value="{}"></progress>'
# On a card it is read out and not seen, so it needs no label.
CARD_CELL = '\n<td role="cell">{}</td>'
CELL = '\n<td role="cell"{} data-label="{}">{}</td>'


@register.filter
def replay_cells(row: ReplayRow, found: ReplayList) -> SafeString:
    """The cells under the headers of the list, from the title on."""
    cells = [
        ("", row.room_number),
        (' class="replay-type"', row.room_type),
        ("", row.made_at),
        (' class="replay-teacher"', row.teacher),
        *([(' class="replay-groups"', row.class_groups)] if found.has_class_groups else []),
        ("", row.sizes),
    ]
    if found.has_cards:
        rest = [CARD_CELL.format(escape(text)) for _css, text in cells]
    else:
        labelled = zip(found.headers[1:], cells, strict=True)
        rest = [
            CELL.format(css, escape(head.label), escape(text)) for head, (css, text) in labelled
        ]
    return mark_safe(_title_of(row) + "".join(rest))  # noqa: S308 -- every text is escaped


def _title_of(row: ReplayRow) -> str:
    state = row.state
    return TITLE.format(
        *map(escape, (row.address, row.title, state.css_class, state.shape, state.label)),
        WHY.format(escape(row.why)) if row.why else "",
        IN_TRASH.format(escape(row.in_trash)) if row.in_trash else "",
        _card_of(row, row.card) if row.card else "",
    )


def _card_of(row: ReplayRow, card: Card) -> str:
    return CARD.format(
        escape(row.made_at),
        escape(" · ".join(card.facts)),
        card.colour,
        escape(card.sign),
        PICTURE.format(escape(card.picture)) if card.picture else "",
        LENGTH.format(card.length) if card.length else "",
        WATCHED.format(card.percent) if card.percent else "",
    )
