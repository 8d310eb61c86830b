"""Log lines of C++ libraries are dropped; everything else on standard error passes."""

from __future__ import annotations

import os

import pytest

from backline.sources.video.pose.native_log_filter import quiet_native_logs

LOGS = (
    b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n",
    b"W0000 00:00:1795392189.493309   10831 inference_feedback_manager.cc:114] Feedback\n",
    b"I0000 00:00:1795392189.4   10831 gl_context.cc:344] GL version\n",
    b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n",
    b"Warp CUDA warning: Could not find or load the NVIDIA CUDA driver. No GPU execution.\n",
)


def test_log_lines_are_dropped_and_others_kept(capfd) -> None:
    with quiet_native_logs():
        for line in LOGS:
            os.write(2, line)
        os.write(2, b"the disk is full\n")
        os.write(2, b"Warning: your own message\n")
    assert capfd.readouterr().err == "the disk is full\nWarning: your own message\n"


def test_standard_error_is_restored_after_an_exception(capfd) -> None:
    def fail() -> None:
        with quiet_native_logs():
            os.write(2, b"before\n")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    os.write(2, LOGS[3])  # outside the block nothing is dropped
    assert capfd.readouterr().err == "before\n" + LOGS[3].decode()
