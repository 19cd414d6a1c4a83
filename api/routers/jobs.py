"""Long work: how far it is."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import json_response
from api.schemas.common import Limit, Listing
from gridsvc.domain.permissions import Action
from gridsvc.usecases.list_jobs import Job, list_jobs
from gridsvc.usecases.read_job import read_job

router = APIRouter(prefix="/v1", tags=["jobs"])
MayRead = Annotated[Grant, Depends(require(Action.JOBS_READ))]


@router.get("/jobs", response_model=Listing[Job], summary="Long work, newest first")
def get_jobs(grant: MayRead, service: ServiceOf, limit: Limit = 20) -> Response:
    """Give the newest jobs with their state, progress from 0 to 1, and what is being done."""
    return json_response({"items": list_jobs(service.store, adcode=grant.caller.adcode, limit=limit), "next": None})


@router.get("/jobs/{job_id}", response_model=Job, summary="One piece of long work")
def get_job(job_id: UUID, grant: MayRead, service: ServiceOf) -> Response:
    """Give a job."""
    return json_response(read_job(service.store, adcode=grant.caller.adcode, job_id=str(job_id)))
