"""Bad manifests and bad places: a plain sentence each, and what can run runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from backline.batch.dataset import open_dataset
from backline.batch.local import WorkerLimits
from backline.batch.manifest import read_manifest
from backline.batch.plan import make_plan
from backline.batch.run import run_batch
from backline.batch.store import ResultStore
from backline.cli import app as cli
from backline.errors import BacklineError, SourceError, UsageError
from backline.settings import Settings
from tests.batch.lifts import lift


def manifest(folder: Path, text: str) -> str:
    path = folder / "m.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_same_clip_with_two_lifters_is_done_for_neither(tmp_path: Path) -> None:
    lift(tmp_path / "a.mot")
    (tmp_path / "copy.mot").write_bytes((tmp_path / "a.mot").read_bytes())
    where = manifest(tmp_path, "source,lifter\na.mot,Ada\ncopy.mot,Bo\n")
    plan = make_plan(read_manifest(where), ResultStore(str(tmp_path / "out")), Settings())
    assert plan.tasks == ()
    assert len(plan.settled) == 2
    for outcome in plan.settled.values():
        assert (outcome.status, outcome.code) == ("failed", "conflict")
        assert "lifter 'Ada'" in outcome.text
        assert "with 'Bo': keep the line that is right." in outcome.text


def test_each_of_three_lines_that_disagree_names_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in "abc":
        lift(tmp_path / f"{name}.mot")
    where = manifest(tmp_path, "source,lifter\na.mot,Ada\nb.mot,Bo\nc.mot,Cy\n")
    plan = make_plan(read_manifest(where), ResultStore(str(tmp_path / "out")), Settings())
    told = {Path(clip.source).name: plan.settled[key].text for clip, key in plan.clips}
    assert told["a.mot"] == told["b.mot"] != told["c.mot"]
    assert "c.mot' with 'Cy'" in told["c.mot"]
    assert cli.run(["batch", where, "--out", str(tmp_path / "out"), "--quiet"]) == 3
    assert len(capsys.readouterr().err.splitlines()) == 2  # the same sentence is said once


def test_the_same_line_twice_is_no_conflict_and_one_task(tmp_path: Path) -> None:
    lift(tmp_path / "a.mot")
    where = manifest(tmp_path, "source,lifter\na.mot,Ada\na.mot,Ada\n")
    plan = make_plan(read_manifest(where), ResultStore(str(tmp_path / "out")), Settings())
    assert (len(plan.tasks), len(plan.clips), plan.settled) == (1, 2, {})


def test_missing_files_and_a_tiny_video_fail_and_the_rest_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lift(tmp_path / "a.mot")
    (tmp_path / "tiny.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    (tmp_path / "empty.mp4").write_bytes(b"")
    where = manifest(tmp_path, "source\ngone.mp4\ntiny.mp4\nempty.mp4\na.mot\n")
    out = tmp_path / "out"
    assert cli.run(["batch", where, "--out", str(out), "--workers", "1"]) == 3
    said = capsys.readouterr()
    assert "4 clips: 1 done, 3 failed." in said.out
    assert len(said.err.strip().splitlines()) == 3
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a.mot,170 lb", "load_kg is '170 lb', expected a number of kilograms without its unit"),
        ("a.mot,12000", "load_kg is 12000 kg, expected 0 to 700 kg"),
        (",100", "it names no source"),
    ],
)
def test_wrong_values_name_their_line(tmp_path: Path, line: str, said: str) -> None:
    found = read_manifest(manifest(tmp_path, f"source,load_kg\nb.mot,100\n{line}\n"))
    assert [clip.source for clip in found.clips] == [str(tmp_path / "b.mot")]
    [bad] = found.bad
    assert bad.text.startswith("Line 3 of the manifest: ")
    assert said in bad.text


def test_an_unknown_column_is_named_with_the_nearest_and_left_out(tmp_path: Path) -> None:
    found = read_manifest(manifest(tmp_path, "source,lifterr\na.mot,Ada\n"))
    assert found.clips[0].lifter is None
    assert "column 'lifterr' is not known" in found.remarks[0]
    assert "the nearest is 'lifter'" in found.remarks[0]


@pytest.mark.parametrize("between", [";", "\t"])
def test_a_spreadsheets_own_separator_is_understood(tmp_path: Path, between: str) -> None:
    text = "\ufeffsource,lifter,cue\na.mot,Ada,tall and quiet\n".replace(",", between)
    [clip] = read_manifest(manifest(tmp_path, text)).clips
    assert (Path(clip.source).name, clip.lifter, clip.cue) == ("a.mot", "Ada", "tall and quiet")


def test_a_manifest_without_its_column_offers_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no column 'source' \(nearest: 'sourc'\)"):
        read_manifest(manifest(tmp_path, "sourc\na.mot\n"))


@pytest.mark.parametrize("text", ["", "source\n", "a,b\n1,2,3\n4,5,6,7\n"])
def test_a_manifest_without_lines_or_sense_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises((SourceError, UsageError), match="manifest"):
        read_manifest(manifest(tmp_path, text))


def test_nothing_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no manifest"):
        read_manifest(str(tmp_path / "none.csv"))
    with pytest.raises(SourceError, match="holds no clip"):
        read_manifest(str(tmp_path))


def test_an_output_that_cannot_be_written_is_told_before_any_work(tmp_path: Path) -> None:
    lift(tmp_path / "in" / "a.mot")
    (tmp_path / "file").write_text("taken")
    with pytest.raises(BacklineError, match=r"cannot be (written|read)"):
        run_batch(str(tmp_path / "in"), str(tmp_path / "file" / "out"), limits=WorkerLimits(1))
    assert (tmp_path / "file").read_text() == "taken"


def test_a_dataset_of_another_schema_is_left_alone(tmp_path: Path) -> None:
    lift(tmp_path / "in" / "a.mot")
    mark = tmp_path / "out" / "dataset.json"
    mark.parent.mkdir()
    mark.write_text('{"schema": "backline.dataset/9"}')
    with pytest.raises(UsageError, match="schema 'backline.dataset/9', expected"):
        run_batch(str(tmp_path / "in"), str(tmp_path / "out"), limits=WorkerLimits(1))
    assert mark.read_text() == '{"schema": "backline.dataset/9"}'
    mark.write_text("no json")
    with pytest.raises(UsageError, match="dataset of schema 'None'"):
        open_dataset(str(tmp_path / "out"))


def test_options_of_ray_need_ray(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["batch", str(tmp_path), "--out", str(tmp_path / "o"), "--gpus", "1"]) == 2
    assert "add --engine ray" in capsys.readouterr().err
