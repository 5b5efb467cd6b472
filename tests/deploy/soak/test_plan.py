from __future__ import annotations

import itertools
from collections import defaultdict

from deploy.soak import plan
from deploy.soak.faults import FAULTS
from deploy.soak.plan import KINDS, Fault, make_plan

MINUTES = 30.0


def test_the_same_seed_gives_the_same_faults():
    assert make_plan(7, MINUTES) == make_plan(7, MINUTES)
    assert make_plan(7, MINUTES) != make_plan(8, MINUTES)


def test_longer_run_has_all_faults_of_the_shorter_one():
    short = make_plan(7, 5)
    until_s = max(fault.ends_s for fault in short)

    assert [fault for fault in make_plan(7, MINUTES) if fault in short] == short
    assert len(short) > 10
    assert until_s <= 5 * 60


def test_no_part_is_broken_twice_at_a_time_and_everything_is_over_before_the_end():
    # In the plan of 3 two faults would overlap if the rounding of times were forgotten.
    for seed in range(5):
        parts: dict[str, list[Fault]] = defaultdict(list)
        for fault in make_plan(seed, MINUTES):
            parts[fault.part].append(fault)
        for faults in parts.values():
            assert faults[-1].ends_s <= MINUTES * 60
            for earlier, later in itertools.pairwise(faults):
                assert earlier.ends_s <= later.at_s, seed


def test_every_kind_of_fault_comes_in_a_long_run():
    names = {fault.name for seed in range(5) for fault in make_plan(seed, MINUTES)}

    assert names == {kind.name for kind in KINDS}


def test_every_kind_can_be_brought_about():
    assert {kind.name for kind in KINDS} == set(FAULTS)


def test_what_an_actor_draws_depends_on_seed_and_name_alone():
    first = plan.random_of(7, "teacher 1").random()

    assert first == plan.random_of(7, "teacher 1").random()
    assert first != plan.random_of(7, "teacher 2").random()
    assert first != plan.random_of(8, "teacher 1").random()
