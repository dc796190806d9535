"""How browsers and programs search the site: an OpenSearch 1.1 description."""

from typing import Final
from xml.sax.saxutils import escape

from ..model import Rendering, Site
from ..text.words import shorten

PATH: Final = "opensearch.xml"
TYPE: Final = "application/opensearchdescription+xml; charset=utf-8"
_TEMPLATE: Final = """<?xml version="1.0" encoding="utf-8"?>
<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">
<ShortName>{name}</ShortName>
<Description>{description}</Description>
<InputEncoding>UTF-8</InputEncoding>
<Url type="text/html" template="{url}search?q={{searchTerms}}"/>
<Url type="application/atom+xml" template="{url}search.atom?q={{searchTerms}}"/>
<Url type="application/rss+xml" template="{url}search.rss?q={{searchTerms}}"/>
<Url type="application/feed+json" template="{url}search.json?q={{searchTerms}}"/>
</OpenSearchDescription>
"""


def render_description(site: Site) -> Rendering:
    """The description, which pages name by rel=search."""
    body = _TEMPLATE.format(
        name=escape(shorten(site.title, 16)),  # its longest
        description=escape(f"The stories of {site.title}"),
        url=escape(site.url, {'"': "&quot;"}),
    )
    return Rendering(PATH, TYPE, body.encode())
