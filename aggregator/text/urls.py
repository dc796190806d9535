"""Addresses: made absolute and safe to publish, and the form two addresses of one page share. Past
300 lines because this alone knows the libraries of addresses.
"""

import functools
import ipaddress
import re
from typing import Final
from urllib.parse import parse_qsl, unquote

import ada_url
from publicsuffixlist import PublicSuffixList

MAX_URL: Final = 2048
_SCHEMES: Final = ("http:", "https:")
_ACTIVE: Final = frozenset(("javascript", "vbscript", "data", "blob", "file"))
_BLANKS: Final = re.compile(r"[\x00-\x20\x7f]+")
# WHATWG leaves these in place; RFC 3986 has no room for them, and validators say so.
_NOT_URI: Final = re.compile(r"[^A-Za-z0-9\-._~:/?@!$&'()*+,;=%]|%(?![0-9A-Fa-f]{2})")
_NOT_HOST: Final = re.compile(r"[^A-Za-z0-9\-._~!$&'()*+,;=:\[\]]")


def absolute(url: str, base: str | None = None) -> str | None:
    """The http(s) address meant, as an RFC 3986 URI in ASCII; None when there is none.

    A user name and a password in it are dropped: a link that shows one host and opens another is
    a trick, and a secret is not ours to publish.

    >>> absolute("../é?q=a|b", "https://bücher.example/x/y")
    'https://xn--bcher-kva.example/%C3%A9?q=a%7Cb'
    >>> absolute("javascript:alert(1)", "https://a.example/") is None
    True
    """
    url = url.strip()
    if not url or len(url) > MAX_URL * 4:
        return None
    try:
        parsed = ada_url.URL(url, base) if base else ada_url.URL(url)
    except ValueError:
        return None
    if parsed.protocol not in _SCHEMES or not parsed.hostname or _NOT_HOST.search(parsed.hostname):
        return None
    if parsed.username or parsed.password:
        parsed.username = parsed.password = ""
    rest = _uri(parsed.pathname) + _uri(parsed.search)
    if parsed.hash:
        rest += "#" + _uri(parsed.hash[1:])
    whole = f"{parsed.protocol}//{parsed.host}{rest}"
    return whole if len(whole) <= MAX_URL else None


def _uri(part: str) -> str:
    return _NOT_URI.sub(_escaped, part)


def _escaped(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode(errors="surrogateescape"))


def is_absolute_uri(text: str) -> bool:
    """May this stand as an atom:id: an absolute ASCII URI (RFC 3986) of any scheme but those that
    run, or open, something where a reader takes an id for a link?

    >>> is_absolute_uri("tag:a.example,2026:1"), is_absolute_uri("a b"), is_absolute_uri("1234")
    (True, False, False)
    """
    scheme, colon, rest = text.partition(":")
    return bool(
        colon
        and rest
        and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.\-]*", scheme)
        and scheme.lower() not in _ACTIVE
        and text.count("#") <= 1
        and not _NOT_URI.search(rest.replace("#", ""))
        and (scheme.lower() not in ("http", "https") or absolute(text) is not None)
    )


_PUBLISHED: Final = re.compile(
    r"https?://[A-Za-z0-9\-._~!$&'()*+,;=:\[\]]+"
    r"(?:[/?](?:[A-Za-z0-9\-._~:/?@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)?"
    r"(?:\#(?:[A-Za-z0-9\-._~:/?@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)?",
    re.ASCII,
)


def is_published_address(text: str) -> bool:
    """May this stand in a document of ours: absolute, http(s), a URI in ASCII, without a password?
    All that `absolute` gives may.

    >>> is_published_address("https://a.example/x#y"), is_published_address("//a.example/é")
    (True, False)
    """
    return _PUBLISHED.fullmatch(text) is not None


def host_of(url: str) -> str:
    """The host of an address, "" when it has none."""
    try:
        return str(ada_url.URL(url).hostname)
    except ValueError:
        return ""


@functools.cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@functools.lru_cache(maxsize=4096)
def site_of(host: str) -> str:
    """What shares one server's patience (A8.8): the registrable domain, or the address itself.

    >>> site_of("feeds.bbci.co.uk"), site_of("127.0.0.1")
    ('bbci.co.uk', '127.0.0.1')
    """
    if not host or host.startswith("[") or _is_address(host):
        return host
    return _suffixes().privatesuffix(host) or host


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


# --- The form that two addresses of one page share -------------------------------------------

# Parameters that only say how the reader came, whatever the site.
_TRACKERS: Final = frozenset(
    """
    __hsfp __hssc __hstc __s __twitter_impression _branch_match_id _branch_referrer _ga _gl _hsenc
    _hsmi _kx _openstat at_bbc_team at_campaign at_campaign_type at_custom1 at_custom2 at_custom3
    at_custom4 at_format at_link_id at_link_origin at_link_type at_medium at_ptr_name awc
    cmpid cmp cn-reloaded context_referrer cx_testid cx_testvariant cx_artpos dclid dm_i
    ef_id epik fb_action_ids fb_action_types fb_comment_id fb_ref fb_source fbclid
    ftag gad_source gbraid gclid gclsrc gdfms gdftrk gdffi guccounter guce_referrer
    guce_referrer_sig hpt hsctatracking icid icmp ict igsh igshid inf_contact_key int_cmp
    int_campaign int_medium int_source intcid intcmp ito itm_campaign itm_content itm_medium
    itm_source itm_term li_fat_id mbid mc_cid mc_eid mkt_tok mkwid msclkid msockid mtm_campaign
    mtm_cid mtm_content mtm_group mtm_keyword mtm_medium mtm_placement mtm_source ncid ns_campaign
    ns_fee ns_linkname ns_mchannel ns_source nr_email_referer oly_anon_id oly_enc_id partner_id
    pcamp pgtype piwik_campaign piwik_keyword piwik_kwd pk_campaign pk_content pk_keyword pk_kwd
    pk_medium pk_source rb_clickid recruited_by_id recruiter redir_token s_cid s_kwcid
    sc_campaign sc_channel sc_content sc_medium sc_outcome sc_geo sc_country share_source
    sharetype smid smtyp snr soc_src soc_trk srnd sr_share taid tblci tpcc tracking_source
    traffic_source trk trkcampaign trk_contact trk_msg trk_module trk_sid ttclid twclid usqp
    uact usg ved vero_conv vero_id vgo_ee wbraid wickedid wpmobileexternal wprov wt.mc_id
    wt.nav wt.tsrc wt_mc wt_zmc wtrid xtatc xtcr xtor xtref yclid yptr zanpid clickid clicksource
    clickid_source fromrss from_rss rss rsscid ocid spm scid _r nlid
    cvid mod_source cm_mmc cm_ven cm_cat cm_pla cm_ite elqtrackid elqtrack elq elqaid elqat
    elqcampaignid wpamp amp_js_v amp_gsa outputtype ns_ms utm hootpostid
    """.split()
)
_TRACKER_STARTS: Final = ("utm_", "utm-", "wt.", "pk_", "mtm_", "matomo_", "hsa_", "fb_", "at_")
# Words that name content on some sites and the reader's way in on others. They go where the path
# itself names one article, or their value is a way in and not a number.
_DOUBTFUL: Final = frozenset(
    """
    _ft_ __tn__ ab_channel action camp campaign campaign_id cbrd channel cid cmp_id cmpid comments
    content_source csp email_id feature feature_id feed from hp iid il mbid medium mod module nav
    newsletter_id origin partner platform ref ref_src refid referer referrer region rel reload
    s_campaign sh shared si source sref src src_id track tracking trackingid ucbcb via xid
    """.split()
)
_WAYS_IN: Final = frozenset(
    """
    app email facebook fb feed feedburner flipboard google hootsuite home homepage instagram
    linkedin mail newsletter reddit referral rss share social telegram tw twitter whatsapp x
    youtu.be youtube youtube_gdata youtube_gdata_player
    """.split()
)
_ON_VIDEO_SITES: Final = frozenset(("ab_channel", "cbrd", "feature", "pp", "si", "ucbcb"))
_INDEX: Final = re.compile(r"/(?:index|default)\.(?:x?html?|php\d?|aspx?|jsp|cfm)$", re.IGNORECASE)
_EXTENSION: Final = re.compile(r"(?<=[^/])\.(?:amp\.html|[sx]?html?|amp)$", re.IGNORECASE)
_SESSION: Final = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?;]*", re.IGNORECASE)
_HOST_LABEL: Final = re.compile(r"(?:^|(?<=\.))(?:www\d?\.|m\.|mobile\.|amp\.|amp-)")
# An anchor that names one item of a page of many: #item573, #a110613, #v1.2.3; never #0.
_ANCHOR: Final = re.compile(r"[A-Za-z_]+[-_]?(?:\d{2,}|\d+(?:[._-]\d+)+)")
_ROUTE: Final = re.compile(r"!?/.+")
_REDIRECTING: Final = re.compile(
    r"(?:^|[/_.])(?:url|redirect|redir|l\.php|away(?:\.php)?|out|extern[e]?(?:\.aspx)?|goto|click|link)$",
    re.IGNORECASE,
)
_AMP_CACHE: Final = re.compile(
    r"^/(?:[a-z]/)?(?:s/)?(?P<page>[a-z0-9.-]+\.[a-z]{2,}/.*)$", re.IGNORECASE
)


def same_page_form(url: str) -> str | None:
    """What two addresses of one page have in common; None for what is no http(s) address.

    A form without a "/" or "?" is a home page, which many stories may share. Not an address to
    fetch: scheme, `www.`, tracking parameters, fragment, extension and trailing slash are gone,
    parameters are sorted, a redirector that names its target is that target. Measured on pairs of
    addresses by `benchmarks/urls.py`.

    >>> same_page_form("http://www.news.example/a-b/?utm_source=rss&p=1#top")
    'news.example/a-b?p=1'
    """
    for _ in range(3):  # a redirector may name a redirector
        try:
            parsed = ada_url.URL(url.strip().replace("&amp;", "&"))
        except ValueError:
            return None
        if parsed.protocol not in _SCHEMES or len(url) > MAX_URL:
            return None
        target = _target(parsed)
        if target is None:
            break
        url = target
    host = parsed.hostname.rstrip(".")
    bare = _HOST_LABEL.sub("", host)
    host = bare if "." in bare else host
    path = _path(parsed.pathname)
    parameters = _parameters(parsed.search)
    if host == "youtu.be" and path:
        host, path, parameters = "youtube.com", "/watch", [("v", path[1:]), *parameters]
    port = f":{parsed.port}" if parsed.port else ""
    return f"{host}{port}{path}{_query(host, path, parameters)}{_fragment(parsed.hash)}"


_SCHEME_AND_WWW: Final = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)


def same_id_form(entry_id: str) -> str:
    """What spellings of one entry id share: no scheme, `www.` or tracking parameters (A11.3).

    Anything else in it stays: an id is compared byte for byte.

    >>> same_id_form("http://www.a.example/?p=1&utm_source=x#2")
    'a.example/?p=1#2'
    """
    if not (found := _SCHEME_AND_WWW.match(entry_id)):
        return entry_id
    rest, sign, fragment = entry_id[found.end() :].partition("#")
    page, mark, search = rest.partition("?")
    if mark:
        kept = [
            parameter
            for parameter in search.split("&")
            if not (name := parameter.partition("=")[0].lower()).startswith(_TRACKER_STARTS)
            and name not in _TRACKERS
        ]
        rest = f"{page}?{'&'.join(kept)}" if kept else page
    return rest + sign + fragment


def _target(url: ada_url.URL) -> str | None:
    """Where a redirector would lead, when its address says so."""
    if url.hostname.endswith(".cdn.ampproject.org") or (
        url.hostname.startswith("www.google.") and url.pathname.startswith("/amp/")
    ):
        path = url.pathname.removeprefix("/amp")
        found = _AMP_CACHE.match(path)
        return f"https://{found['page']}" if found else None
    if not url.search or not _REDIRECTING.search(url.pathname.rstrip("/")):
        return None
    for _, value in _parameters(url.search):
        if value.startswith(("http://", "https://")):
            return value
    return None


def _parameters(search: str) -> list[tuple[str, str]]:
    # Not ada's own: it raises for escapes that are no UTF-8, which older sites have.
    return parse_qsl(search[1:], keep_blank_values=True, errors="backslashreplace")


def _path(path: str) -> str:
    path = _SESSION.sub("", _uri(unquote(path, errors="surrogateescape").replace("%", "%25")))
    path = re.sub(r"/{2,}", "/", path)
    path = _INDEX.sub("/", path)
    path = path.rstrip("/").removesuffix("/amp")
    return _EXTENSION.sub("", path)


def names_an_article(url: str) -> bool:
    """Does this address name one article, by a title in dashes or a long number; not a live page?

    >>> names_an_article("https://a.example/2026/a-fire-in-port"), names_an_article("https://a.example/live")
    (True, False)
    """
    form = same_page_form(url)
    return form is not None and _names_an_article("/" + form.partition("?")[0].partition("/")[2])


def name_one_article(url: str, other: str) -> bool:
    """Do these two addresses of one page name one article, beyond doubt? Not where what the form
    leaves out may tell two articles apart: a parameter with one value here and another there that
    is a token on some sites and a number of the article on others, or an anchor.

    >>> page = "https://a.example/press-release-detail"
    >>> name_one_article(f"{page}?cid=7", page), name_one_article(f"{page}?cid=7", f"{page}?cid=8")
    (True, False)
    """
    return names_an_article(url) and not _may_tell_apart(url, other)


def _may_tell_apart(url: str, other: str) -> bool:
    try:
        pair = [ada_url.URL(one.strip().replace("&amp;", "&")) for one in (url, other)]
    except ValueError:
        return False
    anchors = {one.hash for one in pair if one.hash and not one.hash.startswith("#:~:")}
    doubtful, others = (
        {name.lower(): value for name, value in _parameters(one.search)
         if name.lower() in _DOUBTFUL and value.lower() not in _WAYS_IN}
        for one in pair
    )  # fmt: skip
    return len(anchors) > 1 or any(
        doubtful[name] != others[name] for name in doubtful.keys() & others.keys()
    )


def _names_an_article(path: str) -> bool:
    """Does the last part of the path name one article: a title in dashes, or a long number?"""
    last = path.rsplit("/", 1)[-1]
    return last.count("-") >= 2 or last.count("_") >= 2 or bool(re.search(r"\d{5,}", path))


def _query(host: str, path: str, parameters: list[tuple[str, str]]) -> str:
    article, video = _names_an_article(path), host == "youtube.com"
    kept = sorted(
        (name, value)
        for name, value in parameters
        if not (_is_noise(name.lower(), value, article) or (video and name in _ON_VIDEO_SITES))
    )
    return "?" + "&".join(f"{name}={value}" for name, value in kept) if kept else ""


def _is_noise(name: str, value: str, article: bool) -> bool:
    if name in _TRACKERS or name.startswith(_TRACKER_STARTS) or "affiliate" in name:
        return True
    if name == "amp" or value == "amp":
        return True
    return name in _DOUBTFUL and (article or value.lower() in _WAYS_IN)


def _fragment(fragment: str) -> str:
    anchor = fragment[1:]
    if not anchor or anchor.startswith(":~:"):
        return ""
    if "=" in anchor:  # parameters after the fragment sign: what is left without the trackers
        kept = [part for part in anchor.split("&") if not _is_noise(part.split("=")[0], "", False)]
        return "#" + "&".join(sorted(kept)) if kept else ""
    return "#" + anchor if _ROUTE.fullmatch(anchor) or _ANCHOR.fullmatch(anchor) else ""
