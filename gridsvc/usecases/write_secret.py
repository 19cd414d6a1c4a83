"""Write a file that only its owner can read."""

from __future__ import annotations

import os
from pathlib import Path


def write_secret(file: Path, text: str) -> None:
    """Write a file that only its owner can read; it never exists with wider rights."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
    partial.rename(file)
