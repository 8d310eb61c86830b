"""One clip's work passes on everything that the manifest says of the lifter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backline import pipeline
from backline.batch import clip_task
from backline.batch.manifest_clip import ManifestClip
from backline.batch.store import content_sha256


@pytest.mark.parametrize(("words", "sex"), [("F", "female"), ("man", "male"), ("-", None)])
def test_the_sex_in_the_manifest_reaches_the_body_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, sex: str | None
) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(pipeline, "analyze", lambda path, **options: given.update(options))
    lift = tmp_path / "a.mot"
    lift.write_text("a lift")
    digest = content_sha256(str(lift))
    clip = ManifestClip(str(lift), sex=words, load_kg=80.0, body_mass_kg=70.0, sha256=digest)
    clip_task._analyse(
        clip_task.ClipTask(clip=clip, key="k", root=str(tmp_path), engine="x", settings={})
    )
    assert (given["sex"], given["load_kg"], given["body_mass_kg"]) == (sex, 80.0, 70.0)
