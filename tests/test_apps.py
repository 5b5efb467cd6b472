from __future__ import annotations

import gc


def test_garbage_is_looked_for_once_the_start_is_over():
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
