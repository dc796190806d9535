"""Edits of a source that would turn a topic's feed over, until they have stood for an hour."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column("source", sa.Column("held_edits", sa.Text(), nullable=True))
