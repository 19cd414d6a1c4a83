"""Whether the process lives, and whether it can answer."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api.deps import ServiceOf
from api.respond import json_response
from gridsvc.domain.errors import Unavailable
from gridsvc.usecases.check_database import check_database

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="The process lives")
async def live() -> Response:
    """Answer 200 to anyone while the process runs."""
    return json_response({"state": "alive"})


@router.get("/readyz", summary="The service can answer")
def ready(service: ServiceOf) -> Response:
    """Answer 200 when the database answers, else 503."""
    try:
        check_database(service.store)
    except Unavailable as error:
        return json_response({"state": "not_ready", "reason": error.detail}, status=503)
    return json_response({"state": "ready"})
