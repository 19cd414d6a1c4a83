"""Make a folium page self-contained: every address it names is replaced by the file itself, or the page is refused.

folium's pages load Leaflet, jQuery, Bootstrap and fonts from other hosts. A report has to open with the network off and
must not tell anybody that it was opened, so each address is looked up in a table; one that is not in it is an error.
"""

from __future__ import annotations

import base64
import re
from functools import cache
from importlib import import_module
from pathlib import Path


class UnknownAddressError(ValueError):
    """A page names an address for which there is no file: add it to the table, or leave out what needs it."""


_LEAFLET_JS = "leaflet.js"
_LEAFLET_CSS = "leaflet.css"
# address that folium 0.20 writes -> file of the installed Leaflet 1.9.4, or None: our reports use nothing of it
FILE_OF_ADDRESS: dict[str, str | None] = {
    "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js": _LEAFLET_JS,
    "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.css": _LEAFLET_CSS,
    "https://code.jquery.com/jquery-3.7.1.min.js": None,
    "https://cdn.jsdelivr.net/npm/bootstrap@5.2.2/dist/js/bootstrap.bundle.min.js": None,
    "https://cdn.jsdelivr.net/npm/bootstrap@5.2.2/dist/css/bootstrap.min.css": None,
    "https://cdnjs.cloudflare.com/ajax/libs/Leaflet.awesome-markers/2.0.2/leaflet.awesome-markers.js": None,
    "https://cdnjs.cloudflare.com/ajax/libs/Leaflet.awesome-markers/2.0.2/leaflet.awesome-markers.css": None,
    "https://netdna.bootstrapcdn.com/bootstrap/3.0.0/css/bootstrap-glyphicons.css": None,
    "https://cdn.jsdelivr.net/npm/@fortawesome/fontawesome-free@6.2.0/css/all.min.css": None,
    "https://cdn.jsdelivr.net/gh/python-visualization/folium/folium/templates/leaflet.awesome.rotate.min.css": None,
}
_SCRIPT = re.compile(r'<script src="([^"]+)">\s*</script>')
_STYLE = re.compile(r'<link rel="stylesheet" href="([^"]+)"\s*/?>')
_CSS_FILE = re.compile(r"url\(([^)]+)\)")
_LOADED = re.compile(
    r"""<(?:script|link|img|iframe|source|object|embed)\b[^>]*?\b(?:src|href|data)\s*=\s*["']([^"']+)"""
)


def self_contained(page: str) -> str:
    """Give the page with every script and style inside it; raises `UnknownAddressError` for an address not known."""
    written = _SCRIPT.sub(lambda found: _script(found[1]), page)
    written = _STYLE.sub(lambda found: _style(found[1]), written)
    left = [address for address in _LOADED.findall(_without_scripts(written)) if not address.startswith("data:")]
    if left:
        raise UnknownAddressError(f"the page still loads {', '.join(sorted(set(left)))}")
    return written


def leaflet_folder() -> Path:
    """Give the folder of the installed Leaflet's files."""
    return Path(str(import_module("js_lib_leaflet").__file__)).parent / "static" / "js_lib_leaflet"


def _file(address: str) -> str | None:
    if address not in FILE_OF_ADDRESS:
        raise UnknownAddressError(f"no file is known for {address}")
    return FILE_OF_ADDRESS[address]


def _script(address: str) -> str:
    name = _file(address)
    if name is None:
        return ""
    text = (leaflet_folder() / name).read_text(encoding="utf-8")
    without_map = re.sub(r"//# sourceMappingURL=\S+\s*$", "", text)
    return "<script>" + without_map.replace("</script", "<\\/script") + _default_icon() + "</script>"


def _default_icon() -> str:
    """Give Leaflet its default marker from inside the page: it would look for image files beside the page."""
    names = {"iconUrl": "marker-icon.png", "iconRetinaUrl": "marker-icon-2x.png", "shadowUrl": "marker-shadow.png"}
    images = ",".join(f"{option}:'{_image(name)}'" for option, name in names.items())
    return f"\nL.Icon.Default.imagePath='';L.Icon.Default.mergeOptions({{{images}}});"


@cache
def _image(name: str) -> str:
    content = (leaflet_folder() / "images" / name).read_bytes()
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


def _style(address: str) -> str:
    name = _file(address)
    return "" if name is None else f"<style>{_css(name)}</style>"


@cache
def _css(name: str) -> str:
    folder = leaflet_folder()

    def embedded(found: re.Match[str]) -> str:
        target = found[1].strip("\"' ")
        if target.startswith(("data:", "#")):
            return found[0]
        return f"url(data:image/png;base64,{base64.b64encode((folder / target).read_bytes()).decode()})"

    return _CSS_FILE.sub(embedded, (folder / name).read_text(encoding="utf-8"))


def _without_scripts(page: str) -> str:
    return re.sub(r"(<script[^>]*>).*?</script>", r"\1</script>", page, flags=re.DOTALL)
