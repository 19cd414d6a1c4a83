"""What a plan comes to: metrics, differences, scenarios side by side, certificate, and the handover lists."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import json_response
from api.routers.drafts import Drafts
from api.routers.roster import XLSX
from gridsvc.domain.ids import StaffId
from gridsvc.domain.permissions import Action
from gridsvc.usecases.acknowledge_handover import Side, acknowledge_handover
from gridsvc.usecases.compare_plans import Comparison, compare_plans
from gridsvc.usecases.diff_plan import PlanDiff, diff_plan
from gridsvc.usecases.list_handovers import Handovers, list_handovers
from gridsvc.usecases.measure_plan import PlanMetrics, measure_plan
from gridsvc.usecases.read_plan import read_plan
from gridsvc.usecases.verify_plan import Verdict, verify_plan
from gridsvc.usecases.write_handovers import write_handovers

router = APIRouter(prefix="/v1", tags=["plans"])
MayRead = Annotated[Grant, Depends(require(Action.PLANS_READ))]
MaySee = Annotated[Grant, Depends(require(Action.HANDOVERS_READ))]
OneStaff = Annotated[UUID | None, Query(description="Lists of this member of staff only.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateOut:
    """A plan's certificate, its sentence, and whether it holds today."""

    headline: dict[str, str]
    certificate: dict[str, Any]
    verdict: Verdict


class AcknowledgeIn(BaseModel):
    """Which list, and for which side."""

    model_config = ConfigDict(extra="forbid")

    from_staff_id: UUID
    to_staff_id: UUID
    side: Side


@router.get("/plans:compare", response_model=Comparison, summary="Two to four scenarios side by side")
def get_comparison(
    grant: MayRead,
    service: ServiceOf,
    drafts: Drafts,
    plan_ids: Annotated[str, Query(description="Two to four plan ids, comma-separated.", max_length=200)],
) -> Response:
    """Give every scenario's metrics, and for every two of them the units and shops whose owner differs."""
    wanted = [plan_id.strip() for plan_id in plan_ids.split(",") if plan_id.strip()]
    adcode = grant.caller.adcode
    return json_response(compare_plans(service.store, service.clock, drafts, adcode=adcode, plan_ids=wanted))


@router.get("/plans/{plan_id}/metrics", response_model=PlanMetrics, summary="Metrics of a plan, before and after")
def get_metrics(plan_id: UUID, grant: MayRead, service: ServiceOf, drafts: Drafts) -> Response:
    """Give every metric of the registry with its version, per layer before and after, trios, and one sentence."""
    adcode = grant.caller.adcode
    return json_response(measure_plan(service.store, service.clock, drafts, adcode=adcode, plan_id=str(plan_id)))


@router.get("/plans/{plan_id}/diff", response_model=PlanDiff, summary="What a plan changes")
def get_diff(plan_id: UUID, grant: MayRead, service: ServiceOf, drafts: Drafts) -> Response:
    """Give gained and lost shops per grid and person, what is under way there, and changes of the order day.

    A plan in force is compared with what was before it, any other with today's owners.
    """
    adcode = grant.caller.adcode
    return json_response(diff_plan(service.store, service.clock, drafts, adcode=adcode, plan_id=str(plan_id)))


@router.get("/plans/{plan_id}/certificate", response_model=CertificateOut, summary="A plan's certificate, verified")
def get_certificate(plan_id: UUID, grant: MayRead, service: ServiceOf, drafts: Drafts) -> Response:
    """Judge the plan again and compare it with what its design certified; a hand-drawn plan has no certificate."""
    who: dict[str, Any] = {"adcode": grant.caller.adcode, "plan_id": str(plan_id)}
    metrics = measure_plan(service.store, service.clock, drafts, **who)
    found = read_plan(service.store, **who)
    verdict = verify_plan(service.store, service.clock, adcode=grant.caller.adcode, wanted=str(plan_id))
    return json_response(
        CertificateOut(headline=metrics.headline, certificate=found.findings.certificate, verdict=verdict)
    )


def _asked(staff_id: UUID | None) -> StaffId | None:
    return StaffId(str(staff_id)) if staff_id else None


@router.get("/plans/{plan_id}/handover", response_model=Handovers, summary="From whom to whom which shops go")
def get_handover(
    plan_id: UUID, grant: MaySee, service: ServiceOf, drafts: Drafts, staff_id: OneStaff = None
) -> Response:
    """Give a list per pair of people: shops, what is under way there and its rule, and who acknowledged it.

    Together the lists are the plan's diff.
    """
    who: dict[str, Any] = {"adcode": grant.caller.adcode, "plan_id": str(plan_id), "reach": grant.reach}
    return json_response(list_handovers(service.store, service.clock, drafts, **who, staff_id=_asked(staff_id)))


@router.get(
    "/plans/{plan_id}/handover.xlsx",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}, "description": "One row per shop that changes hands"}},
    summary="The handover lists as a spreadsheet",
)
def get_handover_sheet(
    plan_id: UUID, grant: MaySee, service: ServiceOf, drafts: Drafts, staff_id: OneStaff = None
) -> Response:
    """Give the same lists to be printed and signed."""
    who: dict[str, Any] = {"adcode": grant.caller.adcode, "actor": grant.caller.name, "plan_id": str(plan_id)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "handover.xlsx"
        write_handovers(
            service.store, service.clock, drafts, **who, path=path, staff_id=_asked(staff_id), reach=grant.reach
        )
        body = path.read_bytes()
    headers = {"Content-Disposition": 'attachment; filename="handover.xlsx"', "Cache-Control": "no-store"}
    return Response(body, media_type=XLSX, headers=headers)


@router.post(
    "/plans/{plan_id}/handover:acknowledge", response_model=Handovers, summary="Say that a list was handed over"
)
def post_acknowledgement(
    plan_id: UUID,
    body: AcknowledgeIn,
    grant: Annotated[Grant, Depends(require(Action.HANDOVERS_ACKNOWLEDGE))],
    service: ServiceOf,
    drafts: Drafts,
) -> Response:
    """Keep the word of the giving or the receiving side; a field role speaks for itself, a head for the department."""
    caller = grant.caller
    acknowledge_handover(
        service.store,
        service.clock,
        drafts,
        adcode=caller.adcode,
        actor=caller.name,
        plan_id=str(plan_id),
        from_staff_id=StaffId(str(body.from_staff_id)),
        to_staff_id=StaffId(str(body.to_staff_id)),
        side=body.side,
        reach=grant.reach,
    )
    who: dict[str, Any] = {"adcode": caller.adcode, "plan_id": str(plan_id), "reach": grant.reach}
    return json_response(list_handovers(service.store, service.clock, drafts, **who))
