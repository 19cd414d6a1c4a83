"""Who looks at a page, of which district, on which day; and the frame around every page of the application."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.deps import find_caller, service_of
from api.web.navigation import navigation, permits
from api.web.pages import page
from api.web.words import language_of, words
from gridsvc.domain.accounts import Caller
from gridsvc.domain.permissions import Action
from gridsvc.usecases.find_working_day import find_working_day
from gridsvc.usecases.narrow_reach import narrow_reach
from gridsvc.usecases.read_district import DistrictFacts, read_district


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A person before a page."""

    caller: Caller
    district: DistrictFacts
    today: date


async def visit_of(request: Request, action: Action) -> Visit:
    """Give who asks for a page that needs `action`; raises `NotSignedIn` or `NotPermitted`."""
    caller = await find_caller(request)
    narrow_reach(caller.reach(action))
    service = service_of(request)
    district = await run_in_threadpool(read_district, service.store, adcode=caller.adcode)
    day = await run_in_threadpool(find_working_day, service.store, service.clock, adcode=caller.adcode)
    return Visit(caller=caller, district=district, today=day)


def app_page(
    request: Request,
    visit: Visit,
    template: str,
    *,
    active: str,
    areas: tuple[str, ...],
    values: dict[str, Any] | None = None,
    **setup: Any,
) -> Response:
    """Render a page within the application's frame.

    Parameters
    ----------
    active : the navigation entry that the page belongs to
    areas : whose words the page's scripts use, beside the common ones
    values : for the template
    setup : further values for the scripts, found in `setup` of words.js
    """
    caller = visit.caller
    settings = service_of(request).settings
    language = language_of(request)
    return page(
        request,
        template,
        caller=caller,
        district=visit.district,
        navigation=navigation(request, caller),
        active=active,
        setup={
            "caller": {"name": caller.name, "role": caller.role, "staff_id": caller.staff_id},
            "may": [action.value for action in Action if permits(caller, action)],
            "district": visit.district,
            "today": visit.today.isoformat(),
            "tiles": {"url": settings.tile_url, "attribution": settings.tile_attribution},
            "language": language,
            "words": words(language, areas),
            **setup,
        },
        **(values or {}),
    )


def local_path(path: str) -> str:
    """Give `path` when it is an address of this service, else the map: nobody is led to another site."""
    parts = urlsplit(path)
    is_local = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return path if is_local and "\\" not in path and path.isprintable() else "/"
