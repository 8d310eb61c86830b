"""No test leaves a thread of real-time priority behind, and the check would see one."""

from __future__ import annotations

import os
import threading

import pytest

from backline.formats.video import open_clip
from tests.formats.conftest import make_film
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


def test_neither_encoding_nor_decoding_av1_raises_a_thread_of_the_caller(tmp_path) -> None:
    path = make_film(tmp_path / "a.mp4", "libsvtav1", options={"preset": "12"})
    with open_clip(path) as clip:
        assert clip.info.codec == "av1"
        for _ in clip.frames():
            assert real_time_threads() == []
    assert real_time_threads() == []
