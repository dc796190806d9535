"""What retention has left of an article: of those that are stored, all."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column("article", sa.Column("kept", sa.String(), nullable=False, server_default="text"))
    op.create_index("ix_article_kept", "article", ["kept", "first_seen_at"])
