"""Long work: how far it is, and asking it to stop."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import json_response
from api.schemas.common import Limit, Listing
from api.schemas.jobs import JobOut, job_out
from gridsvc.domain.permissions import Action
from gridsvc.usecases.cancel_job import cancel_job
from gridsvc.usecases.list_jobs import list_jobs
from gridsvc.usecases.read_job import read_job

router = APIRouter(prefix="/v1", tags=["jobs"])
MayRead = Annotated[Grant, Depends(require(Action.JOBS_READ))]
MayWrite = Annotated[Grant, Depends(require(Action.JOBS_WRITE))]


@router.get("/jobs", response_model=Listing[JobOut], summary="Long work, newest first")
def get_jobs(grant: MayRead, service: ServiceOf, limit: Limit = 20) -> Response:
    """Give the newest jobs with their state, progress from 0 to 1, and what is being done."""
    found = list_jobs(service.store, adcode=grant.caller.adcode, limit=limit)
    return json_response({"items": [job_out(job) for job in found], "next": None})


@router.get("/jobs/{job_id}", response_model=JobOut, summary="One piece of long work")
def get_job(job_id: UUID, grant: MayRead, service: ServiceOf) -> Response:
    """Give a job."""
    return json_response(job_out(read_job(service.store, adcode=grant.caller.adcode, job_id=str(job_id))))


@router.post(
    "/jobs/{job_id}:cancel",
    response_model=JobOut,
    status_code=202,
    summary="Ask long work to stop",
    responses={409: {"description": "The job has ended already"}},
)
def stop_job(job_id: UUID, grant: MayWrite, service: ServiceOf) -> Response:
    """Ask a waiting or running job to stop; it ends soon after, and one that has ended stays as it is."""
    caller = grant.caller
    job = cancel_job(service.store, service.clock, adcode=caller.adcode, actor=caller.name, job_id=str(job_id))
    return json_response(job_out(job), status=202)
