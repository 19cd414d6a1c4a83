"""What a worker does with searches, without a queue."""

from __future__ import annotations

from gridsvc.engines.pool import EnginePool
from gridsvc.usecases.carry_out_job import carry_out_job
from gridsvc.usecases.list_jobs import list_jobs
from gridsvc.wiring import job_works
from tests.api.conftest import Served


def work_off(served: Served, pool: EnginePool) -> None:
    """Do what a worker does with the newest job."""
    adcode = served.seeded.adcode
    job = list_jobs(served.service.store, adcode=adcode, limit=1)[0]
    work = job_works(served.service, pool)[job.kind]
    carry_out_job(
        served.service.store,
        served.clock,
        adcode=adcode,
        job_id=job.job_id,
        work=lambda request, report, is_cancelled: work(adcode, request, report, is_cancelled),
    )
