"""what publishers ask not to be republished"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column(
        "article", sa.Column("withheld", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    # What was read before did not look for it: every feed is read once more, known bytes or not.
    op.execute("UPDATE source SET body_digest = NULL, etag = NULL, last_modified = NULL")
