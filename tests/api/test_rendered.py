"""Bodies that were rendered once are kept: the last ones that anybody asked for."""

from __future__ import annotations

from api.respond import Rendered


def test_the_bodies_asked_for_last_are_kept() -> None:
    kept = Rendered(n_kept=2)
    for name in ("a", "b", "a", "c"):
        kept.get((name,), name.encode)
    assert [kept.get((name,), b"anew".upper) for name in ("a", "c")] == [b"a", b"c"]
    assert kept.get(("b",), b"anew".upper) == b"ANEW"


def test_a_mark_that_is_renewed_every_minute_takes_no_body_s_place() -> None:
    kept = Rendered(n_kept=1)
    kept.get(("body",), b"body".upper)
    for minute in range(5):
        assert kept.newest(("mark",), str(minute), str(minute).encode) == str(minute).encode()
        assert kept.newest(("mark",), str(minute), b"again".upper) == str(minute).encode()
    assert kept.get(("body",), b"anew".upper) == b"BODY"
