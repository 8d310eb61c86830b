"""A remembered clip gives the frames of the clip itself, and decodes each once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backline.formats import remembered_clip
from backline.formats.remembered_clip import RememberedClip, remembered
from backline.formats.video import VideoWriter, open_clip


@pytest.fixture
def film(look: Any, tmp_path: Path) -> Path:
    """Return a film of 2 s at 30 frames a second."""
    with VideoWriter(tmp_path / "a.mp4", 64, 48) as writer:
        for i in range(60):
            writer.write(look.draw(i), i / 30)
    return tmp_path / "a.mp4"


def test_frames_and_samples_are_those_of_the_thinned_clip(film: Path) -> None:
    with open_clip(film) as clip:
        clip.thin(5.0)
        kept = RememberedClip(clip, 64)
        seen = [f.time_s for f in kept.sample([0.05, 0.4, 1.5, 9.0])]
        assert seen == pytest.approx([0.0, 0.4, 1.4, 1.8])
        ours, theirs = list(kept.frames()), list(clip.frames())
        assert [f.time_s for f in ours] == [f.time_s for f in theirs]
        assert all((a.picture == b.picture).all() for a, b in zip(ours, theirs, strict=True))
        part = list(kept.frames(0.5, 1.0))
        assert [f.time_s for f in part] == pytest.approx([0.6, 0.8])
        assert [f.index for f in part] == [0, 1]
        assert not kept.truncated


def test_each_frame_is_decoded_once(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_clip(film) as clip:
        kept = RememberedClip(clip, 64)
        for _ in kept.sample([0.5]):
            pass
        monkeypatch.setattr(clip, "frames", lambda **_: pytest.fail("read again"))
        assert len(list(kept.frames())) == len(list(kept.frames())) == 60


def test_a_clip_with_too_many_pictures_is_not_kept(
    film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_clip(film) as clip:
        assert isinstance(remembered(clip, 1920), RememberedClip)
        monkeypatch.setattr(remembered_clip, "MOST_BYTES", 60 * 64 * 48 * 3 - 1)
        assert remembered(clip, 1920) is clip
        assert isinstance(remembered(clip, 32), RememberedClip)
        clip.thin(5.0)
        assert isinstance(remembered(clip, 1920), RememberedClip)
