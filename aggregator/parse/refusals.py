"""Why a document is not read: exceptions inside `parse/`, a `Failure` outside."""


class Hostile(Exception):
    """A document made, or fit, to exhaust its reader."""


class NotAFeed(Exception):
    """A document that holds no feed."""
