"""Which hosts the public can reach, as far as their names tell."""

import ipaddress
from typing import Final

from .urls import host_of

# Names that no public resolver knows (RFC 6761, 6762, 8375, 9476; `lan` by custom).
_NOT_PUBLIC: Final = frozenset(
    ("localhost", "local", "internal", "lan", "arpa", "test", "invalid", "alt", "onion")
)


def is_public(host: str) -> bool:
    """Is this neither a private address, nor a name that only this machine or network knows?

    >>> is_public("news.example.org"), is_public("10.0.0.5"), is_public("127.1"), is_public("wire")
    (True, False, False, False)
    """
    host = host_of(f"https://{host}/").rstrip(".")  # as browsers read it: 127.1 is 127.0.0.1
    try:
        return ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return "." in host and host.rpartition(".")[2] not in _NOT_PUBLIC
