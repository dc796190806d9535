"""Alembic's entry: the connection comes from `store/migrate.py`, or from the tests."""

from typing import Any, Literal

from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from aggregator.store.columns import Json, Utc


def plain_type(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """A migration speaks of what the database stores, and stays true when our types change."""
    if kind != "type":
        return False
    for ours, theirs in (
        (Utc, "DateTime(timezone=True)"),
        (Json, "Text()"),
        (AutoString, "String()"),
    ):
        if isinstance(item, ours):
            return f"sa.{theirs}"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=plain_type,
)
with context.begin_transaction():
    context.run_migrations()
