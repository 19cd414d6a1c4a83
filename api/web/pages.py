"""Render the pages."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
import orjson
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.web.words import HTML_LANG, LANGUAGES, language_of, words

FOLDER = Path(__file__).parent
_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _script_data(value: object) -> Markup:
    """Give JSON that is safe inside a script element that is never run."""
    text = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704


_TEMPLATES.filters["script_data"] = _script_data


def compile_templates() -> None:
    """Compile every page, so that its first reader does not wait for that."""
    for name in _TEMPLATES.list_templates():
        _TEMPLATES.get_template(name)


@lru_cache(maxsize=64)
def modules_of(entry: str) -> tuple[str, ...]:
    """Give the addresses of a module and of all that it imports, so that a page asks for them at once.

    Without this list the browser learns of a module's imports when it has read it: one round to the service a level.
    """
    scripts, found = FOLDER / "static" / "js", dict[Path, None]()
    waiting = [scripts / entry]
    while waiting:
        file = waiting.pop(0)
        if file in found:
            continue
        found[file] = None
        named = re.findall(r"""^(?:import|export)\b[^;]*?['"](\.[^'"]+)['"]""", file.read_text("utf-8"), re.MULTILINE)
        waiting += [(file.parent / name).resolve() for name in named]
    return tuple(f"/static/js/{file.relative_to(scripts).as_posix()}" for file in found)


_TEMPLATES.globals["modules_of"] = modules_of


def page(
    request: Request, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **values: Any
) -> Response:
    """Render a template in the reader's language; nobody stores it."""
    language = language_of(request)
    known = words(language)
    text = _TEMPLATES.get_template(template).render(
        t=known.__getitem__,
        words=known,
        language=language,
        html_lang=HTML_LANG[language],
        other_language=next(other for other in LANGUAGES if other != language),
        path=request.url.path,
        **values,
    )
    merged = {"Cache-Control": "no-store", "Vary": "Accept-Language, Cookie", **(headers or {})}
    return HTMLResponse(text, status, merged)


def error_page(
    request: Request, status: int, title: str, detail: str, request_id: str, headers: dict[str, str] | None
) -> Response:
    """Render an error for a person who asked for a page."""
    known = words(language_of(request))
    shown = known.get(f"error_{status}", title)
    return page(
        request,
        "error.html",
        status=status,
        headers=headers,
        error_status=status,
        title=shown,
        detail=known.get(f"error_{status}_detail", detail),
        request_id=request_id,
    )
