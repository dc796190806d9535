"""Why an article is in a story that another had founded.

Articles that are stored already have no keys of their texts: they are found by page and id, as
they were. What comes from now on has both.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column("article", sa.Column("joined_by", sa.String(), nullable=True))
    op.add_column("article", sa.Column("joined_share", sa.Float(), nullable=True))
    op.add_column("article", sa.Column("joined_to", sa.String(), nullable=True))
