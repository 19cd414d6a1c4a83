"""A publication that is killed in its middle never was: nothing is half handed over, and it can be done again."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gridsvc.cluster import RunningDatabase
from gridsvc.domain.plans import PlanState
from gridsvc.storage import Store, districts, generations, ownership, plans
from tests.fakes.small_district import SmallDistrict, build
from tests.gridsvc.usecases.small_town import shops

ROOT = Path(__file__).parents[3]
# its clock stands still where the audit row is written: every ownership row has changed hands, nothing is committed
PUBLISHER = """
import sys, time
from datetime import datetime
from gridsvc.storage import Store
from gridsvc.usecases.publish_plan import publish_plan

url, adcode, plan_id, now = sys.argv[1:]

class Clock:
    def now(self):
        if sys._getframe(1).f_code.co_filename.endswith("audit.py"):
            print("in the middle", flush=True)
            time.sleep(600)
        return datetime.fromisoformat(now)

publish_plan(Store(url), Clock(), adcode=adcode, actor="planner", plan_id=plan_id, reason="by hand")
"""


@pytest.fixture
def district(store: Store, tmp_path: Path) -> SmallDistrict:
    return build(store, tmp_path, adcode="520301", shop_rows=shops(64))


def test_a_server_that_is_killed_in_the_middle_leaves_everything_as_it_was(
    database: RunningDatabase, district: SmallDistrict
) -> None:
    district.draw_and_publish(seed=1)
    district.pass_time(days=1)
    plan_id = district.draw(seed=2)
    district.approve(plan_id)
    now = district.clock.now()
    with district.store.transaction(district.adcode) as tx:
        before = ownership.owners_at(tx, now)
        version = districts.version(tx)
    asked = [sys.executable, "-c", PUBLISHER, database.app_url, district.adcode, plan_id, now.isoformat()]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, cwd=ROOT, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "in the middle\n"
        # while it is in the middle, look-ups and the list of plans answer from the generation before
        with district.store.transaction(district.adcode) as tx:
            assert ownership.owners_at(tx, now) == before
        child.send_signal(signal.SIGKILL)
    with district.store.transaction(district.adcode) as tx:
        assert ownership.owners_at(tx, now) == before
        assert districts.version(tx) == version
        assert plans.find(tx, plan_id).state is PlanState.APPROVED
        assert len(generations.all_generations(tx)) == 2
    publication = district.publish(plan_id, reason="once more")
    assert publication.generation == 2
    with district.store.transaction(district.adcode) as tx:
        after = ownership.owners_at(tx, district.clock.now())
        assert ownership.overlapping(tx) == []
    assert {key: o.staff_id for key, o in after.items()} != {key: o.staff_id for key, o in before.items()}
