"""The private PostgreSQL cluster with PostGIS that a checkout carries under `var/`.

`running(var_folder)` is the whole face: inside it a database answers, on the way out the last user of the cluster stops
it. Where GRIDSVC_DATABASE_URL is set, that server is used and nothing is started. Everything here uses the standard
library and PostgreSQL's own programs only, so that `./run` can fetch the server while the Python packages still come.
This is also the only place, beside gridsvc/storage, that speaks SQL: roles, database and extensions need a superuser,
which nothing else ever is.
"""

from gridsvc.cluster.address import ClusterError, RunningDatabase
from gridsvc.cluster.clones import cloned, template
from gridsvc.cluster.holding import running

__all__ = ["ClusterError", "RunningDatabase", "cloned", "running", "template"]
