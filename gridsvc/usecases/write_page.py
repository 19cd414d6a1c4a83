"""Write a page or a picture to a file."""

from __future__ import annotations

from pathlib import Path

from gridsvc.domain.errors import BadInput


def write_page(out: Path, page: str) -> int:
    """Write the whole text or nothing and give the file's bytes; `BadInput` where it cannot be written."""
    partial = out.with_name(f".{out.name}.partial")
    try:
        partial.write_text(page, encoding="utf-8")
        partial.replace(out)
    except OSError as error:
        raise BadInput(f"cannot write {out}: {error.strerror or error}") from error
    return out.stat().st_size
