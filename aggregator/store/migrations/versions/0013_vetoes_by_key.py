"""Which stories a key is kept out of."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_index("ix_veto_key", "veto", ["key"])
