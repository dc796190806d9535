"""Which articles stand on the site of their own feed.

Of those that are stored it is not known, and the first of them leads as before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column(
        "article", sa.Column("at_home", sa.Boolean(), nullable=False, server_default=sa.false())
    )
