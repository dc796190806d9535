"""What nginx has to be told of topics that were renamed or removed (B7.13): files cannot say it."""

import re
from collections.abc import Collection, Mapping
from typing import Final

NAME: Final = ".aggregator-nginx.conf"

_REST: Final = r"((?:/archive/[0-9a-z.-]+|\.[a-z]+)?)$"


def rules(base: str, renamed: Mapping[str, str], removed: Collection[str]) -> str:
    r"""Lines for inside `server {}`. `base`: the path of the site's address; topics by where they
    stood, without the ending of a format.

    >>> print(rules("/", {"topics/isis": "topics/daesh"}, ["topics/old"]).rstrip())
    # Written by `aggregator build`: topics that were renamed, and that are no more.
    location ~ "^/topics/isis((?:/archive/[0-9a-z.-]+|\.[a-z]+)?)$" { return 308 /topics/daesh$1; }
    location ~ "^/topics/old((?:/archive/[0-9a-z.-]+|\.[a-z]+)?)$" { return 410; }
    """
    lines = ["# Written by `aggregator build`: topics that were renamed, and that are no more."]
    lines += [
        f'location ~ "^{re.escape(base + old)}{_REST}" {{ return 308 {base}{new}$1; }}'
        for old, new in sorted(renamed.items())
    ]
    lines += [
        f'location ~ "^{re.escape(base + old)}{_REST}" {{ return 410; }}' for old in sorted(removed)
    ]
    return "".join(f"{line}\n" for line in lines)
