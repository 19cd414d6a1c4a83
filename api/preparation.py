"""What pages need of every district, read before they are asked for: at the start, and again after a change."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from api.respond import Rendered
from api.routers.districts import basemap_of
from api.routers.grids import units_of
from api.web.pages import compile_templates
from gridsvc.domain.errors import GridsvcError
from gridsvc.domain.ids import Adcode
from gridsvc.usecases.draft_bench import DraftBoard
from gridsvc.usecases.estimate_route_minutes import RouteEstimates
from gridsvc.usecases.ownership_snapshot import OwnershipBoard
from gridsvc.usecases.prepare_district import prepare_district
from gridsvc.wiring import Service

# Without a change, before a district is prepared again: it takes seconds of the processor, and what a worker reads
# after the next change must not wait for them.
_QUIET_S = 10.0
# At the start, of two unit sets each: a process keeps eight benches; others are read when asked for.
_MOST_DISTRICTS = 4
_LAST_S = 5.0  # for what is being read when the process ends; nothing is written here
_log = logging.getLogger(__name__)


class Preparation:
    """A thread that prepares districts; `is_done` is set when those that there were at the start are ready.

    At most four are prepared before anybody asks for one of them; changes are followed where somebody asked.

    A request that comes earlier is answered none the less, only slower.
    """

    def __init__(
        self, service: Service, board: OwnershipBoard, drafts: DraftBoard, estimates: RouteEstimates, rendered: Rendered
    ) -> None:
        self.is_done = threading.Event()
        self._service, self._board, self._rendered = service, board, rendered
        self._drafts, self._estimates = drafts, estimates
        self._changed: set[Adcode] = set()
        self._n_prepared = 0
        self._is_over = False
        self._news = threading.Condition()

    def mark(self, adcode: Adcode) -> None:
        """Say that a district changed: it is prepared again once nothing follows for a while."""
        with self._news:
            self._changed.add(adcode)
            self._news.notify()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Prepare, while the context is open."""
        thread = threading.Thread(target=self._run, name="preparation", daemon=True)
        thread.start()
        try:
            yield
        finally:
            with self._news:
                self._is_over = True
                self._news.notify()
            thread.join(_LAST_S)

    def _run(self) -> None:
        try:
            compile_templates()
            for adcode in self._board.adcodes()[:_MOST_DISTRICTS]:
                self._prepare(adcode)
        except GridsvcError as error:
            _log.warning("pages are not prepared: %s", error)
        finally:
            self.is_done.set()
        while True:
            with self._news:
                self._news.wait_for(lambda: self._is_over or self._changed)
                while self._news.wait(_QUIET_S) and not self._is_over:
                    pass
                if self._is_over:
                    return
                changed, self._changed = self._changed, set()
            for adcode in changed:
                if self._board.is_asked(adcode) or self._n_prepared < _MOST_DISTRICTS:
                    self._prepare(adcode)

    def _prepare(self, adcode: Adcode) -> None:
        if self._is_over:
            return
        self._n_prepared += not self._board.is_asked(adcode)
        try:
            unit_sets = prepare_district(self._board, self._drafts, self._estimates, adcode=adcode)
            basemap_of(self._rendered, self._service, adcode)
            for unit_set_id in unit_sets:
                units_of(self._rendered, self._service, adcode, unit_set_id)
        except GridsvcError as error:  # whoever asks is told
            _log.warning("the pages of %s are not prepared: %s", adcode, error)
        except Exception:  # a fault in one district must not end what is done for the others
            _log.exception("the pages of %s are not prepared", adcode)
