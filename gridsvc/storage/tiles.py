"""Cut shapes into Mapbox vector tiles, by PostGIS."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from gridsvc.storage.store import Transaction

_CUT = sa.text(
    """
    WITH tile AS (SELECT ST_TileEnvelope(:z, :x, :y) AS box),
    cut AS (
        SELECT g.properties::jsonb AS properties,
            ST_AsMVTGeom(ST_Transform(ST_GeomFromWKB(g.shape, 4326), 3857), tile.box, 4096, 64, true) AS geom
        FROM unnest(:shapes, :properties) AS g(shape, properties), tile
    )
    SELECT ST_AsMVT(cut, :name, 4096, 'geom') FROM cut WHERE geom IS NOT NULL
    """
).bindparams(sa.bindparam("shapes", type_=ARRAY(sa.LargeBinary)), sa.bindparam("properties", type_=ARRAY(sa.Text)))


def cut_tile(
    tx: Transaction, name: str, z: int, x: int, y: int, shapes: Sequence[bytes], properties: Sequence[str]
) -> bytes:
    """Give one tile with one layer `name`; `shapes` are WKB in WGS-84, `properties` a JSON object each."""
    bound = {"z": z, "x": x, "y": y, "name": name, "shapes": list(shapes), "properties": list(properties)}
    return bytes(tx.execute(_CUT, bound).scalar_one() or b"")
