"""The list of lifts: what is deleted comes back for a day, and what was cut off is taken up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backline.errors import UsageError
from backline.web.lift_store import UNDO, LiftStore, shown_name

TOLD = {"lifter": "Ada", "load_kg": 100.0}


def put(shelf: LiftStore, name: str = "lift.mp4") -> str:
    lift_id = shelf.new_id()
    shelf.clip(lift_id).parent.mkdir(parents=True)
    shelf.clip(lift_id).write_bytes(b"film")
    shelf.add(lift_id, name, 4, TOLD)
    return lift_id


def test_a_lift_waits_first_and_keeps_what_was_told(shelf: LiftStore) -> None:
    entry = shelf.get(put(shelf))
    assert (entry.state, entry.kind, entry.version) == ("waiting", "look", 0)
    assert (entry.lifter, entry.load_kg, entry.busy) == ("Ada", 100.0, True)


def test_each_lift_is_taken_once_in_the_order_of_the_queue(shelf: LiftStore) -> None:
    first, second = put(shelf), put(shelf)
    assert [shelf.take(), shelf.take(), shelf.take()] == [first, second, None]


def test_a_correction_is_taken_before_a_new_clip(shelf: LiftStore) -> None:
    put(shelf)
    corrected = put(shelf)
    shelf.enqueue(corrected, "again")
    assert shelf.take() == corrected


def test_a_first_look_is_taken_before_the_long_work_on_another_lift(shelf: LiftStore) -> None:
    first, second = put(shelf), put(shelf)
    assert shelf.take() == first
    assert shelf.looks_waiting() == 1
    shelf.looked(first)
    assert [shelf.take(), shelf.take()] == [second, first]
    assert shelf.looks_waiting() == 0


def test_work_that_a_stop_cut_off_waits_again(shelf: LiftStore) -> None:
    lift_id = put(shelf)
    shelf.take()
    assert shelf.get(lift_id).state == "working"
    assert shelf.resume() == 1
    assert shelf.get(lift_id).state == "waiting"


def test_the_list_is_there_after_it_was_closed_and_opened(shelf: LiftStore) -> None:
    lift_id = put(shelf)
    shelf.close()
    again = LiftStore(shelf.folder)
    assert [one.id for one in again.entries()] == [lift_id]
    again.close()


def test_a_deleted_lift_is_gone_and_comes_back(shelf: LiftStore) -> None:
    lift_id = put(shelf)
    shelf.delete(lift_id)
    assert shelf.entries() == []
    assert shelf.take() is None
    with pytest.raises(UsageError, match="may have been deleted"):
        shelf.get(lift_id)
    shelf.undo(lift_id)
    assert [one.id for one in shelf.entries()] == [lift_id]


def test_after_a_day_it_is_gone_for_good_with_its_files(shelf: LiftStore) -> None:
    lift_id = put(shelf)
    shelf.judge(lift_id, "rounding:bottom:1", "rejected", "a belt")
    shelf.delete(lift_id)
    now = datetime.now(UTC).replace(tzinfo=None)
    assert shelf.purge(now + UNDO - timedelta(minutes=1)) == 0
    assert shelf.clip(lift_id).exists()
    assert shelf.purge(now + UNDO + timedelta(minutes=1)) == 1
    assert not shelf.home(lift_id).exists()
    with pytest.raises(UsageError, match="no such lift"):
        shelf.undo(lift_id)


def test_a_judgement_is_kept_replaced_and_taken_back(shelf: LiftStore) -> None:
    lift_id = put(shelf)
    shelf.judge(lift_id, "rounding:bottom:1", "accepted", "")
    shelf.judge(lift_id, "rounding:bottom:1", "rejected", "a belt")
    said = {"verdict": "rejected", "reason": "a belt"}
    assert shelf.judgements(lift_id) == {"rounding:bottom:1": said}
    shelf.judge(lift_id, "rounding:bottom:1", "", "")
    assert shelf.judgements(lift_id) == {}


@pytest.mark.parametrize("lift_id", ["..", "../../etc", "a" * 15, "A" * 16, "a" * 16 + "\n", ""])
def test_nothing_but_an_id_names_a_folder(shelf: LiftStore, lift_id: str) -> None:
    with pytest.raises(UsageError, match="no such lift"):
        shelf.home(lift_id)


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


def test_what_a_stop_of_the_server_cut_off_is_swept_up(shelf: LiftStore) -> None:
    for lift_id, deleted in (("a" * 16, False), ("b" * 16, True)):
        shelf.clip(lift_id).parent.mkdir(parents=True)
        shelf.add(lift_id, "lift.mp4", 1, {})
        if deleted:
            shelf.delete(lift_id)
    shelf.clip("c" * 16).parent.mkdir(parents=True)
    shelf.clip("c" * 16).write_bytes(b"half an upload")
    assert shelf.sweep() == 1
    assert shelf.home("a" * 16).is_dir()
    assert shelf.home("b" * 16).is_dir()  # can still be brought back
    assert not shelf.home("c" * 16).exists()
