"""``backline analyze``: from clips to results."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from backline.cli.common import failure_text, one_line, progress_bar, say_error
from backline.errors import NotMeasurableError
from backline.sources import DEFAULT_ENGINE

if TYPE_CHECKING:
    from datetime import date

    from backline.pipeline import Analysis
    from backline.texts import Language

DEFAULT_OUT = Path("backline_results")


_Sources = Annotated[
    list[Path],
    typer.Argument(
        metavar="SOURCE",
        help="Clips, folders of pictures, motion capture, keypoints or sensors.",
    ),
]
_Lift = Annotated[
    Literal["squat", "deadlift", "auto"],
    typer.Option(help="Auto detects it."),
]
_LoadKg = Annotated[
    float | None, typer.Option(help="The bar with its plates, kg. Adds the load on the back.")
]
_BodyMassKg = Annotated[float | None, typer.Option(help="The lifter's mass, kg.")]
_HeightCm = Annotated[float | None, typer.Option(help="The lifter's height, cm.")]
_Sex = Annotated[
    Literal["male", "female", "either"],
    typer.Option(help="For the body's proportions, with a load."),
]
_BarPlace = Annotated[
    Literal["auto", "high_bar", "low_bar", "front", "overhead", "hands"],
    typer.Option(help="Where the bar is; auto detects it from the hands."),
]
_Lifter = Annotated[str | None, typer.Option(metavar="NAME", help="Who lifts.")]
_Cue = Annotated[str | None, typer.Option(help="The cue that was given, in your words.")]
_Standing = Annotated[
    str | None,
    typer.Option(
        metavar="CLIP|START:END",
        help="The standing reference: a clip, or its seconds in the source. Detected otherwise.",
    ),
]
_Side = Annotated[
    Literal["auto", "left", "right"], typer.Option(help="The lifter's side facing the camera.")
]
_Engine = Annotated[str, typer.Option(help="Which pose engine to use.")]
_Mapping = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="TOML that names markers, keypoints or sensors."),
]
_Video = Annotated[
    Path | None,
    typer.Option(metavar="CLIP", help="The clip that a file of keypoints was found in."),
]
_Stickers = Annotated[
    str,
    typer.Option(metavar="auto|none|COLOUR", help="Printed stickers, none, or three dots."),
]
_Language = Annotated[
    Literal["en", "de", "es"],
    typer.Option(help="Of the report; analysis.json and the tables stay English."),
]
_Out = Annotated[Path, typer.Option(metavar="DIR", help="Results go to DIR/<name of the source>/.")]
_AsJson = Annotated[
    bool, typer.Option("--json", help="Print analysis.json alone (one line a source).")
]
_Quiet = Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")]
_NoSave = Annotated[
    bool,
    typer.Option("--no-save", help="Keep this out of the lifter's record; files are written."),
]
_Session = Annotated[
    str | None,
    typer.Option(metavar="DAY", help="The session, as 2026-01-31; the clip's own day else."),
]
_CopyClip = Annotated[
    bool, typer.Option("--copy-clip", help="Copy the clip into the lifter's record too.")
]


def analyze(
    sources: _Sources,
    lift: _Lift = "auto",
    load_kg: _LoadKg = None,
    body_mass_kg: _BodyMassKg = None,
    height_cm: _HeightCm = None,
    sex: _Sex = "either",
    bar_place: _BarPlace = "auto",
    lifter: _Lifter = None,
    cue: _Cue = None,
    standing: _Standing = None,
    side: _Side = "auto",
    engine: _Engine = DEFAULT_ENGINE,
    mapping: _Mapping = None,
    video: _Video = None,
    stickers: _Stickers = "auto",
    language: _Language = "en",
    out: _Out = DEFAULT_OUT,
    as_json: _AsJson = False,
    quiet: _Quiet = False,
    no_save: _NoSave = False,
    session: _Session = None,
    copy_clip: _CopyClip = False,
) -> int:
    """Measure where in each lift the low back rounds, and write a report.

    Exit status: 0 analysed, 2 wrong usage, 3 cannot be read, 4 not measurable. Of several
    sources every one is tried, and the highest status is given.
    """
    from backline.cli import checks
    from backline.cli.results import check_out, result_folders
    from backline.model.trial import BODY_MASS_KG, HEIGHT_CM, LOAD_KG

    options = {
        "lift": lift,
        "load_kg": LOAD_KG.check(load_kg, "--load-kg"),
        "body_mass_kg": BODY_MASS_KG.check(body_mass_kg, "--body-mass-kg"),
        "height_cm": HEIGHT_CM.check(height_cm, "--height-cm"),
        "sex": None if sex == "either" else sex,
        "bar_place": bar_place,
        "lifter": checks.check_words("--lifter", lifter),
        "cue": checks.check_words("--cue", cue),
        "standing": checks.check_standing(standing),
        "side": side,
        "engine": checks.check_engine(engine),
        "mapping": checks.check_mapping(mapping),
        "stickers": checks.check_stickers(stickers),
        "video": checks.check_video(video, sources),
        "settings": checks.read_settings(),
    }
    record = None
    if options["lifter"] is not None and not no_save:
        day = checks.check_day("--session", session)
        record = _Record(str(options["lifter"]), day, copy_clip)
    folders = result_folders(sources, out)
    check_out(out, folders)
    shown = _Shown(as_json=as_json, quiet=quiet, many=len(sources) > 1, language=language)
    pairs = zip(sources, folders, strict=True)
    return max(_one_source(source, folder, options, shown, record) for source, folder in pairs)


@dataclass(frozen=True)
class _Shown:
    """Output options."""

    as_json: bool
    quiet: bool
    many: bool
    language: Language


@dataclass(frozen=True)
class _Record:
    """The record that a set is saved in, and how."""

    lifter: str
    day: date | None
    copy_clip: bool


def _one_source(
    source: Path,
    folder: Path,
    options: dict[str, Any],
    shown: _Shown,
    record: _Record | None,
) -> int:
    """Analyse one source, write, save and show it; return its exit status."""
    from backline.storage.atomic_folder import locked_folder

    try:
        with locked_folder(folder):  # reported before the analysis, not after it
            analysis = _analyse_and_write(source, folder, options, shown)
        _show(analysis, folder, shown)
        if record is not None:
            _keep(analysis, record, shown)
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the other sources are still to be done
        text, code = failure_text(error)
        say_error(f"{source}: {text}" if shown.many else text)
        return code
    if analysis.quality.verdict != "refused":
        return 0
    text = _refusal(analysis)
    say_error(f"{source}: {text}" if shown.many else text)
    return NotMeasurableError.exit_code


def _analyse_and_write(
    source: Path, folder: Path, options: dict[str, Any], shown: _Shown
) -> Analysis:
    from backline import pipeline
    from backline.cli.results import SEEN_FOLDER, write_results
    from backline.texts import speaking

    with progress_bar(source.name, quiet=shown.quiet) as progress:
        keep = folder.parent / SEEN_FOLDER
        analysis = pipeline.analyze(source, **options, progress=progress, keep=keep)
        with speaking(shown.language):
            write_results(analysis, folder, progress)
    return analysis


def _keep(analysis: Analysis, record: _Record, shown: _Shown) -> None:
    """Save an analysis in the lifter's record, and say so."""
    from backline.library import Store

    with Store() as store:
        saved = store.save(analysis, record.lifter, day=record.day, copy_original=record.copy_clip)
    if not (shown.as_json or shown.quiet):
        news = {
            "set": "saved as set",
            "measurement": "new numbers saved beside the old ones of set",
            "nothing": "already there, unchanged, as set",
        }[saved.news]
        typer.echo(f"Record of {saved.lifter}, session {saved.day}: {news} {saved.set_id}.")


def _show(analysis: Analysis, folder: Path, shown: _Shown) -> None:
    if shown.as_json:
        typer.echo(json.dumps(analysis.to_dict(), ensure_ascii=False, allow_nan=False))
    elif not shown.quiet:
        from rich.console import Console

        from backline.cli.table import print_result

        print_result(analysis, folder, Console(highlight=False))


def _refusal(analysis: Analysis) -> str:
    reasons = analysis.quality.reasons
    if not reasons:
        return "Not measurable: see analysis.json."
    return one_line(f"Not measurable: {reasons[0].text}")
