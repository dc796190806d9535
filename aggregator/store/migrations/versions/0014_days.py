"""How many stories each topic published on each day."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

COLUMNS = ["topic", "day", "stories", "changes"]
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the schema forward, and count what is stored."""
    op.create_table(
        "topic_day",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("stories", sa.Integer(), nullable=False),
        sa.Column("changes", KEY, nullable=False),
        sa.PrimaryKeyConstraint("topic", "day"),
        sqlite_with_rowid=False,
    )
    day = sa.text("substr(admitted_at, 1, 10)")
    if op.get_bind().dialect.name == "postgresql":
        day = sa.text("(admitted_at AT TIME ZONE 'UTC')::date")
    counted: Any = (
        sa.select(sa.column("topic"), day, sa.func.count(), sa.literal_column("1"))
        .select_from(sa.table("admission"))
        .where(sa.text("admitted_at IS NOT NULL AND due_at IS NULL"))
        .group_by(sa.column("topic"), day)
    )
    days = sa.table("topic_day", *map(sa.column, COLUMNS))
    op.execute(sa.insert(days).from_select(COLUMNS, counted))
