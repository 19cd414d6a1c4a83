"""Put the parts together: settings, clock and store become the service that the borders use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_data.geocoding.results import Geocoder
from gridsvc import cluster
from gridsvc.clock import Clock, SystemClock
from gridsvc.cluster import RunningDatabase
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode
from gridsvc.engines.pool import EnginePool
from gridsvc.settings import Settings
from gridsvc.storage import Store, districts, migrate

if TYPE_CHECKING:
    from gridsvc.usecases.identity_provider import IdentityProvider


@dataclass(frozen=True, slots=True)
class Service:
    """Everything a use-case is given."""

    settings: Settings
    clock: Clock
    store: Store
    database: RunningDatabase


@contextmanager
def open_service(settings: Settings | None = None, *, pool_size: int = 5) -> Iterator[Service]:
    """Open the database (the named one, or the private cluster, started when it is not running) and migrate it.

    The private cluster is held while the service is open and stops with its last holder.
    """
    settings = settings or Settings()
    with cluster.running(settings.var_dir, settings.database_url, settings.app_database_url) as database:
        migrate(database.owner_url)
        store = Store(database.app_url, pool_size=pool_size)
        try:
            yield Service(settings, SystemClock(settings.today), store, database)
        finally:
            store.close()


def choose_district(service: Service, adcode: str | None) -> Adcode:
    """Give the named district, or the only one there is; raises `BadInput` with the choices otherwise."""
    with service.store.directory() as tx:
        known = {district.adcode: district.name for district in districts.all_districts(tx)}
    if adcode is not None and adcode in known:
        return Adcode(adcode)
    if adcode is None and len(known) == 1:
        return Adcode(next(iter(known)))
    choices = tuple(f"--district {code}  {name}" for code, name in sorted(known.items()))
    if not known:
        raise BadInput(
            "there is no district yet; make one with `district add`, or run without arguments for the sample"
        )
    asked = f"there is no district {adcode}" if adcode is not None else "there is more than one district"
    raise BadInput(f"{asked}; name one of these", violations=choices)


def online_geocoder(settings: Settings) -> Geocoder:
    """Give the online geocoder that the settings name; raises `BadInput` where they name none or a wrong one."""
    from geo_data.geocoding.online import make_online

    if not settings.online_geocoder:
        raise BadInput("no online geocoder is set up: addresses stay here; GRIDSVC_ONLINE_GEOCODER names one")
    try:
        return make_online(
            settings.online_geocoder, key=settings.online_geocoder_key, host=settings.online_geocoder_host,
            cache_file=settings.cache_dir / "geocoding" / f"{settings.online_geocoder}.jsonl",
        )  # fmt: skip
    except ValueError as error:
        raise BadInput(f"GRIDSVC_ONLINE_GEOCODER: {error}") from error


def identity_provider(settings: Settings) -> IdentityProvider | None:
    """Give the identity provider that is configured, None when none is; nothing is asked of it yet."""
    if settings.oidc_issuer is None:
        return None
    from gridsvc.usecases.identity_provider import IdentityProvider

    secret = settings.oidc_client_secret
    return IdentityProvider(
        settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=secret.get_secret_value() if secret else None,
        audience=settings.oidc_audience,
    )


JobWork = Callable[[Adcode, dict[str, Any], Callable[[float, str], None], Callable[[], bool]], dict[str, Any]]


def job_works(service: Service, pool: EnginePool) -> dict[str, JobWork]:
    """Give what the worker does for each kind of job: request in, result out, both as JSON."""
    from gridsvc.usecases.first_run import first_run
    from gridsvc.usecases.found_sample import give_demo_accounts, name_demo_departments
    from gridsvc.usecases.run_data_job import DATA_JOBS
    from gridsvc.usecases.run_draft_job import DRAFT_JOBS, run_draft_job

    def run_first(
        adcode: Adcode, request: dict[str, Any], report: Callable[[float, str], None], is_cancelled: Callable[[], bool]
    ) -> dict[str, Any]:
        summary = first_run(
            service.store,
            service.clock,
            pool,
            adcode=adcode,
            actor="operator",
            folder=Path(request["folder"]),
            seed=int(request["seed"]),
            cache_folder=service.settings.cache_dir,
            on_progress=report,
            is_cancelled=is_cancelled,
        )
        name_demo_departments(service.store, service.clock, adcode=adcode)
        give_demo_accounts(
            service.store, service.clock, adcode=adcode, file=service.settings.var_dir / "demo-accounts.json"
        )
        return {"summary": summary}

    def search(kind: str) -> JobWork:
        def run(
            adcode: Adcode,
            request: dict[str, Any],
            report: Callable[[float, str], None],
            is_cancelled: Callable[[], bool],
        ) -> dict[str, Any]:
            return run_draft_job(
                service.store,
                service.clock,
                pool,
                kind=kind,
                adcode=adcode,
                request=request,
                on_progress=report,
                is_cancelled=is_cancelled,
            )

        return run

    works = {"first_run": run_first} | {kind: search(kind) for kind in DRAFT_JOBS}
    return works | {kind: data_work(service, kind) for kind in DATA_JOBS}


def data_work(service: Service, kind: str) -> JobWork:
    """Give what the worker does for one kind of job about data; it needs no engine."""
    from gridsvc.usecases.run_data_job import run_data_job

    def run(
        adcode: Adcode, request: dict[str, Any], report: Callable[[float, str], None], is_cancelled: Callable[[], bool]
    ) -> dict[str, Any]:
        return run_data_job(
            service.store,
            service.clock,
            kind=kind,
            adcode=adcode,
            request=request,
            cache_folder=service.settings.cache_dir,
            on_progress=report,
            is_cancelled=is_cancelled,
        )

    return run


def keep_house(service: Service) -> dict[Adcode, dict[str, int]]:
    """Do what is done every night in every district, and give what it came to.

    Every shop's point is judged, by agreeing check-ins too; then positions older than 90 days, old uploads and their
    reports are forgotten, and the minutes of stops are estimated anew from the visits.
    """
    from gridsvc.usecases.check_positions import check_positions
    from gridsvc.usecases.estimate_service_minutes import estimate_service_minutes
    from gridsvc.usecases.forget_positions import forget_positions
    from gridsvc.usecases.forget_uploads import forget_uploads

    with service.store.directory() as tx:
        known = [district.adcode for district in districts.all_districts(tx)]
    done = {}
    for adcode in known:
        checked = check_positions(service.store, service.clock, adcode=adcode, actor="service")
        forgotten = forget_positions(service.store, service.clock, adcode=adcode)
        forget_uploads(service.store, service.clock, adcode=adcode)
        estimates = estimate_service_minutes(service.store, service.clock, adcode=adcode, actor="service")
        done[adcode] = {"n_positions_forgotten": forgotten, "n_observed": sum(e.n_observed for e in estimates)}
        done[adcode] |= {"n_doubts_new": checked.n_new, "n_doubts_mended": checked.n_mended}
    return done


def follow_ups(service: Service) -> dict[str, Callable[..., None]]:
    """Give what the worker does after a change, queued in the change's own transaction; each can be run again."""
    from gridsvc.usecases.announce_generation import announce_generation
    from gridsvc.usecases.deliver_webhook import deliver_webhook
    from gridsvc.usecases.plan_introductions import plan_introductions
    from gridsvc.usecases.redispatch_collaborations import redispatch_collaborations

    def announce(adcode: str, generation: int) -> None:
        announce_generation(service.store, service.clock, adcode=Adcode(adcode), generation=generation)
        plan_introductions(service.store, adcode=Adcode(adcode), generation=generation)

    def redispatch(adcode: str) -> None:
        redispatch_collaborations(service.store, service.clock, adcode=Adcode(adcode))

    def deliver(adcode: str, webhook_id: str) -> None:
        allow_private = service.settings.webhook_allow_private
        deliver_webhook(
            service.store, service.clock, adcode=Adcode(adcode), webhook_id=webhook_id, allow_private=allow_private
        )

    return {"deliver_webhook": deliver, "announce_generation": announce, "redispatch_collaborations": redispatch}
