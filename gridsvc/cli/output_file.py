"""Whether a file that a command is asked to write can be written, asked before the work whose result it takes."""

from __future__ import annotations

import os
from pathlib import Path


def output_fault(path: Path) -> str:
    """Return in words why nothing can be written to `path`, empty for nothing; a full disk shows only in writing."""
    try:
        if path.is_dir():
            return "it is a folder"
        if not path.parent.is_dir():
            return f"there is no folder {path.parent}"
        is_writable = os.access(path if path.exists() else path.parent, os.W_OK)
    except OSError as error:
        return error.strerror or str(error)
    return "" if is_writable else "permission denied"
