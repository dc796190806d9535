"""What is surely wrong in whole rules: a score that decides nothing, two topics that are one."""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping

from .implying import Implications
from .lint import Doubt, most_places
from .score import IN_LEAD, IN_TITLE, MOST_COUNTED
from .tree import All, Any, AtLeast, Count, Near, Not, Places, Query, Rule, Score, Term, terms_of


def doubts_of_score(query: Query, score: Score) -> Iterator[Doubt]:
    """What is wrong in a score as a whole, beside a query. Columns say nothing here."""
    most = sum(
        weight * _most_factor(line) * min(MOST_COUNTED, most_places(line))
        for line, weight in score.terms
        if weight > 0
    )
    if most < score.threshold:
        said = (
            f"the weights come to {most:g} at most, and the threshold is {score.threshold:g}: "
            "nothing is ever taken; lower it, or give more weight"
        )
        yield Doubt("score", said, 0)
    follows = Implications()
    least = sum(
        weight * _least_factor(line)
        for line, weight in score.terms
        if weight > 0 and follows.implies(query, line)
    )
    if least >= score.threshold and all(weight >= 0 for _, weight in score.terms):
        said = (
            f"whatever the query takes comes to {least:g} at least, and the threshold is "
            f"{score.threshold:g}: the score decides nothing; raise the threshold, or take it out"
        )
        yield Doubt("score", said, 0)


def _most_factor(line: Places) -> int:
    factors = {None: IN_TITLE, "title": IN_TITLE, "lead": IN_TITLE, "text": IN_LEAD}
    return max(factors.get(term.field, 1) for term in terms_of(line))


def _least_factor(line: Places) -> int:
    factors = {"title": IN_TITLE, "lead": IN_LEAD}
    return min(factors.get(term.field or "", 1) for term in terms_of(line))


def same_rules(rules: Mapping[str, Rule]) -> Iterator[tuple[str, str]]:
    """Topics whose rule an earlier topic has, but for the order of its parts; and that topic."""
    first: dict[Hashable, str] = {}
    for topic, rule in rules.items():
        earlier = first.setdefault(_unordered_rule(rule), topic)
        if earlier != topic:
            yield topic, earlier


def _unordered_rule(rule: Rule) -> Hashable:
    if rule.score is None:
        return _unordered(rule.query), None
    lines = frozenset(Counter((_unordered(q), weight) for q, weight in rule.score.terms).items())
    return _unordered(rule.query), rule.score.threshold, lines


def _unordered(query: Query) -> Hashable:
    """The same for queries that differ in the order of their parts and in how words are spelled
    alone.
    """
    match query:
        case Term(folded=folded, field=field, exact=exact, prefix=prefix, near=near):
            return folded, field, exact, prefix, near
        case Any() | All():
            return type(query).__name__, frozenset(_flat(query))
        case Not(of):
            return "Not", _unordered(of)
        case Near(one, other, words):
            return "Near", words, frozenset((_unordered(one), _unordered(other)))
        case AtLeast(least, of):
            return "AtLeast", least, frozenset(Counter(map(_unordered, of)).items())
        case Count(least, of):
            return "Count", least, _unordered(of)


def _flat(query: Any | All) -> Iterator[Hashable]:
    for part in query.of:
        if isinstance(part, Any | All) and type(part) is type(query):
            yield from _flat(part)
        else:
            yield _unordered(part)
