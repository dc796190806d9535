"""`release`: what the mass-change guard holds back, and letting it in."""

from typing import Annotated

import typer

from .shared import Json, Options, ago, many, out, print_json, table


def release(
    context: typer.Context,
    key: Annotated[
        str | None, typer.Argument(metavar="KEY", help="The source; without one, a list.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Let edits in that are held back.

    When one document changes more than half of what a topic shows, its edits wait until they have
    stood for an hour: it may be a broken template, or a defaced site. Without KEY, what is held
    now. With it, the edits of that source as they were seen last come in with its next poll, for
    which it is due at once: a running daemon does it, or `aggregator poll KEY`.

    Example: aggregator release bbc-world
    """
    from ..errors import UsageError
    from ..pipeline.turnover import release as let_in
    from ..wiring import now, opened

    options: Options = context.obj
    config = options.read()
    if key is not None and key not in config.sources:
        raise UsageError(f"no source has the key {key}; `aggregator status` lists them")
    with opened(config) as (store, setup):
        if key is not None:
            held, reason = let_in(store, setup, key, now())
            if as_json:
                print_json({"source": key, "edits": len(held.edits), "not_yet": reason})
                return
            when = f"not yet: {reason}" if reason else "due now"
            out().print(
                f"{many(len(held.edits), 'edit')} of {key} will come in with its next poll, {when}",
                markup=False,
            )
            return
        with store.reading() as ask:
            states = ask.states()
    found = {k: state.held_edits for k, state in states.items() if state.held_edits is not None}
    if as_json:
        print_json(
            [
                {"source": k, "edits": len(h.edits), "since": h.since, "topics": h.topics}
                for k, h in found.items()
            ]
        )
        return
    if not found:
        out().print("Nothing is held back.")
        return
    shown = table("source", "edits", "since", "would turn over", right=("edits",))
    for k, one in found.items():
        shown.add_row(k, str(len(one.edits)), ago(one.since, now()), ", ".join(one.topics))
    out().print(shown)
