"""What came over the wire, read: encodings, XML and JSON feeds, OPML, pages. Pure, and hostile
input's first room: nothing here trusts a byte.
"""
