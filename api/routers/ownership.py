"""Who is responsible: by place, code, licence, address, cell or identifier, one by one or in thousands."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.batch import NDJSON, batch_body, read_batch, render_batch
from api.deps import Grant, ServiceOf, require
from api.ownership_response import rendered
from api.respond import held_tags
from api.schemas.common import AsOf
from api.schemas.ownership import EXAMPLE_BATCH, BatchOut, in_terms_of
from geo_data.datums import Datum, to_wgs84
from gridsvc.domain.errors import BadInput
from gridsvc.domain.layers import Layer
from gridsvc.domain.ownership import OwnershipAnswer
from gridsvc.domain.permissions import Action
from gridsvc.usecases.address_book import AddressBook
from gridsvc.usecases.find_ownership import LARGEST_ACCURACY_M, find_ownership
from gridsvc.usecases.find_ownership_batch import find_ownership_batch
from gridsvc.usecases.ownership_snapshot import OwnershipBoard

router = APIRouter(prefix="/v1", tags=["ownership"])
BATCH_BYTES = 16_000_000


def _board(request: Request) -> OwnershipBoard:
    return cast(OwnershipBoard, request.app.state.board)


def _book(request: Request) -> AddressBook:
    return cast(AddressBook, request.app.state.address_book)


Board = Annotated[OwnershipBoard, Depends(_board)]
Book = Annotated[AddressBook, Depends(_book)]
MayAsk = Annotated[Grant, Depends(require(Action.OWNERSHIP_READ))]
Crs = Annotated[Datum, Query(description="Datum of lat and lon, in the question and in the answer. Never guessed.")]
OneLayer = Annotated[Layer | None, Query(description="Answer this layer only.")]


def _respond(request: Request, answer: OwnershipAnswer, crs: Datum, layer: Layer | None) -> Response:
    told = in_terms_of(answer, crs, () if layer is None else (layer,))
    status, headers, body = rendered(told, held_tags(request))
    response = Response(body, status)
    response.raw_headers = headers
    return response


@router.get("/ownership", response_model=OwnershipAnswer, summary="Who is responsible for a place or a retailer")
def read_ownership(
    request: Request,
    grant: MayAsk,
    service: ServiceOf,
    board: Board,
    book: Book,
    lat: Annotated[float | None, Query(ge=-90, le=90, description="Degrees; with lon.", examples=[26.5783])] = None,
    lon: Annotated[float | None, Query(ge=-180, le=180, description="Degrees; with lat.", examples=[106.7135])] = None,
    accuracy_m: Annotated[
        float | None,
        Query(ge=0, le=LARGEST_ACCURACY_M, description="Radius within which the place is known; with lat and lon."),
    ] = None,
    retailer_code: Annotated[str | None, Query(max_length=100)] = None,
    licence_no: Annotated[str | None, Query(max_length=100)] = None,
    address: Annotated[
        str | None, Query(min_length=2, max_length=300, description="As people write it; found offline.")
    ] = None,
    crs: Crs = Datum.WGS84,
    layer: OneLayer = None,
    as_of: AsOf = None,
) -> Response:
    """Ask in exactly one way: by `lat` and `lon`, by `retailer_code`, by `licence_no`, or by `address`.

    The answer is never nobody: a layer without an owner names the department and the reason. Where the place is
    uncertain (`accuracy_m`, or an address that was found only roughly) it tells how certain each owner is and who else
    it may be.
    """
    if lon is not None and lat is not None:
        x, y = to_wgs84(lon, lat, crs)
        lon, lat = float(x), float(y)
    answer = find_ownership(
        board,
        service.clock,
        adcode=grant.caller.adcode,
        lat=lat,
        lon=lon,
        accuracy_m=accuracy_m,
        retailer_code=retailer_code,
        licence_no=licence_no,
        address=address,
        as_of=as_of,
        book=book,
    )
    return _respond(request, answer, crs, layer)


@router.get(
    "/retailers/{retailer_id}/ownership", response_model=OwnershipAnswer, summary="Who is responsible for a shop"
)
def read_retailer_ownership(
    request: Request,
    retailer_id: Annotated[str, Path(max_length=100)],
    grant: MayAsk,
    service: ServiceOf,
    board: Board,
    crs: Crs = Datum.WGS84,
    layer: OneLayer = None,
    as_of: AsOf = None,
) -> Response:
    """Answer for one shop by its identifier."""
    adcode = grant.caller.adcode
    answer = find_ownership(board, service.clock, adcode=adcode, retailer_id=retailer_id, as_of=as_of)
    return _respond(request, answer, crs, layer)


@router.get("/cells/{cell}/ownership", response_model=OwnershipAnswer, summary="Who is responsible for an H3 cell")
def read_cell_ownership(
    request: Request,
    cell: Annotated[str, Path(max_length=20, description="H3 index in hex, resolution 6 or finer.")],
    grant: MayAsk,
    service: ServiceOf,
    board: Board,
    crs: Crs = Datum.WGS84,
    layer: OneLayer = None,
    as_of: AsOf = None,
) -> Response:
    """Answer for a cell: a fine one belongs to one unit; a coarse one to who holds most of it, with the others' shares.

    The share is by resolution-10 cells, which are what units are made of.
    """
    answer = find_ownership(board, service.clock, adcode=grant.caller.adcode, cell=cell, as_of=as_of)
    return _respond(request, answer, crs, layer)


@router.post(
    "/ownership:batch",
    response_model=BatchOut,
    summary="Who is responsible for many places, shops and cells at once",
    openapi_extra={"requestBody": batch_body(EXAMPLE_BATCH)},
    responses={200: {"content": {NDJSON: {"schema": {"type": "string"}}}}},
    max_body_size=BATCH_BYTES,
)
async def read_ownership_batch(
    request: Request,
    grant: MayAsk,
    service: ServiceOf,
    board: Board,
    book: Book,
    layers: Annotated[str | None, Query(max_length=100, description="Layers to answer, a comma between.")] = None,
    crs: Crs = Datum.WGS84,
    as_of: AsOf = None,
    distances: Annotated[bool, Query(description="Tell how far each place is from the border of its grid.")] = False,
) -> Response:
    """Answer up to 100,000 questions from one generation; one that fails does not fail the others.

    Send `{"items": [...]}`, each item asking in one way as `/v1/ownership` does (`lon` and `lat`, `retailer_id`,
    `retailer_code`, `licence_no`, `cell`, `address`), or places as columns, `{"lon": [...], "lat": [...]}`. The answer
    lists per layer the distinct `owners` and, per question, which of them is its own (`owner_of_item`).

    Lines of JSON (`application/x-ndjson`), one item each, are answered by lines, each complete in itself.
    """
    chosen = _layers(layers)
    body = await request.body()
    batch = read_batch(body, request.headers.get("content-type", ""), crs)

    def answer() -> tuple[bytes, str]:
        found = find_ownership_batch(
            board, service.clock, adcode=grant.caller.adcode, lon=batch.lon, lat=batch.lat, others=batch.others,
            as_of=as_of, with_distances=distances, book=book,
        )  # fmt: skip
        return render_batch(found, batch, crs, chosen)

    rendered_body, media_type = await run_in_threadpool(answer)
    return Response(rendered_body, 200, {"Cache-Control": "no-store"}, media_type)


def _layers(text: str | None) -> tuple[Layer, ...]:
    try:
        return tuple(Layer(name.strip()) for name in text.split(",")) if text else ()
    except ValueError:
        raise BadInput(f"layers is {text}; name some of {', '.join(Layer)}") from None
