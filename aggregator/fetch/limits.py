"""The bounds of one exchange (protocol section 0)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, bytes and counts past which an exchange ends in a Failure."""

    dns_timeout: float = 5.0
    connect_timeout: float = 20.0  # TCP and TLS, ten each
    read_timeout: float = 20.0  # to the first byte, and between two
    total_timeout: float = 60.0  # all redirects and the body
    max_wire: int = 8 << 20
    max_body: int = 16 << 20
    max_ratio: int = 200  # decoded to wire, once past max_ratio_from
    max_ratio_from: int = 1 << 20
    max_headers: int = 128
    max_header_line: int = 8190
    max_header_total: int = 64 << 10
    max_redirects: int = 5
    host_spacing: float = 2.0  # seconds between request starts on a host
    host_concurrency: int = 1
