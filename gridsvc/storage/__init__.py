"""The only room that speaks SQL: tables, row functions by concept, migrations and the unit of work."""

from gridsvc.storage.migrate import migrate
from gridsvc.storage.store import Store, Transaction, narrow_to

__all__ = ["Store", "Transaction", "migrate", "narrow_to"]
