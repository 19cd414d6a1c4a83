"""The routes, by concept. Each handler parses, asks one use-case and renders."""

from __future__ import annotations

from fastapi import APIRouter

from api.routers import (
    access,
    collaborations,
    covers,
    cycles,
    days,
    districts,
    drafts,
    estimates,
    events,
    explanations,
    geocoding,
    grids,
    health,
    imports,
    jobs,
    layout,
    ogc,
    organisation,
    ownership,
    plan_figures,
    plan_jobs,
    plans,
    proposals,
    retailers,
    reviews,
    roster,
    tiles,
    visits,
    webhooks,
)

V1: tuple[APIRouter, ...] = (
    districts.router,
    ownership.router,
    geocoding.router,
    grids.router,
    retailers.router,
    cycles.router,
    reviews.router,
    tiles.router,
    events.router,
    webhooks.router,
    days.router,
    proposals.router,
    visits.router,
    estimates.router,
    plans.router,
    plan_figures.router,
    plan_jobs.router,
    explanations.router,
    drafts.router,
    roster.router,
    imports.router,
    covers.router,
    layout.router,
    organisation.router,
    access.router,
    jobs.router,
    collaborations.router,
)
# outside /v1, by their own standards, but behind the same guard
BESIDE: tuple[APIRouter, ...] = (ogc.router, health.guarded)
