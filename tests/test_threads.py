"""No test leaves a thread of real-time priority behind, and the check would see one."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from backline.formats.video import open_clip
from tests.threads import real_time_threads, real_time_threads_of_all


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may take a real-time priority")
def test_a_thread_that_goes_before_all_others_is_found() -> None:
    taken, looked = threading.Event(), threading.Event()

    def greedy() -> None:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        taken.set()
        looked.wait(60.0)

    thread = threading.Thread(target=greedy)
    thread.start()
    assert taken.wait(60.0)
    found, everywhere = real_time_threads(), real_time_threads_of_all()
    looked.set()
    thread.join(60.0)
    assert [(t.number, t.policy, t.process) for t in found] == [
        (thread.native_id, os.SCHED_FIFO, os.getpid())
    ]
    assert everywhere == found
    assert real_time_threads() == []


def test_decoding_av1_raises_no_thread_of_the_caller() -> None:
    with open_clip(Path(__file__).parent / "formats" / "samples" / "av1.mp4") as clip:
        assert clip.info.codec == "av1"
        for _ in clip.frames():
            assert real_time_threads() == []
    assert real_time_threads() == []
