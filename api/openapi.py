"""Complete the OpenAPI document: who may call what, and what a failure looks like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from api.deps import SESSION_COOKIE, Require
from api.routers import BESIDE, V1
from api.schemas.common import ProblemOut
from gridsvc.domain.permissions import PERMISSIONS, Action

_FAILURES = {
    "401": "Nobody is signed in",
    "403": "The role does not permit this",
    "404": "There is no such thing",
    "422": "The request cannot be used",
    "429": "Too many requests; `Retry-After` says how long to wait",
    "503": "A part does not answer now",
}


_FAILURES_OF_A_BODY = {"400": "The body cannot be read", "413": "The body is too large"}


def guarded_routes() -> Iterator[APIRoute]:
    """Give every route that needs a permission: those under /v1, and those beside it."""
    for router in (*V1, *BESIDE):
        for route in router.routes:
            assert isinstance(route, APIRoute)
            yield route


def action_of(route: APIRoute) -> Action:
    """Give the action that a route requires; raises `LookupError` for a route without one."""
    found = _require_of(route.dependant)
    if found is None:
        raise LookupError(f"{route.path} requires no action: give it a `require(...)` dependency")
    return found.action


def _require_of(dependant: Dependant) -> Require | None:
    if isinstance(dependant.call, Require):
        return dependant.call
    return next((found for inner in dependant.dependencies if (found := _require_of(inner))), None)


def describe(app: FastAPI) -> dict[str, Any]:
    """Give the document, made once: each operation with its action, the roles that have it, and its problems."""
    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = ProblemOut.model_json_schema()
    components["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "`gridsvc key create` prints one."},
        "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
    }
    for route in guarded_routes():
        for method in route.methods or ():
            _complete(document["paths"][route.path][method.lower()], action_of(route))
    app.openapi_schema = document
    return document


def _complete(operation: dict[str, Any], action: Action) -> None:
    operation["security"] = [{"key": []}, {"session": []}]
    operation["x-action"] = action.value
    operation["x-roles"] = [role.value for role, permitted in PERMISSIONS.items() if action in permitted]
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    failures = _FAILURES | _FAILURES_OF_A_BODY if "requestBody" in operation else _FAILURES
    for status, words in failures.items():
        operation["responses"][status] = {"description": words, "content": problem}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation, as people read it."""

    name: str
    place: str
    required: bool
    words: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, as people read it."""

    method: str
    path: str
    summary: str
    words: str
    action: str | None
    roles: list[str]
    parameters: list[Parameter]


def operations(app: FastAPI) -> list[Operation]:
    """List every operation in the document's order."""
    return [
        Operation(
            method.upper(),
            path,
            found["summary"],
            found.get("description", ""),
            found.get("x-action"),
            found.get("x-roles", []),
            [_parameter(parameter) for parameter in found.get("parameters", [])],
        )
        for path, methods in describe(app)["paths"].items()
        for method, found in methods.items()
    ]


def _parameter(found: dict[str, Any]) -> Parameter:
    words = found.get("description") or found.get("schema", {}).get("description", "")
    return Parameter(found["name"], found["in"], found.get("required", False), words)
