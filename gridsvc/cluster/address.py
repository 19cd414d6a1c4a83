"""Where the database answers, and as whom: the addresses that the rest of the service connects with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from gridsvc.bootstrap import BootstrapError

SUPERUSER = "gridsvc_superuser"
OWNER = "gridsvc_owner"
APP = "gridsvc_app"
DATABASE = "gridsvc"

_LIBPQ_SCHEME = "postgresql"
_SQLALCHEMY_SCHEME = "postgresql+psycopg"


class ClusterError(BootstrapError):
    """The database cannot be had; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningDatabase:
    """A database that answers now, and the three roles it is spoken to in.

    owner_conninfo : libpq URI of `gridsvc_owner`, who owns every table: migrations only.
    app_conninfo : libpq URI of `gridsvc_app`, who may define nothing: everything else.
    superuser_conninfo : libpq URI of the private cluster's superuser; None on a server that is not ours.
    psql : PostgreSQL's command line client of the same version; None on a server that is not ours.
    is_private : whether the cluster is the one under `var/`.
    """

    owner_conninfo: str
    app_conninfo: str
    superuser_conninfo: str | None = None
    psql: Path | None = None
    is_private: bool = True

    @property
    def owner_url(self) -> str:
        """The owner's address in SQLAlchemy's form (psycopg 3)."""
        return _with_scheme(self.owner_conninfo, _SQLALCHEMY_SCHEME)

    @property
    def app_url(self) -> str:
        """The service's address in SQLAlchemy's form (psycopg 3)."""
        return _with_scheme(self.app_conninfo, _SQLALCHEMY_SCHEME)

    @property
    def superuser_url(self) -> str | None:
        """The superuser's address in SQLAlchemy's form, None on a server that is not ours."""
        return None if self.superuser_conninfo is None else _with_scheme(self.superuser_conninfo, _SQLALCHEMY_SCHEME)

    def on_database(self, name: str) -> RunningDatabase:
        """Return the same server and roles with another database of the cluster."""
        return replace(
            self,
            owner_conninfo=_with_database(self.owner_conninfo, name),
            app_conninfo=_with_database(self.app_conninfo, name),
            superuser_conninfo=self.superuser_conninfo and _with_database(self.superuser_conninfo, name),
        )

    def environment(self) -> dict[str, str]:
        """Return the two variables by which a child process reaches this database instead of starting one."""
        return {"GRIDSVC_DATABASE_URL": self.owner_url, "GRIDSVC_APP_DATABASE_URL": self.app_url}


def socket_conninfo(folder: Path, role: str, database: str = DATABASE) -> str:
    """Return the libpq URI of a role through the private socket in `folder`."""
    return f"{_LIBPQ_SCHEME}://{role}@/{database}?host={quote(str(folder), safe='')}"


def named_database(owner_url: str | None, app_url: str | None) -> RunningDatabase | None:
    """Return the database at two addresses, None when there are none.

    Raises
    ------
    ClusterError : only one of the two addresses is given, or one is no PostgreSQL address.
    """
    if not owner_url and not app_url:
        return None
    if not owner_url or not app_url:
        raise ClusterError(
            "GRIDSVC_DATABASE_URL (the owner of the tables) and GRIDSVC_APP_DATABASE_URL (the service, which may "
            "define nothing) go together: set both, or neither for the private cluster."
        )
    return RunningDatabase(
        owner_conninfo=_checked(owner_url, "GRIDSVC_DATABASE_URL"),
        app_conninfo=_checked(app_url, "GRIDSVC_APP_DATABASE_URL"),
        is_private=False,
    )


def _checked(url: str, name: str) -> str:
    scheme = urlsplit(url).scheme
    if scheme.split("+")[0] not in {"postgresql", "postgres"}:
        raise ClusterError(f"{name} must start with postgresql:// ; it starts with {scheme or 'nothing'}://")
    return _with_scheme(url, _LIBPQ_SCHEME)


def _with_scheme(url: str, scheme: str) -> str:
    _, separator, rest = url.partition("://")
    return f"{scheme}{separator}{rest}"


def _with_database(url: str, name: str) -> str:
    """Replace the path of an address; an address without a host keeps its empty one."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{quote(name, safe='')}"))
