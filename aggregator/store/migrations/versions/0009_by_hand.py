"""What a person has split and merged."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "veto",
        sa.Column(
            "story_pk", KEY, sa.ForeignKey("story.pk"), primary_key=True, autoincrement=False
        ),
        sa.Column("key", sa.String(), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "bond",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("page", sa.String(), nullable=False),
        sa.Column("article_pk", KEY, sa.ForeignKey("article.pk"), nullable=False),
    )
    op.create_index("ix_bond_page", "bond", ["page"])
    op.create_index("ix_bond_article", "bond", ["article_pk"])
