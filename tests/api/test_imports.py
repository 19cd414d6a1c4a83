"""Files come in over HTTP as by the command line: by a job, judged row by row, in a datum that somebody named."""

from __future__ import annotations

import gzip
import json

import httpx
import pytest
import sqlalchemy as sa

from api.schemas.imports import plain_name
from gridsvc.domain.permissions import AccountRole
from gridsvc.storage import tables
from tests.api.conftest import Served
from tests.fakes.data_worker import ended

CSV = "门店,许可证号,地址,经度,纬度\n新店,880000000001,新路1号,106.7,26.6\n坏店,??,新路2号,106.7,26.6\n"
MAPPING = {"columns": {"name": "门店"}, "crs": "wgs84"}


def post(
    client: httpx.Client, form: dict[str, str], content: str | bytes = CSV, name: str = "shops.csv"
) -> httpx.Response:
    return client.post("/v1/imports", data=form, files={"file": (name, content)})


def test_a_file_is_looked_into_judged_and_taken_in(served: Served) -> None:
    here = (served.service, served.seeded.adcode)
    with served.as_key(AccountRole.PLANNER) as client:
        looked = client.post("/v1/imports:inspect", data={"kind": "retailers"}, files={"file": ("shops.csv", CSV)})
        seen = looked.json()
        proposed = {column["name"]: column["heading"] for column in seen["columns"]}
        assert (proposed["licence_no"], proposed["lon"]) == ("许可证号", "经度")
        assert (seen["has_positions"], seen["declared_datum"], seen["n_rows"]) == (True, None, 2)
        form = {"kind": "retailers", "options": json.dumps(MAPPING)}
        judged = ended(client, post(client, form | {"dry_run": "true"}), *here)
        assert (judged["state"], judged["result"]["is_dry_run"]) == ("done", True)
        assert judged["result"]["counts"] | {"new": 1, "rejected": 1} == judged["result"]["counts"]
        assert client.get("/v1/ownership", params={"licence_no": "880000000001"}).status_code == 404
        done = ended(client, post(client, form), *here)
        report = client.get(done["links"]["report"]).json()
        assert [f["row_no"] for f in report["findings"] if f["severity"] == "rejected"] == [3]
        assert report["counts"] == done["result"]["counts"]
        assert {"code": "encoding", "words": "read as utf-8: every byte fits", "evidence": {"encoding": "utf-8"}} in (
            report["notes"]
        )
        # as reports were kept before notes had kinds
        with served.service.store.transaction(served.seeded.adcode) as tx:
            tx.execute(sa.update(tables.import_report).values(document=report | {"notes": ["read as utf-8"]}))
        older = client.get(done["links"]["report"]).json()
        assert older == report | {"notes": [{"code": "", "words": "read as utf-8", "evidence": {}}]}
        past = client.get("/v1/imports").json()["items"][0]
        assert (past["file_name"], past["imported_by"], past["counts"]["new"]) == ("shops.csv", "planner", 1)
    with served.service.store.transaction(served.seeded.adcode) as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(tables.upload)).scalar_one() == 0


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"kind": "shops"}, "there is no import shops"),
        ({"kind": "areas"}, "need their level"),
        ({"kind": "streets"}, "second file"),
        ({"kind": "retailers", "options": "{"}, "options cannot be read"),
        ({"kind": "retailers", "options": '{"crs": "mars"}'}, "options cannot be read"),
    ],
)
def test_what_cannot_be_taken_in_is_refused_before_it_is_queued(
    served: Served, form: dict[str, str], words: str
) -> None:
    with served.as_key(AccountRole.PLANNER) as client:
        before = client.get("/v1/jobs").json()["items"][:1]
        answer = post(client, form)
        assert client.get("/v1/jobs").json()["items"][:1] == before
        assert "is empty" in post(client, {"kind": "retailers"}, content="").json()["detail"]
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(
    ("options", "name", "content", "words"),
    [
        ({"columns": {"name": "门店"}}, "shops.csv", CSV.encode(), "in which datum"),
        ({"columns": {"name": "no such"}, "crs": "wgs84"}, "shops.csv", CSV.encode(), "no column no such"),
        ({}, "shops.docx", b"x", "files ending in .docx are not read"),
        ({"crs": "wgs84"}, "bomb.csv.gz", gzip.compress(b"a" * 1024 * 1024) * 600, "512 MB when it is unpacked"),
    ],
)
def test_a_file_that_cannot_be_used_as_a_whole_ends_its_job_in_words(
    served: Served, options: dict[str, object], name: str, content: bytes, words: str
) -> None:
    with served.as_key(AccountRole.PLANNER) as client:
        answer = post(client, {"kind": "retailers", "options": json.dumps(options)}, content, name)
        failed = ended(client, answer, served.service, served.seeded.adcode)
        assert (failed["state"], failed["result"]) == ("failed", None)
        assert words in failed["words"]
        assert "report" not in failed["links"]
        assert client.get(f"{failed['links']['self']}/report").status_code == 404


def test_an_import_that_is_stopped_in_time_writes_nothing(served: Served) -> None:
    with served.as_key(AccountRole.PLANNER) as client:
        form = {"kind": "retailers", "options": json.dumps(MAPPING)}
        answer = post(client, form, CSV.replace("880000000001", "880000000009"))
        assert client.post(answer.json()["links"]["cancel"]).status_code == 202
        assert ended(client, answer, served.service, served.seeded.adcode)["state"] == "cancelled"
        assert client.get("/v1/ownership", params={"licence_no": "880000000009"}).status_code == 404
    with served.as_key(AccountRole.APPROVER) as client:
        assert post(client, {"kind": "retailers"}).status_code == 403


def test_shops_without_a_point_are_looked_up_as_a_job(served: Served) -> None:
    with served.as_key(AccountRole.PLANNER) as client:
        rows = "店名,许可证号,地址,经度,纬度\n甲,880000000021,不明路1号,,\n乙,880000000022,无名路2号,,\n"
        form = {"kind": "retailers", "options": '{"crs": "wgs84"}'}
        here = (served.service, served.seeded.adcode)
        taken = ended(client, post(client, form, rows), *here)
        assert taken["state"] == "done", taken["words"]
        done = ended(client, client.post("/v1/retailers:geocode"), *here)
    assert done["state"] == "done"
    assert done["result"]["n_asked"] >= 2


@pytest.mark.parametrize(
    ("given", "kept"),
    [("../../etc/passwd.csv", "passwd.csv"), ("C:\\temp\\零售户 1.xlsx", "零售户 1.xlsx"), ("..", "file"),
     ("a\x00b;rm.csv", "a_b_rm.csv"), ("x" * 400 + ".csv", "x" * 146 + ".csv")],
)  # fmt: skip
def test_a_file_name_keeps_its_ending_and_names_no_folder(given: str, kept: str) -> None:
    assert plain_name(given) == kept
