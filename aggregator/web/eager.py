"""Who asks for a feed too often, and how long it is to wait (B7.14). Pure but for what it counts.

A reader that polls a feed even once a minute never meets this. Counted are the requests of one
client (address and User-Agent) for one feed:

- without a condition, whole bodies: thirty at once, and from then on one a minute;
- with one: sixty at once, and from then on one in fifteen seconds. Half of the time that a feed is
  fresh makes all of them good again, and nothing else is taken from them: so a condition that
  comes half of that time after the one before is never refused, whatever else the client asked.

Pages and archives are not counted: people reload, and who walks the archives asks for each once.
"""

import functools
import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

_MOST: Final = 20_000  # counted at a time; who has not asked for longest is forgotten
_LONGEST: Final = 200  # characters of a User-Agent that tell clients apart

# Who asks, and for what.
Asking = tuple[str, str, str, bool]


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many requests within so many seconds, at once or spread; then as many as become free."""

    requests: int
    seconds: float

    def after(self, free_at: float, now: float) -> float | None:
        """When all of it is free again, after a request now; None: there is none left.

        `free_at`: when it would have been without the request (the generic cell rate algorithm).
        Later than all of it lasts it can only be when the clock was set back: that is no matter.

        >>> two_a_minute = Allowance(2, 60)
        >>> two_a_minute.after(0, 100), two_a_minute.after(130, 100), two_a_minute.after(160, 100)
        (130.0, 160.0, None)
        """
        each = self.seconds / self.requests
        if free_at > now + self.seconds:
            free_at = now
        if free_at - now > self.seconds - each:
            return None
        return max(free_at, now) + each


def allowance(max_age: int, *, conditional: bool) -> Allowance:
    """What a client may ask of a document that is fresh for so many seconds."""
    return Allowance(60, max_age / 2) if conditional else Allowance(30, max_age)


class Patience:
    """How often each client has asked, of late. To be used by one thread."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._free_at: OrderedDict[Asking, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._free_at)

    def wait(
        self, client: tuple[str, str], path: str, max_age: int, now: float, *, conditional: bool
    ) -> int | None:
        """Seconds that the client is told to wait instead of an answer; None: it is answered.

        `now` in seconds, since whenever. Refusals are not counted: who is told to wait and asks on
        gets what becomes free.
        """
        key = (*client, path, conditional)
        allowed = allowance(max_age, conditional=conditional)
        free_at = allowed.after(self._free_at.get(key, now), now)
        if free_at is None:
            return max_age
        self._free_at[key] = free_at
        self._free_at.move_to_end(key)
        if len(self._free_at) > self._most:
            self._free_at.popitem(last=False)
        return None


def client_of(peer: str | None, forwarded_for: str, agent: str) -> tuple[str, str] | None:
    """Address and User-Agent of who asks; None when that is not known.

    A peer that is not on the internet is a proxy of ours, and the last address it forwards is that
    of its client. One that forwards none stands for everybody behind it, and is not counted. Who
    comes from the internet is not asked whom he speaks for.
    """
    address = peer
    if peer is None or is_near(peer):
        address = forwarded_for.rpartition(",")[2].strip()
    return (address[:_LONGEST], agent[:_LONGEST]) if address else None


@functools.lru_cache(1024)
def is_near(peer: str) -> bool:
    """Is this address on this machine, or in a private network?

    >>> [is_near(one) for one in ("127.0.0.1", "::1", "10.0.0.7", "93.184.215.14", "a socket")]
    [True, True, True, False, True]
    """
    try:
        return not ipaddress.ip_address(peer.partition("%")[0]).is_global
    except ValueError:
        return True
