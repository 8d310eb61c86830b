"""The record through the command line: saved, shown, compared, backed up, forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backline import pipeline
from backline.cli import app as cli
from backline.findings.cues import cues as all_cues
from backline.pipeline import Analysis


@pytest.fixture(autouse=True)
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A record of its own, and a folder to work in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BACKLINE_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("BACKLINE_DATABASE", raising=False)
    return tmp_path / "data"


@pytest.fixture(autouse=True)
def measured(make_analysis: Callable[..., Analysis], monkeypatch: pytest.MonkeyPatch) -> None:
    """Analyse every source as one squat; its name's number is the size at the top, degrees."""

    def analyze(source: Path, **options: Any) -> Analysis:
        base = make_analysis(str(source))
        size = float(source.stem.split("_")[1])
        metrics = {"lumbar_flexion_lockout_deg": size, "turn_back_deg": 1.0}
        tuck = replace(base.findings[0], where="lockout", size_deg=size)
        return replace(
            base,
            source=replace(base.source, kind="mocap", sha256=source.stem.ljust(64, "0")),
            settings={"load_kg": options["load_kg"]},
            reps=(replace(base.reps[0], metrics=metrics),),
            findings=(tuck,) if size >= 5 else (),
            summary={"headline": "", "cue": options["cue"], "not_measured": []},
        )

    monkeypatch.setattr(pipeline, "analyze", analyze)
    monkeypatch.setattr(Analysis, "save", lambda self, folder, progress=None: None)


def run(*arguments: str) -> int:
    return cli.run(list(arguments))


def save_sessions() -> None:
    """Two sessions of A B B A: about 9 degrees under one cue, 2 under the other."""
    number = 0
    for day in ("2026-01-05", "2026-01-12"):
        for cue, size in (("squeeze", 9), ("tall", 2), ("tall", 2.5), ("squeeze", 9.5)):
            number += 1
            options = ["--lifter", "Ada", "--cue", cue, "--session", day, "--quiet"]
            assert run("analyze", f"{number}_{size}.mp4", *options) == 0


def test_a_lifter_makes_a_set_saved_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("analyze", "a_8.mp4", "--lifter", "Ada", "--session", "2026-01-05") == 0
    assert "Record of Ada, session 2026-01-05: saved as set 1." in capsys.readouterr().out
    assert run("analyze", "a_8.mp4", "--lifter", "Ada") == 0
    assert "already there, unchanged, as set 1" in capsys.readouterr().out


@pytest.mark.parametrize("options", [["--lifter", "Ada", "--no-save"], []])
def test_nothing_is_kept_unasked(record: Path, options: list[str]) -> None:
    assert run("analyze", "a_8.mp4", "--quiet", *options) == 0
    assert not record.exists()


def test_json_stays_json_when_it_is_saved(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("analyze", "a_8.mp4", "--lifter", "Ada", "--json") == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "backline.analysis/1"


def test_a_wrong_day_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("analyze", "a_8.mp4", "--lifter", "Ada", "--session", "monday") == 2
    assert "expected a day as year-month-day" in capsys.readouterr().err


def test_the_history_names_places_and_the_best_rep(capsys: pytest.CaptureFixture[str]) -> None:
    save_sessions()
    capsys.readouterr()
    assert run("history", "ada", "--png", "a.png", "--html", "a.html") == 0
    text = capsys.readouterr().out
    assert "lockout" in text
    assert "so far there are 2 and 8" in text
    assert "Best rep: rep 1 of set 2" in text
    assert Path("a.png").exists()
    assert Path("a.html").exists()
    assert run("history", "Ada", "--sets") == 0
    assert capsys.readouterr().out.count("squeeze") == 4
    assert run("history", "Ada", "--json") == 0
    assert json.loads(capsys.readouterr().out)["habits"]


def test_two_cues_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    save_sessions()
    capsys.readouterr()
    asked = ["--lifter", "Ada", "--cue-a", "Squeeze", "--cue-b", "tall"]
    assert run("compare", *asked, "--json") == 0
    top = {one["place"]: one for one in json.loads(capsys.readouterr().out)}["lockout"]
    assert top["verdict"] == "B is better"
    assert top["effect_deg"] == pytest.approx(-7.0, abs=0.2)
    assert run("compare", *asked) == 0
    text = capsys.readouterr().out
    assert "B is better" in text
    assert "add --plan 2" in text  # the other places cannot be told yet


def test_two_groups_of_sets_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    save_sessions()
    capsys.readouterr()
    groups = ["--sets-a", "1,4,5,8", "--sets-b", "2,3,6,7"]
    assert run("compare", "--lifter", "Ada", *groups) == 0
    assert "B is better" in capsys.readouterr().out


def test_a_plan_that_alternates_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("compare", "--cue-a", "x", "--cue-b", "y", "--plan", "2") == 0
    assert capsys.readouterr().out == "Session 1: x; y; y; x\nSession 2: y; x; x; y\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["compare", "--lifter", "Ada"], "compare needs --lifter"),
        (["compare", "--lifter", "Ada", "--cue-a", "nod", "--cue-b", "tall"], "'squeeze', 'tall'"),
        (["compare", "--lifter", "Ada", "--sets-a", "x", "--sets-b", "2"], "expected numbers"),
        (["compare", "--lifter", "Ada", "--sets-a", "1", "--sets-b", "1,2"], "share a set"),
        (["compare", "--lifter", "Ada", "--sets-a", "1,77", "--sets-b", "2"], "no set 77"),
        (["history", "Ava"], "did you mean 'Ada'?"),
        (["note", "Ada", "--pain", "12"], "pain is 12"),
        (["note", "Ada", "--set", "99", "--pain", "1"], "no set 99"),
        (["cues", "nod"], "no cue is called 'nod'"),
        (["restore", "none.zip"], "cannot be read as a backup"),
        (["coach", "--export", "gym.xls"], "expected .csv or .parquet"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    save_sessions()
    capsys.readouterr()
    assert run(*arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_notes_the_coachs_view_and_cues(capsys: pytest.CaptureFixture[str]) -> None:
    save_sessions()
    capsys.readouterr()
    assert run("note", "Ada", "--felt", "neutral", "--tag", "belt") == 0
    assert "Noted for set 8 of Ada." in capsys.readouterr().out
    assert run("coach", "--export", "gym.csv", "--pages", "pages") == 0
    assert "lockout: 1 of 1 lifters round there." in capsys.readouterr().out
    assert [page.name for page in Path("pages").iterdir()] == ["0001_Ada.html"]
    assert run("cues") == 0
    assert len(capsys.readouterr().out.splitlines()) == len(all_cues()) + 1
    assert run("cues", "stand_tall") == 0
    text = capsys.readouterr().out
    assert "hold it, don't tuck it" in text
    assert "lifts: any" in text


def test_backup_forget_and_restore(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    save_sessions()
    assert run("backup", "all.zip") == 0
    assert "1 lifters, 2 sessions, 8 sets, 8 reps, 8 files" in capsys.readouterr().out
    assert run("restore", "all.zip") == 2  # not empty
    assert run("delete-lifter", "Ada", "--yes") == 0
    text = capsys.readouterr().out
    assert "Removed Ada: 2 sessions, 8 sets, 8 measurements, 8 reps, 8 files." in text
    assert run("history", "Ada") == 2
    monkeypatch.setenv("BACKLINE_DATA", str(tmp_path / "elsewhere"))
    assert run("restore", "all.zip") == 0
    assert run("history", "Ada") == 0


def test_a_database_that_is_away_fails_the_save_but_not_the_files(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BACKLINE_DATABASE", "postgresql://nobody@127.0.0.1:1/none")
    assert run("analyze", "a_8.mp4", "--lifter", "Ada", "--quiet") == 1
    assert "cannot be reached" in capsys.readouterr().err
    assert Path("backline_results/a_8").is_dir()
