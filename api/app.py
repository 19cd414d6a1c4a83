"""Make the application: routes, errors, headers, pages."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path

import js_lib_leaflet
from fastapi import FastAPI
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from api import errors, openapi
from api.attempts import SignInGuard
from api.deps import KnownCallers
from api.envelope import Dress, Envelope, HeadAsGet
from api.fast_lookup import FastLookup, FastLookupLayer
from api.limits import RateLimiter
from api.metrics import Metrics
from api.page_routers import PAGES
from api.preparation import Preparation
from api.respond import Rendered
from api.routers import BESIDE, V1, health, oidc
from api.web.navigation import paths_of
from api.web.pages import FOLDER
from gridsvc.usecases.address_book import AddressBook
from gridsvc.usecases.cut_tile import TileBoard
from gridsvc.usecases.draft_bench import DraftBoard
from gridsvc.usecases.estimate_route_minutes import RouteEstimates
from gridsvc.usecases.follow_changes import follow_changes
from gridsvc.usecases.measure_travel import TravelBoard
from gridsvc.usecases.ownership_snapshot import OwnershipBoard
from gridsvc.usecases.propose_replan import ReplanEngine
from gridsvc.wiring import Service, identity_provider

LEAFLET = Path(str(js_lib_leaflet.__file__)).parent / "static" / "js_lib_leaflet"
_COMPRESS_FROM_BYTES = 4000  # one ownership answer fits into three packets as it is
_BODY_BYTES = 2_000_000  # a body is read before anybody is known
_COMPRESSION = 5  # of 9: a 5,000-unit district in a few ms, within 3 % of the smallest


def create_app(service: Service, *, is_prepared: bool = True) -> FastAPI:
    """Give the application of an open service; it closes nothing that it did not open.

    `is_prepared`: read what pages need before they are asked for; `/readyz` waits for it. Short-lived servers do
    without.

    Raises `LookupError` when a route under /v1 requires no action: such a service does not start.
    """
    board = OwnershipBoard(service.store, service.clock)
    service.store.on_change(board.mark)
    replans, travel, drafts, rendered = ReplanEngine(), TravelBoard(), DraftBoard(), Rendered()
    route_estimates = RouteEstimates(service.store, travel)
    preparation = Preparation(service, board, drafts, route_estimates, rendered)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as stack:
            stack.enter_context(closing(replans))
            if is_prepared:
                stack.enter_context(preparation.running())
            else:
                preparation.is_done.set()
            stack.enter_context(follow_changes(board, preparation.mark))
            yield

    app = FastAPI(
        title="gridsvc",
        version="1",
        description="Who is responsible for this place, which grids there are, and where everybody goes today.",
        lifespan=lifespan,
        docs_url=None,  # its scripts come from another host
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # /metrics is ours, and cheaper
    )
    app.state.service = service
    app.state.board = board
    app.state.travel = travel
    app.state.preparation = preparation
    app.state.replans = replans
    app.state.route_estimates = route_estimates
    app.state.drafts = drafts
    app.state.identity_provider = identity_provider(service.settings)
    app.state.address_book = AddressBook(service.store)
    app.state.known_callers = KnownCallers()
    app.state.tiles = TileBoard(board, service.store)
    app.state.rate_limiter = RateLimiter(service.settings.rate_limit_per_s)
    app.state.metrics = Metrics()
    app.state.draining = threading.Event()
    app.state.rendered = rendered
    app.state.sign_in_guard = SignInGuard()
    app.state.page_paths = paths_of(PAGES)
    for route in openapi.guarded_routes():
        openapi.action_of(route)
    for router in (*V1, *BESIDE, health.router, oidc.router, *PAGES):
        app.include_router(router)
    app.mount("/static/leaflet", StaticFiles(directory=LEAFLET))
    app.mount("/static", StaticFiles(directory=FOLDER / "static"))
    app.openapi = lambda: openapi.describe(app)  # type: ignore[method-assign]
    errors.install(app)
    app.add_middleware(GZipMiddleware, minimum_size=_COMPRESS_FROM_BYTES, compresslevel=_COMPRESSION)
    dress = Dress(metrics=app.state.metrics, draining=app.state.draining, tile_url=service.settings.tile_url)
    # where a route says nothing else; inside the envelope, which puts the refusal into words
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=_BODY_BYTES)
    app.add_middleware(Envelope, dress=dress)
    app.add_middleware(HeadAsGet)  # outside, so that compression and errors are those of GET
    app.state.fast_lookup = FastLookup(
        board=board,
        clock=service.clock,
        callers=app.state.known_callers,
        limiter=app.state.rate_limiter,
        dress=dress,
    )
    app.add_middleware(FastLookupLayer, fast=app.state.fast_lookup)  # outermost: what it answers passes nothing else
    return app
