"""A site to look at: four weeks of news in five scripts, of sources in every state, one of them
with the worst manners. Every word and name in it is made up.
"""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from aggregator.model import Days, Failure, FailureKind, Health, Site, Topic
from aggregator.pipeline.commit import commit
from aggregator.pipeline.setup import Setup
from aggregator.publish.admission import AdmissionPolicy
from aggregator.store import SqlStore
from tests.pipeline.helpers import World
from tests.values import NOON, SITE, finished, read, rss, setup, source

PICTURES: Final = "https://pictures.example/"
_DAYS: Final = 28
_PAPERS: Final = {
    "courier": "The Northern Courier",
    "meridian": "Meridian",
    "harbour": "Harbour Times",
    "dispatch": "Evening Dispatch",
    "ledger": "The Ledger",
    "coast": "Coast Radio",
    "nahar": "صحيفة النهر",
    "haboker": "עיתון הבוקר",
    "chenbao": "江城晨报",
    "donau": "Donaudampfschifffahrtsgesellschaftsnachrichtenagentur für Überschwemmungsangelegenheiten",
    "crook": '<b>Crook</b> & "Sons" \u202egnp.exe',
}
_TOPICS: Final = (
    Topic("floods", "Floods", "High water on rivers and coasts, and what is done about it.",
          "flood* OR فيضان* OR 洪水 OR שיטפון OR hochwasser*"),
    Topic("harbour", "Harbours and shipping", "Ports, ferries, and who works there.",
          "harbour OR ferry OR ferries OR dockers OR port"),
    Topic("elections", "Elections", "Votes and counts.", "election* OR ballot* OR vote*"),
    Topic("manners", "Bad manners", "What must do no harm.", "alert OR crook"),
    Topic("eclipse", "Eclipses", "Of sun and moon.", "eclipse*"),
)  # fmt: skip
_EVENTS: Final = (
    ("Flood warning for {place} as the {river} rises",
     ("The water authority expects the {river} to pass the mark of {n} centimetres in the night. "
     "Cellars in the old town of {place} are being emptied, and two schools stay closed.")),
    ("Dockers at {place} harbour vote on a new contract",
     ("After {n} hours of talks the union puts the offer of the port authority to its members. "
     "Ferries to the islands keep their winter timetable until the count.")),
    ("{place} counts ballots again after a margin of {n}",
     ("The election board found a box of postal votes in a sports hall. The mayor calls the recount "
     "a formality; her challenger does not.")),
    ("New flood barrier at {place} is late, and dearer",
     ("The gates on the {river} were to close for the first time this winter. An audit now names "
     "{n} defects, most of them in the hinges.")),
)  # fmt: skip
_PLACES: Final = (
    ("Aldermouth", "Alder"), ("Brackwater", "Brack"), ("Carrow", "Wend"), ("Dunsea", "Dun"),
    ("Eastholm", "Holm"), ("Farrowgate", "Farrow"), ("Grimsand", "Sand"),
)  # fmt: skip
_BRIDGE: Final = (
    "The old stone bridge at Carrow gave way shortly after four in the morning, when a barge that had "
    "broken loose upstream struck its second pier. Nobody was on it. Engineers had closed the bridge "
    "the evening before, because the river stood higher than in any year since 1954, and had asked "
    "for the barges to be moored twice. Three houses on the northern bank are without power. The "
    "flood is expected to reach its height on Monday; the army has sent two pontoons, and a ferry "
    "will carry people across from Tuesday. The mayor thanked those who had spent the night filling "
    "sandbags in the market hall, and asked everyone else to stay away from the embankment."
)


@dataclass(frozen=True)
class Item:
    """An entry of a feed, and the pictures with it as bare attributes of media:content."""

    id: str
    title: str
    text: str
    link: str
    at: dt.datetime
    author: str = ""
    picture: str = ""
    caption: str = ""
    credit: str = ""

    def xml(self) -> str:
        media = ""
        if self.picture:
            media = (
                f"<media:content medium='image' {self.picture}>"
                f"<media:description>{escape(self.caption)}</media:description>"
                f"<media:credit>{escape(self.credit)}</media:credit></media:content>"
            )
        author = f"<dc:creator>{escape(self.author)}</dc:creator>" if self.author else ""
        return (
            f"<item><title>{escape(self.title)}</title><link>{escape(self.link)}</link>"
            f"<guid isPermaLink='false'>{escape(self.id)}</guid>{author}{media}"
            f"<description>{escape(self.text)}</description>"
            f"<pubDate>{self.at:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
        )


def picture(name: str, size: tuple[int, int] | None = (1200, 800)) -> str:
    attributes = f"url={quoteattr(PICTURES + name)}"
    return attributes + (f" width='{size[0]}' height='{size[1]}'" if size else "")


def lifelike(store: SqlStore, site: Site = SITE) -> World:
    """The world at noon, with all its news in the store."""
    sources = [source(key, title=None) for key in _PAPERS]
    sources += [source(f"is-{health.value}", title=None) for health in Health]
    known = replace(site, title="River wire", description="News of rivers and coasts, by topic.")
    policy = AdmissionPolicy(admit_count=1000, render_count=1000)
    world = World(store, setup(sources, _TOPICS, site=known, admission=policy))
    for ago in reversed(range(1, _DAYS)):
        _tell(store, world.setup, NOON - dt.timedelta(days=ago), _on_a_day(ago))
    _tell(store, world.setup, NOON - dt.timedelta(hours=5), _bridge("collapses", 1))
    _tell(store, world.setup, NOON - dt.timedelta(hours=3), _bridge("has collapsed", 3))
    _tell(store, world.setup, NOON - dt.timedelta(hours=1), _today())
    _states(store, world.setup)
    return world


def _tell(store: SqlStore, in_force: Setup, at: dt.datetime, told: dict[str, list[Item]]) -> None:
    polls = []
    with store.reading() as ask:
        states = ask.states()
    for key, items in told.items():
        body = rss(*(item.xml() for item in items), title=escape(_PAPERS[key]))
        reading = read(body, key, at)
        one = finished(in_force, at=at, source=key, state=states[key])
        polls.append(replace(one, reading=reading, body_digest=f"{key} {at}"))
    commit(store, polls, in_force, lambda: 0.0)


def _on_a_day(ago: int) -> dict[str, list[Item]]:
    """Some events, each told by a few outlets that name the page of the first."""
    told: dict[str, list[Item]] = {}
    papers = list(_PAPERS)[:6]
    for number in range(1 + ago * 7 % 4):
        event = _EVENTS[(ago + number) % len(_EVENTS)]
        place, river = _PLACES[(ago * 3 + number) % len(_PLACES)]
        title, text = (part.format(place=place, river=river, n=40 + ago * 3) for part in event)
        first = (ago + number) % 6 if number else 0
        at = NOON - dt.timedelta(days=ago, hours=1 + number)
        link = f"https://{papers[first]}.example/{ago}/{number}"
        shown = picture(f"{ago}-{number}.svg") if (ago + number) % 2 else ""
        for paper in (papers[first:] + papers[:first])[: 1 + (ago + number) % 4]:
            item = Item(f"{paper}-{ago}-{number}", title, text, link, at, "Ann Reporter", shown,
                        f"The {river} at {place}", "N. Otto")  # fmt: skip
            told.setdefault(paper, []).append(item)
    return told


def _bridge(verb: str, houses: int) -> dict[str, list[Item]]:
    """A story of many outlets, whose words change."""
    at = NOON - dt.timedelta(hours=6)
    text = _BRIDGE.replace("Three houses", f"{('No', 'One', 'Two', 'Three')[houses]} houses")
    page = "https://courier.example/carrow-bridge"
    shown = picture("bridge.svg")
    first = Item("bridge", f"Bridge at Carrow {verb} in the flood", text, page, at,
                 "Ann Reporter and Ben Writer", shown, "What is left of the second pier, on Sunday",
                 "Clara Light / Courier")  # fmt: skip
    others = {
        "meridian": "Carrow loses its bridge to the flood",
        "harbour": "Loose barge brings down bridge of 1742",
        "dispatch": "Bridge down, nobody hurt",
        "ledger": "Carrow bridge: what we know about the flood",
        "coast": "Carrow bridge collapses",
    }
    told = {
        key: [Item("bridge", title, text, f"https://{key}.example/b", at + dt.timedelta(minutes=9))]
        for key, title in others.items()
    }
    return {"courier": [first], **told}


def _today() -> dict[str, list[Item]]:
    def item(name: str, title: str, text: str, minutes: int, **more: str) -> Item:
        at = NOON - dt.timedelta(hours=2, minutes=minutes)
        return Item(name, title, text, f"https://{name}.example/today", at, **more)

    evil = "<script>alert('crook')</script><img src=x onerror=alert(1)><svg onload=alert(2)>"
    return {
        "nahar": [item(
            "nahar", "فيضان النهر يغمر السوق القديم وإجلاء مئات السكان",
            "ارتفع منسوب المياه خلال الليل إلى أعلى مستوى منذ سبعين عاماً، وأغلقت السلطات ثلاثة جسور في "
            "المدينة القديمة، بحسب وكالة Reuters (رويترز).",
            5, author="ليلى الكاتبة", picture=picture("market.svg"),
            caption="السوق القديم يوم الأحد", credit="سمير المصوّر")],
        "haboker": [item(
            "haboker", 'שיטפון בנגב: 3 כבישים נחסמו, "לא זוכרים גשם כזה"',
            "כוחות ההצלה חילצו עשרות נוסעים מכלי רכב. התחזית: גשם עד יום שלישי.", 6)],
        "chenbao": [item(
            "chenbao", "洪水冲垮百年石桥，两岸居民连夜转移",
            "受连日强降雨影响，江水水位突破警戒线一点二米，市防汛指挥部启动二级应急响应，目前无人员伤亡报告。", 7,
            picture=picture("tall.svg", None), caption="江边", credit="王摄影")],
        "donau": [item(
            "donau", "Hochwasserrückhaltebeckenbewirtschaftungsverordnungsänderungsentwurf "
            + "Donau" * 40, "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz " * 3, 8,
            picture=picture("broken.svg", None), caption="Ein Bild, das es nicht gibt")],
        "crook": [item(
            "crook", f"Alert {evil} \u202egnp.exe", f'Crook {evil} " onmouseover="alert(3)', 9,
            author=evil, picture=picture('1.svg" onload="alert(4)'), caption=evil, credit=evil)],
        "harbour": [item(
            "harbour", "After the collapse: Carrow waits for the ferry",
            "The barge that struck the second pier of the stone bridge at Carrow had been moored once, "
            "not twice. From Tuesday a ferry will carry people across the flood; the army's pontoons "
            "are for lorries.", 4, picture=picture("ferry.svg", (800, 1200)),
            caption="The ferry landing at Carrow", credit="Harbour Times")],
    }  # fmt: skip


def _states(store: SqlStore, in_force: Setup) -> None:
    """One source in each state."""
    with store.writing() as tell:
        states = tell.states()
        for number, health in enumerate(Health):
            failure = Failure(FailureKind.STATUS, "headers", "500 <b>Internal</b> Server Error")
            ill = health not in (
                Health.NEW,
                Health.ACTIVE,
                Health.QUIET,
                Health.IDLE,
                Health.PAUSED,
            )
            state = states[f"is-{health.value}"]
            tell.save_states([replace(
                state, health=health, health_since=NOON - dt.timedelta(days=number),
                failure=failure if ill else None, failures=number if ill else 0,
                failing_since=NOON - dt.timedelta(days=number) if ill else None,
                polled_at=NOON - dt.timedelta(hours=number), articles=number * 111,
                arrivals=(NOON - dt.timedelta(days=number),),
                days=Days(NOON.date(), tuple((n * number) % 9 for n in range(_DAYS))),
            )])  # fmt: skip
        tell.advance()
