"""What articles said before, and digests of what they have said.

Articles that are stored already have none: what they say now counts as their first wording.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column("article", sa.Column("said", sa.Text(), nullable=True))
    op.create_table(
        "revision",
        sa.Column(
            "article_pk", KEY, sa.ForeignKey("article.pk"), autoincrement=False, nullable=False
        ),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("article_pk", "digest"),
    )
