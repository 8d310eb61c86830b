"""The list of lifts: what is deleted comes back for a day, and what was cut off is taken up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backline.errors import UsageError
from backline.web.lift_store import UNDO, LiftStore, shown_name

TOLD = {"lifter": "Ada", "load_kg": 100.0}


def put(lift_store: LiftStore, name: str = "lift.mp4") -> str:
    lift_id = lift_store.new_id()
    lift_store.clip(lift_id).parent.mkdir(parents=True)
    lift_store.clip(lift_id).write_bytes(b"film")
    lift_store.add(lift_id, name, 4, TOLD)
    return lift_id


def test_a_lift_waits_first_and_keeps_what_was_told(lift_store: LiftStore) -> None:
    entry = lift_store.get(put(lift_store))
    assert (entry.state, entry.kind, entry.version) == ("waiting", "look", 0)
    assert (entry.lifter, entry.load_kg, entry.busy) == ("Ada", 100.0, True)


def test_each_lift_is_taken_once_in_the_order_of_the_queue(lift_store: LiftStore) -> None:
    first, second = put(lift_store), put(lift_store)
    assert [lift_store.take(), lift_store.take(), lift_store.take()] == [first, second, None]


def test_a_correction_is_taken_before_a_new_clip(lift_store: LiftStore) -> None:
    put(lift_store)
    corrected = put(lift_store)
    lift_store.enqueue(corrected, "again")
    assert lift_store.take() == corrected


def test_a_first_look_is_taken_before_the_long_work_on_another_lift(lift_store: LiftStore) -> None:
    first, second = put(lift_store), put(lift_store)
    assert lift_store.take() == first
    assert lift_store.preflights_waiting() == 1
    lift_store.passed_preflight(first)
    assert [lift_store.take(), lift_store.take()] == [second, first]
    assert lift_store.preflights_waiting() == 0


def test_work_that_a_stop_cut_off_waits_again(lift_store: LiftStore) -> None:
    lift_id = put(lift_store)
    lift_store.take()
    assert lift_store.get(lift_id).state == "working"
    assert lift_store.resume() == 1
    assert lift_store.get(lift_id).state == "waiting"


def test_the_list_is_there_after_it_was_closed_and_opened(lift_store: LiftStore) -> None:
    lift_id = put(lift_store)
    lift_store.close()
    again = LiftStore(lift_store.folder)
    assert [one.id for one in again.entries()] == [lift_id]
    again.close()


def test_a_deleted_lift_is_gone_and_comes_back(lift_store: LiftStore) -> None:
    lift_id = put(lift_store)
    lift_store.delete(lift_id)
    assert lift_store.entries() == []
    assert lift_store.take() is None
    with pytest.raises(UsageError, match="may have been deleted"):
        lift_store.get(lift_id)
    lift_store.undo(lift_id)
    assert [one.id for one in lift_store.entries()] == [lift_id]


def test_after_a_day_it_is_gone_for_good_with_its_files(lift_store: LiftStore) -> None:
    lift_id = put(lift_store)
    lift_store.judge(lift_id, "rounding:bottom:1", "rejected", "a belt")
    lift_store.delete(lift_id)
    now = datetime.now(UTC).replace(tzinfo=None)
    assert lift_store.purge(now + UNDO - timedelta(minutes=1)) == 0
    assert lift_store.clip(lift_id).exists()
    assert lift_store.purge(now + UNDO + timedelta(minutes=1)) == 1
    assert not lift_store.home(lift_id).exists()
    with pytest.raises(UsageError, match="no such lift"):
        lift_store.undo(lift_id)


def test_a_judgement_is_kept_replaced_and_taken_back(lift_store: LiftStore) -> None:
    lift_id = put(lift_store)
    lift_store.judge(lift_id, "rounding:bottom:1", "accepted", "")
    lift_store.judge(lift_id, "rounding:bottom:1", "rejected", "a belt")
    said = {"verdict": "rejected", "reason": "a belt"}
    assert lift_store.judgements(lift_id) == {"rounding:bottom:1": said}
    lift_store.judge(lift_id, "rounding:bottom:1", "", "")
    assert lift_store.judgements(lift_id) == {}


@pytest.mark.parametrize("lift_id", ["..", "../../etc", "a" * 15, "A" * 16, "a" * 16 + "\n", ""])
def test_nothing_but_an_id_names_a_folder(lift_store: LiftStore, lift_id: str) -> None:
    with pytest.raises(UsageError, match="no such lift"):
        lift_store.home(lift_id)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("squat.mp4", "squat.mp4"),
        ("../../etc/passwd", "passwd"),
        ("C:\\films\\squat.mp4", "squat.mp4"),
        ("<script>alert(1)<", "<script>alert(1)<"),  # shown as text, never as markup
        ("a\x00b\nc\u202e.mp4", "a b c .mp4"),
        ("", "clip"),
        ("x" * 500, "x" * 120),
    ],
)
def test_a_file_name_is_only_ever_shown(name: str, shown: str) -> None:
    assert shown_name(name) == shown


def test_what_a_stop_of_the_server_cut_off_is_swept_up(lift_store: LiftStore) -> None:
    for lift_id, deleted in (("a" * 16, False), ("b" * 16, True)):
        lift_store.clip(lift_id).parent.mkdir(parents=True)
        lift_store.add(lift_id, "lift.mp4", 1, {})
        if deleted:
            lift_store.delete(lift_id)
    lift_store.clip("c" * 16).parent.mkdir(parents=True)
    lift_store.clip("c" * 16).write_bytes(b"half an upload")
    assert lift_store.sweep() == 1
    assert lift_store.home("a" * 16).is_dir()
    assert lift_store.home("b" * 16).is_dir()  # can still be brought back
    assert not lift_store.home("c" * 16).exists()
