"""Reading spreadsheets that people made: CSV or XLSX, in the encodings and habits of real schools.

`reading.read_sheet` is the way in; `values` turns cells into what a row means.
"""

from __future__ import annotations
