"""An article as the document that queries are asked about, and search finds it by."""

from .model import Article, Wording
from .text.urls import host_of
from .topics import SEPARATOR


def document_of(article: Article | Wording, source_title: str = "") -> dict[str, str]:
    """The fields of `topics.FIELDS`. `source_title`: what feeds.yaml calls its source."""
    return {
        "title": article.title,
        "text": article.text or article.summary,
        "author": SEPARATOR.join(article.authors),
        "source": SEPARATOR.join(filter(None, (article.source, source_title))),
        "category": SEPARATOR.join(c.label or c.term for c in article.categories),
        "lang": article.lang or "",
        "site": host_of(article.url or ""),
    }
