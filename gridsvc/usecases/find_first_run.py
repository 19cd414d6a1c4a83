"""Find out how far the first run of this database is."""

from __future__ import annotations

from dataclasses import dataclass

from gridsvc.domain.ids import SAMPLE_ADCODE, Adcode
from gridsvc.storage import Store, districts, jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRun:
    """What there is: a district, whether it is the sample, and its first planning, done or under way."""

    adcode: Adcode | None
    is_sample: bool
    is_planned: bool
    open_job_id: str | None


def find_first_run(store: Store) -> FirstRun:
    """Look at the database; an ended job that failed is not counted, so that the next run tries again."""
    with store.directory() as tx:
        known = districts.all_districts(tx)
    if not known:
        return FirstRun(adcode=None, is_sample=False, is_planned=False, open_job_id=None)
    sample = [district for district in known if district.adcode == SAMPLE_ADCODE and district.is_synthetic]
    if not sample:
        return FirstRun(adcode=known[0].adcode, is_sample=False, is_planned=True, open_job_id=None)
    with store.transaction(SAMPLE_ADCODE) as tx:
        runs = [job for job in jobs.newest(tx, limit=1000) if job.kind == "first_run"]
    return FirstRun(
        adcode=SAMPLE_ADCODE,
        is_sample=True,
        is_planned=any(job.state is jobs.JobState.DONE for job in runs),
        open_job_id=next((job.job_id for job in runs if job.ended_at is None), None),
    )
