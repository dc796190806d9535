"""What `status` says of hubs and subscribers."""

import json
import pathlib
from datetime import UTC, datetime, timedelta

from aggregator.model import NamedHub
from aggregator.store import SqlStore
from tests.cli.conftest import Run


def test_b9_2_status_names_a_hub_that_takes_no_ping(run: Run, tmp_path: pathlib.Path) -> None:
    site = (
        "site: {url: https://wire.example/, hubs: [https://hub.example/, https://wire.example/hub]}"
    )
    (tmp_path / "feeds.yaml").write_text(f"{site}\n")
    store = SqlStore(f"sqlite:///{tmp_path / 'aggregator.db'}")
    since = datetime.now(UTC) - timedelta(hours=30)
    with store.writing() as tell:
        tell.save_named_hubs([NamedHub("https://hub.example/", since, "[502]", alerted=True)])
    store.close()
    config = ("--config", str(tmp_path / "feeds.yaml"))

    said = run(*config, "status").out
    assert "Hub https://hub.example/ has taken no ping for 30 h: [502]." in said
    assert "Our hub https://wire.example/hub: 0 subscribers." in said
    push = json.loads(run(*config, "status", "--json").out)["push"]
    assert push["hub"] == "https://wire.example/hub"
    assert push["hubs"][0]["failing_since"] == since.isoformat()
