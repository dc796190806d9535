"""Which addresses may be dialled (A7): judged at the moment of dialling, for every hop."""

import ipaddress
from collections.abc import Iterable
from typing import Final

_DENIED: Final = tuple(
    ipaddress.ip_network(network)
    for network in """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12
    192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24
    203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
    ::/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16
    fc00::/7 fe80::/10 fec0::/10 ff00::/8
    """.split()
)
# The Fetch standard's "bad ports" above 1023; below it only 80 and 443 are open (A7.5).
_BAD_PORTS: Final = frozenset(
    (1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668,
     6669, 6679, 6697, 10080)
)  # fmt: skip


class Refused(OSError):
    """An address we do not talk to: for the client to turn into a Failure, never to retry."""


def permitted(address: str) -> bool:
    """Is this a public address? By explicit networks: `is_global` is not enough (A7.2).

    IPv4 inside IPv6 counts as the IPv4 it is; translation prefixes (6to4, Teredo, NAT64) are
    denied whole.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    judged = mapped or ip
    return not any(judged.version == net.version and judged in net for net in _DENIED)


class Gate:
    """What may be dialled here: public addresses, and private ones the operator named."""

    def __init__(self, allow_private: Iterable[str] = ()) -> None:
        """`allow_private`: `HOST:PORT`s, each an address or a name; nothing else of that host."""
        self._named = {entry.lower() for entry in allow_private}
        self._addresses = set(self._named)

    def named(self, host: str, port: int) -> bool:
        """Did the operator name this host and port?"""
        shown = f"[{host}]" if ":" in host else host
        return f"{shown.lower()}:{port}" in self._named

    def allow(self, address: str, port: int) -> None:
        """Let through an address that a named host has just resolved to."""
        self._addresses.add(_entry(address, port))

    def may_dial(self, address: str, port: int) -> bool:
        """The last word, at the moment of dialling."""
        return _entry(address, port) in self._addresses or permitted(address)

    def may_ask(self, host: str, port: int) -> bool:
        """May this port be asked at all?"""
        if self.named(host, port) or port in (80, 443):
            return True
        return 1024 <= port <= 65535 and port not in _BAD_PORTS


def _entry(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
