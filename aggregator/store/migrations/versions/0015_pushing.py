"""Subscribers at our own hub, and what the hubs of others were told."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "subscriber",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("callback", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=True),
        _moment("verified_at", nullable=False),
        _moment("lease_until", nullable=False),
        sa.Column("told", sa.String(), nullable=False),
        _moment("told_at", nullable=False),
        _moment("news_at"),
        _moment("due_at"),
        sa.Column("failures", sa.Integer(), nullable=False),
        _moment("failing_since"),
        sa.PrimaryKeyConstraint("topic", "callback"),
    )
    op.create_index("ix_subscriber_due", "subscriber", ["due_at"])
    op.create_index("ix_subscriber_lease", "subscriber", ["lease_until"])
    op.create_index("ix_subscriber_host", "subscriber", ["host"])
    op.create_table(
        "ping",
        sa.Column("hub", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("told", sa.String(), nullable=True),
        _moment("told_at"),
        _moment("news_at"),
        _moment("due_at"),
        _moment("pinged_at"),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hub", "topic"),
    )
    op.create_index("ix_ping_due", "ping", ["due_at"])
    op.create_table(
        "named_hub",
        sa.Column("url", sa.String(), nullable=False),
        _moment("failing_since"),
        sa.Column("failure", sa.String(), nullable=False),
        sa.Column("alerted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("url"),
    )
