"""Reading spreadsheets that people made: CSV or XLSX, in the encodings and habits of real schools.

`reading.read_sheet` is the way in; `cells` reads what a row says. Of Excel files alone: `xlsx*`.
"""

from __future__ import annotations
