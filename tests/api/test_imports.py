"""Files come in over HTTP as by the command line: judged row by row, in a datum that somebody named."""

from __future__ import annotations

import json

import pytest

from api.schemas.imports import plain_name
from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import Served

CSV = "门店,许可证号,地址,经度,纬度\n新店,880000000001,新路1号,106.7,26.6\n坏店,??,新路2号,106.7,26.6\n"
MAPPING = {"columns": {"name": "门店"}, "crs": "wgs84"}


def test_a_file_is_looked_into_judged_and_taken_in(served: Served) -> None:
    with served.as_key(AccountRole.PLANNER) as client:

        def send(address: str, **form: str) -> dict[str, object]:
            answer = client.post(address, data={"kind": "retailers", **form}, files={"file": ("shops.csv", CSV)})
            assert answer.status_code == 200, answer.text
            return dict(answer.json())

        seen = send("/v1/imports:inspect")
        proposed = {column["name"]: column["heading"] for column in seen["columns"]}  # type: ignore[attr-defined]
        assert (proposed["licence_no"], proposed["lon"]) == ("许可证号", "经度")
        assert (seen["has_positions"], seen["declared_datum"], seen["n_rows"]) == (True, None, 2)
        options = json.dumps(MAPPING)
        judged = send("/v1/imports", options=options, dry_run="true")
        assert judged["counts"] | {"new": 1, "rejected": 1} == judged["counts"]  # type: ignore[operator]
        assert client.get("/v1/ownership", params={"licence_no": "880000000001"}).status_code == 404
        done = send("/v1/imports", options=options)
        assert [f["row_no"] for f in done["findings"] if f["severity"] == "rejected"] == [3]  # type: ignore[attr-defined]
        past = client.get("/v1/imports").json()["items"][0]
        assert (past["file_name"], past["imported_by"], past["counts"]["new"]) == ("shops.csv", "planner", 1)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"kind": "retailers", "options": json.dumps({"columns": {"name": "门店"}})}, "in which datum"),
        ({"kind": "shops"}, "there is no import shops"),
        ({"kind": "areas"}, "need their level"),
        ({"kind": "streets"}, "second file"),
        ({"kind": "retailers", "options": "{"}, "options cannot be read"),
        ({"kind": "retailers", "options": '{"crs": "mars"}'}, "options cannot be read"),
        ({"kind": "retailers", "options": '{"columns": {"name": "no such"}, "crs": "wgs84"}'}, "no column no such"),
    ],
)
def test_what_cannot_be_taken_in_is_refused_whole_and_in_words(
    served: Served, form: dict[str, str], words: str
) -> None:
    with served.as_key(AccountRole.PLANNER) as client:
        answer = client.post("/v1/imports", data=form, files={"file": ("shops.csv", CSV)})
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [("../../etc/passwd.csv", "passwd.csv"), ("C:\\temp\\零售户 1.xlsx", "零售户 1.xlsx"), ("..", "file"),
     ("a\x00b;rm.csv", "a_b_rm.csv"), ("x" * 400 + ".csv", "x" * 146 + ".csv")],
)  # fmt: skip
def test_a_file_name_keeps_its_ending_and_names_no_folder(given: str, kept: str) -> None:
    assert plain_name(given) == kept
