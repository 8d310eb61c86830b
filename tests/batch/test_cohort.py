"""Cohort: shares and intervals known from paper, reps respected within lifters, one safe page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import beta

from backline.batch.cohort import read_cohort
from backline.batch.proportion import mean_curve, share_of
from backline.cli import app as cli
from tests.batch.lifts import lift


def test_one_rep_a_lifter_is_clopper_and_pearsons_interval() -> None:
    hits = np.array([1.0] * 6 + [0.0] * 14)
    share = share_of(hits, np.ones(20))
    assert share.share == pytest.approx(0.3)
    # effective reps: 20 * 19 / 20 = 19, by the sample variance of 0 and 1
    assert share.low == pytest.approx(beta.ppf(0.025, 5.7, 14.3))
    assert share.high == pytest.approx(beta.ppf(0.975, 6.7, 13.3))


def test_reps_that_are_alike_within_lifters_tell_no_more_than_one_each() -> None:
    hits = np.array([1.0] * 6 + [0.0] * 14)
    one, ten = share_of(hits, np.ones(20)), share_of(10 * hits, np.full(20, 10.0))
    assert (ten.share, ten.reps, ten.lifters) == (one.share, 200, 20)
    assert ten.low == pytest.approx(one.low, abs=0.02)
    assert ten.high == pytest.approx(one.high, abs=0.02)


def test_the_interval_covers_the_truth_where_lifters_differ() -> None:
    rng = np.random.default_rng(4)
    inside = 0
    for _ in range(300):
        own = rng.beta(0.6, 1.4, 25)  # mean 0.3, very unlike each other
        found = share_of(rng.binomial(8, own).astype(float), np.full(25, 8.0))
        inside += found.low <= 0.3 <= found.high
    assert inside / 300 >= 0.93


@pytest.mark.parametrize(("hits", "low", "high"), [(0.0, 0.0, 0.3085), (5.0, 0.6915, 1.0)])
def test_all_or_none_counts_each_lifter_once(hits: float, low: float, high: float) -> None:
    share = share_of(np.full(10, hits), np.full(10, 5.0))
    assert (share.low, share.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_each_lifter_counts_once_in_the_mean_curve() -> None:
    curves = np.array([[10.0, 0.0], [10.0, 0.0], [10.0, 0.0], [20.0, np.nan]])
    mean, sd, lifters = mean_curve(curves, np.array([0, 0, 0, 1]))
    assert mean == pytest.approx([15.0, 0.0])
    assert sd[0] == pytest.approx(np.std([10, 20], ddof=1))
    assert np.isnan(sd[1])
    assert lifters == 2


def test_from_manifest_to_page_through_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lift(tmp_path / "a.mot", 15)
    lift(tmp_path / "b.mot", 1)
    (tmp_path / "m.csv").write_text(
        "source,lifter,load_kg,body_mass_kg,sex,lode\n"
        "a.mot,<script>x</script>,100,80,male,1\nb.mot,Bo,90,80,female,1\n"
        "gone.mot,Cy,90,80,male,1\na.mot,<script>x</script>,100,80,male,1\nb2.mot,D,9000,80,male,1\n"
    )
    out, html = tmp_path / "data", tmp_path / "c.html"
    assert cli.run(["batch", str(tmp_path / "m.csv"), "--out", str(out), "--workers", "1"]) == 3
    said = capsys.readouterr()
    assert "5 clips: 2 done, 2 failed, 1 duplicate." in said.out
    assert "There is no file" in said.err
    assert "gone.mot" in said.err
    assert "load_kg is 9000 kg, expected 0 to 700 kg" in said.err
    assert "'lode' is not known" in said.err
    assert "nearest is 'load_kg'" in said.err
    assert cli.run(["cohort", str(out), "--out", str(html)]) == 0
    shares = {(r.where, r.by): r.share for r in read_cohort(str(out)).rows if r.kind == "rounding"}
    assert (shares["bottom", "all"].share, shares["bottom", "all"].lifters) == (0.5, 2)
    loads = {r.group for r in read_cohort(str(out)).rows if r.by == "load"}
    assert loads == {"1 to 1.5 body masses"}
    text = html.read_text()
    assert "<script" not in text
    assert "http" not in text.replace("http-equiv", "")
    (out / "dataset.json").write_text('{"schema": "backline.dataset/9"}')
    assert cli.run(["cohort", str(out)]) == 2
    assert "schema 'backline.dataset/9'" in capsys.readouterr().err


def test_another_folder_is_no_dataset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    lift(tmp_path / "in" / "a.mot")
    assert cli.run(["batch", str(tmp_path / "in"), "--out", str(tmp_path)]) == 2
    assert "no dataset of Backline" in capsys.readouterr().err
    assert cli.run(["cohort", str(tmp_path / "nothing")]) == 3
