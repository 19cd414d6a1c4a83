"""Uploads at the border: files under plain names, options as JSON, reports as they go out."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import UploadFile
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from geo_data.datums import Datum
from gridsvc.domain.errors import BadInput
from gridsvc.domain.imports import FieldChange, Remark, RowFinding
from gridsvc.usecases.start_import import UploadedFile

_PLAIN_NAME = re.compile(r"[^\w.\-()（）\[\] ]+")
_LONGEST_NAME = 150


class OptionsIn(BaseModel):
    """How to read the file; the datum of coordinates is always named by the user."""

    model_config = ConfigDict(extra="forbid")

    columns: Annotated[dict[str, str], Field(max_length=60)] = {}
    where: Annotated[dict[str, str], Field(max_length=20)] = {}
    crs: Datum | None = None
    encoding: Annotated[str | None, Field(max_length=40)] = None
    part: Annotated[str | None, Field(max_length=200)] = None
    level: Annotated[str, Field(max_length=60)] = ""

    def source(self) -> dict[str, Any]:
        """Give the options as the use-cases take them, as JSON."""
        return {
            "columns": self.columns, "where": self.where, "crs": self.crs.value if self.crs else None,
            "encoding": self.encoding or None, "part": self.part or None,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReportOut:
    """What an import did, row by row: every rejected and every suspicious one with its reason."""

    kind: str
    file_name: str
    counts: dict[str, int]
    notes: tuple[Remark, ...]
    findings: tuple[RowFinding, ...]
    changes: tuple[FieldChange, ...]
    is_dry_run: bool
    is_synthetic: bool


def parse_options(text: str) -> OptionsIn:
    """Read the options; raises `BadInput` with each fault."""
    try:
        return OptionsIn.model_validate_json(text or "{}")
    except ValidationError as error:
        faults = tuple(f"{'.'.join(map(str, f['loc']))}: {f['msg']}" for f in error.errors())
        raise BadInput("the options cannot be read", violations=faults) from error


@contextmanager
def on_disk(*uploads: UploadFile | None) -> Iterator[list[Path | None]]:
    """Keep uploaded files under their own names in a folder that nobody else reads, and remove them afterwards."""
    with TemporaryDirectory(prefix="gridsvc-upload-") as folder:
        paths: list[Path | None] = []
        for number, upload in enumerate(uploads):
            if upload is None or not upload.filename:
                paths.append(None)
                continue
            own = Path(folder, str(number))
            own.mkdir()
            path = own / plain_name(upload.filename)
            with path.open("wb") as stream:
                shutil.copyfileobj(upload.file, stream)
            paths.append(path)
        yield paths


def uploaded(upload: UploadFile | None) -> UploadedFile | None:
    """Give a file as it came, None where none was sent; the border has limited its size."""
    if upload is None or not upload.filename:
        return None
    return UploadedFile(file_name=plain_name(upload.filename), content=upload.file.read())


def plain_name(name: str) -> str:
    """Give a file name without folders and odd characters; its ending stays."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = _PLAIN_NAME.sub("_", last).strip(". ") or "file"
    return plain[-_LONGEST_NAME:]
