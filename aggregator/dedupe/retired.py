"""What retention leaves of an article (law 12)."""

from dataclasses import replace

from ..model import Article, Kept


def left_of(article: Article, kept: Kept) -> Article:
    """The article with no more of it than that: `summary` is all that archives publish, `title`
    is enough to know it again, and whose it is.
    """
    if kept == "text":
        return article
    article = replace(article, html="", text="", kept=kept)
    if kept == "summary":
        return article
    # Its authors stay: somebody may have asked that nothing of theirs is shown (B10.3).
    return replace(article, summary="", categories=(), media=(), comments=None)
