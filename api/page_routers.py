"""The routers of pages for people; the navigation shows whichever of its entries are among them."""

from __future__ import annotations

from fastapi import APIRouter

from api.routers import (
    collaboration_pages,
    pages,
    planner_pages,
)

PAGES: tuple[APIRouter, ...] = (
    pages.router,
    planner_pages.router,
    collaboration_pages.router,
)
