"""Laboratories' conventions: names, separators, units, encodings, standing; the same answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backline.errors import NotMeasurableError, SourceError, UsageError
from backline.formats.opensim import Markers, write_trc
from backline.model.measurement import Measured
from backline.sources.mocap.markersets import assign
from backline.sources.registry import SourceOptions, open_source
from tests.sources.mocap import stoop as base
from tests.sources.mocap.stoop import Stoop


@pytest.fixture(scope="module")
def whole(shared_file: Callable[[str], Path]) -> Stoop:
    return base.load(shared_file)


@pytest.fixture
def stoop(whole: Stoop) -> Stoop:
    return whole.copy()


def rows_of(text: str) -> tuple[list[str], list[list[str]]]:
    lines = text.rstrip("\n").split("\n")
    return lines[:6], [line.split("\t") for line in lines[6:]]


def joined(mark: str) -> Callable[[str], str]:
    """Return an edit of a TRC's text that parts its cells by another mark."""

    def edit(text: str) -> str:
        head, rows = rows_of(text)
        names = [cell for cell in head[3].split("\t") if cell]
        if mark.strip():
            head = [line.replace("\t", mark) for line in head]
        else:
            head = [" ".join(line.split("\t")) for line in head]
            head[3] = mark.join(names)
        return "\n".join([*head, *(mark.join(row) for row in rows)]) + "\n"

    return edit


def decimal_comma(text: str) -> str:
    return re.sub(r"(?<=\d)\.(?=\d)", ",", text)


def centimetres(text: str) -> str:
    head, rows = rows_of(text)
    head[2] = head[2].replace("\tmm\t", "\tcm\t")
    scaled = [[*r[:2], *(repr(float(c) / 10) for c in r[2:])] for r in rows]
    return "\n".join([*head, *("\t".join(row) for row in scaled)]) + "\n"


def inches(text: str) -> str:
    head, rows = rows_of(text)
    head[2] = head[2].replace("\tmm\t", "\tinches\t")
    scaled = [[*r[:2], *(repr(float(c) / 25.4) for c in r[2:])] for r in rows]
    return "\n".join([*head, *("\t".join(row) for row in scaled)]) + "\n"


def stated(markers: int, frames: int) -> Callable[[str], str]:
    def edit(text: str) -> str:
        head, rows = rows_of(text)
        cells = head[2].split("\t")
        cells[2], cells[3] = str(frames), str(markers)
        head[2] = "\t".join(cells)
        return "\n".join([*head, *("\t".join(row) for row in rows)]) + "\n"

    return edit


def half_named(text: str) -> str:
    """Twice as many columns as names: the second half of the markers has none."""
    head, rows = rows_of(text)
    count = len(rows[0]) - 2
    head[2] = head[2].replace("\t38\t", "\t76\t")
    return "\n".join([*head, *("\t".join([*row, *["0.5"] * count]) for row in rows)]) + "\n"


def one_name_with_a_blank(text: str) -> str:
    return text.replace("\tRFIN\t", "\tR FIN\t").replace("\tLASI\t", "\tL ASI\t")


EDITS: dict[str, Callable[[str], str]] = {
    "commas": joined(","),
    "semicolons": joined(";"),
    "blanks": joined(" "),
    "several blanks": joined("   "),
    "decimal commas": decimal_comma,
    "decimal commas and semicolons": lambda text: joined(";")(decimal_comma(text)),
    "centimetres": centimetres,
    "inches": inches,
    "fewer rows and names stated": stated(5, 20),
    "66 stated": stated(66, 181),
    "half of the markers without a name": half_named,
    "a blank in a name": one_name_with_a_blank,
    "Windows' line ends": lambda text: text.replace("\n", "\r\n"),
    "no line of X1 Y1 Z1": lambda text: re.sub(r"\n\t\tX1.*\n", "\n", text),
}


@pytest.mark.parametrize("kind", EDITS)
def test_a_trc_written_another_way_gives_the_same(tmp_path: Path, stoop: Stoop, kind: str) -> None:
    base.check(base.measure(*base.as_trc(tmp_path, stoop, EDITS[kind])))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_trc_in_another_encoding_gives_the_same(
    tmp_path: Path, stoop: Stoop, encoding: str
) -> None:
    paths = base.as_trc(tmp_path, stoop)
    for path in paths:
        text = path.read_text().replace("lift.trc", "Hüftbeugung, 50 Hz.trc")
        path.write_bytes(text.encode(encoding))
    base.check(base.measure(*paths))


NAMES: dict[str, Callable[[str], str]] = {
    "subject and colon": lambda n: f"Anna:{n}",
    "subject and underscore": lambda n: f"Anna_{n}",
    "side behind": lambda n: re.sub(r"^([LR])(ASI|PSI)$", r"\2S\1", n),
    "small side behind": lambda n: re.sub(
        r"^([LR])(ASI|PSI)$", lambda m: f"{m[2]}S{m[1].lower()}", n
    ),
    "side behind a mark": lambda n: re.sub(r"^([LR])(ASI|PSI)$", r"\2S_\1", n),
    "side in words": lambda n: re.sub(
        r"^([LR])(ASI|PSI)$", lambda m: f"{'Left' if m[1] == 'L' else 'Right'}{m[2]}S", n
    ),
    "side in words behind": lambda n: re.sub(
        r"^([LR])(ASI|PSI)$", lambda m: f"{m[2]}S_{'Left' if m[1] == 'L' else 'Right'}", n
    ),
    "subject and side behind": lambda n: (
        "Anna_" + re.sub(r"^([LR])(ASI|PSI)$", r"\2S_\1", n)
    ),
    "Latin": lambda n: {
        "LASI": "SIAS_L", "RASI": "SIAS_R", "LPSI": "L_SIPS", "RPSI": "R_SIPS",
    }.get(n, n),
    "Motive's": lambda n: {
        "LASI": "WaistLFront", "RASI": "WaistRFront", "LPSI": "WaistLBack", "RPSI": "WaistRBack",
    }.get(n, n),
}  # fmt: skip


@pytest.mark.parametrize("kind", NAMES)
def test_markers_named_another_way_give_the_same(tmp_path: Path, stoop: Stoop, kind: str) -> None:
    lift, quiet = (
        replace(m, names=tuple(map(NAMES[kind], m.names))) for m in (stoop.lift, stoop.quiet)
    )
    measured = base.measure(*base.as_trc(tmp_path, Stoop(lift, quiet)))
    base.check(measured)
    assert measured.quality.verdict == "ok"


def test_a_side_is_not_read_into_a_name_that_ends_like_one() -> None:
    names = ["HEEL", "LHEE", "RHEE", "STERNUM", "CLAVICLE", "LKNE", "SACRAL"]
    found = assign(names, {})
    assert found["HEEL_left"] == "LHEE"
    assert found["HEEL_right"] == "RHEE"
    assert "HEEL" not in found.values()
    assert {found["KNEE_left"], found["STRN"], found["CLAV"]} == {"LKNE", "STERNUM", "CLAVICLE"}


def test_two_people_with_underscores_are_refused(tmp_path: Path, stoop: Stoop) -> None:
    names = [f"{who}_{n}" for who in ("Anna", "Ben") for n in stoop.lift.names]
    both = np.concatenate([stoop.lift.positions] * 2, axis=1)
    write_trc(tmp_path / "a.trc", Markers(stoop.lift.time_s, tuple(names), both, "mm"))
    with pytest.raises(NotMeasurableError, match=r"2 people \(Anna, Ben\)"):
        open_source(tmp_path / "a.trc")


# Without C7 the pelvis is given.


def without_c7(markers: Markers) -> Markers:
    keep = [i for i, name in enumerate(markers.names) if name != "C7"]
    return replace(
        markers, names=tuple(markers.names[i] for i in keep), positions=markers.positions[:, keep]
    )


def check_pelvis_alone(measured: Measured) -> None:
    assert measured.quality.verdict == "refused"
    codes = [r.code for r in measured.quality.reasons]
    assert "marker_not_seen" in codes
    assert "no_standing" not in codes
    posture = measured.posture
    assert np.isnan(posture.lumbar_flexion_deg).all()
    assert base.TILT_DEG[0] < np.nanmax(posture.pelvic_tilt_deg) < base.TILT_DEG[1]


def test_without_c7_the_pelvis_is_given(tmp_path: Path, stoop: Stoop) -> None:
    bare = Stoop(without_c7(stoop.lift), without_c7(stoop.quiet))
    check_pelvis_alone(base.measure(*base.as_trc(tmp_path, bare)))


def test_without_c7_the_pelvis_is_given_from_a_static_of_one_frame(
    tmp_path: Path, stoop: Stoop
) -> None:
    quiet = without_c7(stoop.quiet)
    quiet = replace(quiet, time_s=quiet.time_s[:1], positions=quiet.positions[:1])
    bare = Stoop(without_c7(stoop.lift), quiet)
    check_pelvis_alone(base.measure(*base.as_trc(tmp_path, bare)))


def test_without_c7_the_pelvis_is_given_from_a_span(tmp_path: Path, stoop: Stoop) -> None:
    lift, quiet = without_c7(stoop.lift), without_c7(stoop.quiet)
    n = len(quiet.time_s)
    both = Markers(
        np.arange(n + len(lift.time_s)) / 50,
        lift.names,
        np.concatenate([quiet.positions, lift.positions]),
        "mm",
    )
    write_trc(tmp_path / "a.trc", both)
    measured = open_source(tmp_path / "a.trc", SourceOptions(standing=(0.0, 2.0)))
    assert measured.quality.verdict == "refused"
    tilt = measured.posture.pelvic_tilt_deg[n:]
    assert base.TILT_DEG[0] < np.nanmax(tilt) < base.TILT_DEG[1]


@pytest.mark.parametrize("frames", [1, 2, 20])
def test_a_short_static_is_own_standing(tmp_path: Path, stoop: Stoop, frames: int) -> None:
    quiet = stoop.quiet
    quiet = replace(quiet, time_s=quiet.time_s[:frames], positions=quiet.positions[:frames])
    base.check(base.measure(*base.as_trc(tmp_path, Stoop(stoop.lift, quiet))))


# What is wrong with the standing is said of the standing.


def test_a_standing_without_c7_is_blamed_itself(tmp_path: Path, stoop: Stoop) -> None:
    paths = base.as_trc(tmp_path, Stoop(stoop.lift, without_c7(stoop.quiet)))
    with pytest.raises(
        NotMeasurableError, match=r"quiet\.trc', given as the standing reference, does not"
    ):
        base.measure(*paths)


def test_a_standing_with_other_markers_on_the_pelvis_is_blamed_itself(
    tmp_path: Path, stoop: Stoop
) -> None:
    names = tuple({"LPSI": "SACR", "RPSI": "OTHER"}.get(n, n) for n in stoop.quiet.names)
    paths = base.as_trc(tmp_path, Stoop(stoop.lift, replace(stoop.quiet, names=names)))
    with pytest.raises(NotMeasurableError, match=r"quiet\.trc'.*back of the pelvis by the sacrum"):
        base.measure(*paths)


def test_a_damaged_standing_is_blamed_itself(tmp_path: Path, stoop: Stoop) -> None:
    lift, quiet = base.as_trc(tmp_path, stoop)
    quiet.write_text(quiet.read_text().replace("\tmm\t", "\tfurlong\t"))
    with pytest.raises(
        SourceError, match="In the recording given as the standing reference: .*furlong"
    ):
        base.measure(lift, quiet)


# Right words.


def test_markers_that_are_named_and_never_seen_are_said(tmp_path: Path, stoop: Stoop) -> None:
    for value in (0.0, np.nan):
        for name in ("LASI", "RASI"):
            stoop.at(name)[:] = value
        lift, quiet = base.as_trc(tmp_path, stoop)
        with pytest.raises(NotMeasurableError, match="never seen: LASI, RASI"):
            base.measure(lift, quiet)


def test_a_file_of_zeros_alone_is_told(tmp_path: Path, stoop: Stoop) -> None:
    stoop.lift.positions[:] = 0.0
    with pytest.raises(NotMeasurableError, match="never seen"):
        base.measure(*base.as_trc(tmp_path, stoop))


def test_a_rate_of_zero_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[]")
    with pytest.raises(UsageError, match="'0' after the @"):
        open_source(f"{tmp_path / 'a.json'}@0")


def test_an_unknown_table_is_not_told_to_be_deeplabcuts(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("weather,mood\nfine,good\n")
    with pytest.raises(SourceError, match="begins with 'weather,mood'") as caught:
        open_source(tmp_path / "a.csv")
    assert "DeepLabCut again" not in str(caught.value)
    assert ".toml" in str(caught.value)
