"""Limits to the size of a spreadsheet: the file, what it unpacks to, and its rows, columns and cells."""

from __future__ import annotations

from edu_platform.lib.formatting import MIB

MAX_FILE_BYTES = 20 * MIB
MAX_ROWS = 20_000
MAX_COLUMNS = 200

# --- XLSX ---------------------------------------------------------------------------------------

# A format dragged down over empty rows is harmless up to here.
MAX_LINES = 200_000
# A row with only formats may have so many; spreadsheet programs have no more.
MAX_CELLS_A_ROW = 16_384
# Formatted cells without a value, up to the last value: each takes time, though they pack to nothing.
MAX_EMPTY_CELLS = 400_000
MAX_PARTS = 2000
MAX_UNPACKED_BYTES = 100 * MIB
# Plain sheets pack 10:1, very even ones 40:1; small parts may be anything.
MAX_RATIO = 100
RATIO_COUNTS_FROM_BYTES = 5 * MIB
# Beginnings and ends of elements in all parts together. A sheet of 20,000 rows in 20 columns has
# fewer; each costs time and memory, however little of the file it is.
MAX_TAGS = 4_000_000
# Different texts, in all sheets together: 20 for each row.
MAX_STRINGS = 400_000
# Texts may have pieces with a format of their own, each of which becomes an object.
MAX_TEXT_PIECES = 50_000
# All cells together may have as many as a CSV. Any number of cells may name the same long text.
MAX_CHARS = MAX_FILE_BYTES
# The formats of cells are all made, also those that no cell has. Excel itself has 65,490.
MAX_STYLE_TAGS = 100_000
# Per tag or comment. Parsers rescan an unfinished one with each piece that comes: the time goes by
# the square of its length.
MAX_TOKEN_BYTES = MIB
