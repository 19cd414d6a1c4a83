"""Every setting once, with its default and what it is for; read from the environment as `GRIDSVC_<NAME>`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

_CHECKOUT = Path(__file__).parents[1]


class Settings(BaseSettings):
    """The settings of one process. A misspelt value is an error at start-up, not later."""

    model_config = SettingsConfigDict(
        env_prefix="GRIDSVC_", env_file=(_CHECKOUT / ".env", ".env"), extra="ignore", frozen=True
    )

    var_dir: Path = Field(Path("var"), description="Folder for everything that the program makes.")
    database_url: str | None = Field(
        None, description="libpq URL of the owner role on your own PostgreSQL; unset: a private cluster under var/."
    )
    app_database_url: str | None = Field(
        None, description="libpq URL of the application role; required beside GRIDSVC_DATABASE_URL."
    )
    today: date | None = Field(None, description="The day that counts as today, for demos and tests (YYYY-MM-DD).")
    host: str = Field("127.0.0.1", description="Address on which the service listens.")
    port: int = Field(8000, ge=0, le=65535, description="Port on which the service listens.")
    tile_url: str | None = Field(
        None, description="Address template of a basemap ({z}/{x}/{y}); unset: own streets and areas only."
    )
    tile_attribution: str = Field("", description="Credit line that the basemap's provider asks for.")
    map_approval_number: str = Field("", description="Approval number printed on exported maps where one is required.")
    cookie_secure: bool = Field(False, description="Send the session cookie over HTTPS only.")
    oidc_issuer: str | None = Field(
        None, description="Address of an OpenID Connect issuer that people sign in with and systems bring tokens of."
    )
    oidc_client_id: str = Field("gridsvc", description="Client id of this service at the issuer.")
    oidc_client_secret: SecretStr | None = Field(None, description="Client secret; unset: a public client with PKCE.")
    oidc_audience: str | None = Field(None, description="Audience that tokens are meant for; default: the client id.")
    session_hours: int = Field(12, ge=1, le=720, description="Hours until a signed-in person has to sign in again.")
    rate_limit_per_s: int = Field(
        500, ge=0, description="Requests a second that one key or account may make of one process; 0 = no limit."
    )
    webhook_allow_private: bool = Field(
        False, description="Deliver webhooks to private and loopback addresses, and over plain HTTP."
    )
    online_geocoder: str | None = Field(
        None,
        description="nominatim, photon or baidu: `geocode --online` sends uncertain addresses there; unset: never.",
    )
    online_geocoder_host: str = Field("", description="Host of an own nominatim or photon; unset: the public one.")
    online_geocoder_key: str = Field("", description="Key that the online geocoder wants.")
    workers: int = Field(2, ge=1, le=256, description="Child processes that a worker may keep for long solves.")

    @property
    def cache_dir(self) -> Path:
        """Folder for travel matrices and other results that can be computed again."""
        return self.var_dir / "cache"
