"""The routes, by concept. Each handler parses, asks one use-case and renders."""

from __future__ import annotations

from fastapi import APIRouter

from api.routers import (
    collaborations,
    covers,
    cycles,
    days,
    districts,
    drafts,
    estimates,
    geocoding,
    grids,
    imports,
    jobs,
    ownership,
    plans,
    proposals,
    retailers,
    reviews,
    roster,
    visits,
)

V1: tuple[APIRouter, ...] = (
    districts.router,
    ownership.router,
    geocoding.router,
    grids.router,
    retailers.router,
    cycles.router,
    reviews.router,
    days.router,
    proposals.router,
    visits.router,
    estimates.router,
    plans.router,
    drafts.router,
    roster.router,
    imports.router,
    covers.router,
    jobs.router,
    collaborations.router,
)
