"""The tests. Importing any of them first makes the environment theirs and sets Django up.

`tests/<app>/…/test_<module>.py` tests `<app>/…/<module>.py`, and `test_<module>_<aspect>.py` one side of it;
folders that are no app stand for those of `edu_platform/`. What goes through many modules is in `stories/`,
what needs a browser in `browser/`.
"""

from __future__ import annotations

from tests.support import environment

environment.prepare()
