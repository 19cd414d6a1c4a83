"""Write the synthetic district, city or province as the files that a user would import."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from geo_data.samples import SIZES, make_district, write_district
from gridsvc.domain.errors import BadInput


def write_sample(
    folder: Path, *, size: str = "district", seed: int = 1, on_progress: Callable[[float, str], None] | None = None
) -> list[Path]:
    """Write the files into `folder` (made where it lacks) and give their paths; the same seed gives the same bytes.

    Raises `BadInput` for an unknown size, a negative seed or a folder that cannot be written.
    """
    say = on_progress or (lambda share, words: None)
    if seed < 0:
        raise BadInput(f"a seed is a whole number from 0, not {seed}")
    for known in ("district", "city", "province"):
        if size == known:
            say(0.0, "inventing streets, shops and people")
            invented = make_district(known, seed=seed)
            say(0.7, "writing the files")
            try:
                return write_district(invented, folder)
            except OSError as error:
                raise BadInput(f"{folder}: cannot be written ({error.strerror or error})") from error
    raise BadInput(f"{size} is no size of a sample; take one of {', '.join(SIZES)}")
