"""Subscriptions: the service calls, signed, whenever something happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import json_response
from api.routers.retailers import event_cursor
from api.schemas.common import Listing
from gridsvc.domain.permissions import Action
from gridsvc.domain.webhooks import DeadLetter, Webhook
from gridsvc.usecases.create_webhook import NewWebhook, create_webhook
from gridsvc.usecases.list_webhooks import list_webhooks
from gridsvc.usecases.pause_webhook import pause_webhook
from gridsvc.usecases.read_webhook import read_webhook
from gridsvc.usecases.remove_webhook import remove_webhook
from gridsvc.usecases.replay_webhook import replay_webhook

router = APIRouter(prefix="/v1", tags=["webhooks"])
MayRead = Annotated[Grant, Depends(require(Action.WEBHOOKS_READ))]
MayWrite = Annotated[Grant, Depends(require(Action.WEBHOOKS_WRITE))]


class WebhookIn(BaseModel):
    """Where to call, and for which kinds of events."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"url": "https://erp.example/gridsvc", "kinds": ["generation_published"]}},
    )

    url: str = Field(max_length=2000, pattern=r"^https?://[^\s\x00-\x1f\x7f]+$")
    kinds: list[str] = Field(min_length=1, max_length=50)
    after: str | None = Field(None, description="Begin behind this event; left out: from now on.")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookWithLetters:
    """A subscription and the events that were given up."""

    webhook: Webhook
    dead_letters: list[DeadLetter]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """How many events are tried again."""

    n_events: int


@router.post("/webhooks", response_model=NewWebhook, status_code=201, summary="Subscribe to events")
def add_webhook(wanted: WebhookIn, grant: MayWrite, service: ServiceOf) -> Response:
    """Subscribe an https address. The secret that signs every call is in this answer, and never again.

    Every call is a POST with `Gridsvc-Signature: t=<seconds>,v1=<hex>`, where hex is HMAC-SHA-256, under the secret, of
    the seconds, a dot and the body. A call that is not answered with 2xx is tried again, with growing pauses, for 24 h;
    those behind it wait, so events come in order. After that it is a dead letter. The same event may come twice: its
    `event_no` tells.
    """
    caller = grant.caller
    made = create_webhook(
        service.store, service.clock, adcode=caller.adcode, actor=caller.name, url=wanted.url,
        kinds=tuple(dict.fromkeys(wanted.kinds)), after=None if wanted.after is None else event_cursor(wanted.after),
        allow_private=service.settings.webhook_allow_private,
    )  # fmt: skip
    return json_response(made, status=201)


@router.get("/webhooks", response_model=Listing[Webhook], summary="The subscriptions and how far each was delivered")
def get_webhooks(grant: MayRead, service: ServiceOf) -> Response:
    """Give the subscriptions, without their secrets."""
    return json_response({"items": list_webhooks(service.store, adcode=grant.caller.adcode), "next": None})


@router.get("/webhooks/{webhook_id}", response_model=WebhookWithLetters, summary="One subscription")
def get_webhook(webhook_id: UUID, grant: MayRead, service: ServiceOf) -> Response:
    """Give a subscription, the last answer it gave, and its dead letters."""
    known, letters = read_webhook(service.store, adcode=grant.caller.adcode, webhook_id=str(webhook_id))
    return json_response({"webhook": known, "dead_letters": letters})


@router.post("/webhooks/{webhook_id}:pause", response_model=Webhook, summary="Stop delivering for now")
def stop_webhook(webhook_id: UUID, grant: MayWrite, service: ServiceOf) -> Response:
    """Stop delivering; events wait."""
    return _pause(webhook_id, grant, service, is_paused=True)


@router.post("/webhooks/{webhook_id}:resume", response_model=Webhook, summary="Go on delivering")
def go_on_webhook(webhook_id: UUID, grant: MayWrite, service: ServiceOf) -> Response:
    """Go on where delivering stopped; a failing event is tried at once."""
    return _pause(webhook_id, grant, service, is_paused=False)


def _pause(webhook_id: UUID, grant: Grant, service: ServiceOf, *, is_paused: bool) -> Response:
    caller = grant.caller
    return json_response(
        pause_webhook(
            service.store, service.clock, adcode=caller.adcode, actor=caller.name, webhook_id=str(webhook_id),
            is_paused=is_paused,
        )
    )  # fmt: skip


@router.post(
    "/webhooks/{webhook_id}:replay", response_model=Replayed, status_code=202, summary="Send dead letters again"
)
def send_again(webhook_id: UUID, grant: MayWrite, service: ServiceOf) -> Response:
    """Deliver every event that was given up once more, before what waits."""
    caller = grant.caller
    n_events = replay_webhook(
        service.store, service.clock, adcode=caller.adcode, actor=caller.name, webhook_id=str(webhook_id)
    )
    return json_response({"n_events": n_events}, status=202)


@router.delete("/webhooks/{webhook_id}", status_code=204, response_class=Response, summary="Unsubscribe")
def delete_webhook(webhook_id: UUID, grant: MayWrite, service: ServiceOf) -> Response:
    """Remove a subscription with its dead letters."""
    caller = grant.caller
    remove_webhook(service.store, service.clock, adcode=caller.adcode, actor=caller.name, webhook_id=str(webhook_id))
    return Response(None, 204, {"Cache-Control": "no-store"})
