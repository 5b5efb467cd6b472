"""Tables of pages as grids: each text in all columns that its cell spans."""

from __future__ import annotations

from tests.support.pages import Element


def grid_of(table: Element) -> list[list[str]]:
    """The texts of a table, row by row; a cell that spans several rows stands in the first of them."""
    grid: list[list[str]] = []
    spanned: dict[int, int] = {}
    for row in table.all("tr"):
        texts = [""] * sum(rows > 0 for rows in spanned.values())
        spanned = {column: rows - 1 for column, rows in spanned.items() if rows > 1}
        for cell in row.children:
            if not isinstance(cell, Element):
                continue
            if rows := int(cell.attrs.get("rowspan", 1)) - 1:
                spanned[len(texts)] = rows
            texts += [cell.text] * int(cell.attrs.get("colspan", 1))
        grid.append(texts)
    return grid
