"""Drills go into the record and come back as they were; older records get room for them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from backline.errors import UsageError
from backline.library import Store, backup, delete_lifter, drills, restore, save_drill
from backline.library.database import engine_of, migrate, revision, writing
from backline.live.drill import DrillResult, Hold
from backline.pipeline import Analysis

GOOD = DrillResult(9.0, -7.0, 4.0, (Hold(30, 1.0, 0.2, 0.5), Hold(60, 0.9, 1.0, 1.5),
                                    Hold(90, 0.5, 3.5, 2.0)))  # fmt: skip
UNSEEN = DrillResult(6.0, -2.0, 3.0, (Hold(30, 1.0, 0.0, 0.4), Hold(60, 0.8, 0.0, 1.0),
                                      Hold(90, math.nan, math.nan, math.nan)))  # fmt: skip


def test_a_saved_drill_comes_back_as_it_was(store: Store) -> None:
    before = datetime.now(UTC).replace(tzinfo=None)
    save_drill(store, "Ada", GOOD)
    ((when, back),) = drills(store, "ada")
    assert back == GOOD
    assert back.score == 80
    assert timedelta(0) <= when - before < timedelta(minutes=1)


def test_what_was_not_seen_stays_not_seen(store: Store) -> None:
    save_drill(store, "Ada", UNSEEN)
    ((_, back),) = drills(store, "Ada")
    assert back.score is None
    assert math.isnan(back.holds[2].inside)
    assert back.holds[:2] == UNSEEN.holds[:2]
    with store.engine.connect() as connection:
        kept = connection.execute(text("SELECT holds FROM drill")).scalar_one()
    held = json.loads(kept) if isinstance(kept, str) else kept
    assert held[2]["inside"] is None, "NaN is no JSON"


def test_drills_are_listed_in_the_order_of_time_and_each_lifter_has_their_own(store: Store) -> None:
    for name, result in (("Ada", GOOD), ("Ben", UNSEEN), ("Ada", UNSEEN)):
        save_drill(store, name, result)
    assert [result.posterior_deg for _, result in drills(store, "Ada")] == [9.0, 6.0]
    assert [result.posterior_deg for _, result in drills(store, "Ben")] == [6.0]
    assert store.lifters() == ["Ada", "Ben"]


def test_a_drill_goes_to_the_lifter_whose_sets_are_there(
    store: Store, make_set: Callable[..., Analysis]
) -> None:
    store.save(make_set("a"), "Ada")
    save_drill(store, "  ADA ", GOOD)
    assert store.lifters() == ["Ada"]


def test_an_unknown_lifter_is_said(store: Store) -> None:
    with pytest.raises(UsageError, match="no lifter is called 'Ada'"):
        drills(store, "Ada")


def test_forgetting_a_lifter_takes_their_drills_along(store: Store) -> None:
    save_drill(store, "Ada", GOOD)
    save_drill(store, "Ben", GOOD)
    delete_lifter(store, "Ada")
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM drill")).scalar_one() == 1


def test_a_backup_holds_the_drills(store: Store, tmp_path: Path) -> None:
    save_drill(store, "Ada", GOOD)
    backup(store, tmp_path / "record.zip")
    with Store(f"sqlite:///{tmp_path}/new.sqlite", tmp_path / "new") as other:
        restore(other, tmp_path / "record.zip")
        assert [result for _, result in drills(other, "Ada")] == [GOOD]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_record_of_the_second_schema_gets_the_table_and_keeps_its_sets(
    make_url: Callable[[str], str],
    make_set: Callable[..., Analysis],
    tmp_path: Path,
    kind: str,
) -> None:
    url = make_url(kind)
    with Store(url, tmp_path) as store:
        store.save(make_set("a"), "Ada")
        with writing(store.engine) as connection:
            connection.execute(text("DROP TABLE drill"))
            connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))
            before = connection.execute(text("SELECT * FROM lift_set")).all()
    with Store(url, tmp_path) as store:
        save_drill(store, "Ada", GOOD)
        with store.engine.connect() as connection:
            assert connection.execute(text("SELECT * FROM lift_set")).all() == before
            assert revision(connection) == "0003"
        assert len(drills(store, "Ada")) == 1


def test_the_second_schema_alone_has_no_drills(make_url: Callable[[str], str]) -> None:
    engine = engine_of(make_url("sqlite"))
    with writing(engine) as connection:
        migrate(connection, "0002")
    assert "drill" not in inspect(engine).get_table_names()
    with writing(engine) as connection:
        migrate(connection)
    assert "drill" in inspect(engine).get_table_names()
    engine.dispose()
