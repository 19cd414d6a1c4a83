"""The routers of pages for people; the navigation shows whichever of its entries are among them."""

from __future__ import annotations

from fastapi import APIRouter

from api.routers import (
    collaboration_pages,
    data_page,
    day_pages,
    handover_page,
    pages,
    people_page,
    planner_pages,
)

PAGES: tuple[APIRouter, ...] = (
    pages.router,
    planner_pages.router,
    handover_page.router,
    people_page.router,
    data_page.router,
    collaboration_pages.router,
    day_pages.router,
)
