"""Plain words for codes: what stood in the way, how to film better, and how sure a size is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from backline.findings.finding import Finding
from backline.model.posture import ReferenceKind
from backline.reps import Rep

if TYPE_CHECKING:
    from markupsafe import Markup

    from backline.analysis import LiftAnalysis

REFERENCE_NAMES: dict[ReferenceKind, str] = {
    "quiet_standing": "Own standing",
    "given": "Given reference",
    "record": "Earlier standing",
    "lockouts": "Lockouts of this set",
    "none": "No reference",
}
"""What a reference is called where it stands for itself."""

_REASONS: dict[str, tuple[str, str]] = {
    "no_person": (
        "nobody was found in the picture",
        "Film the whole lifter, in good light, with one person in the picture.",
    ),
    "not_side_on": (
        "the camera does not stand side-on",
        "Put the phone exactly to the side, square to the bar's path, at hip height.",
    ),
    "back_hidden": (
        "something hides the low back",
        "Keep plates, rack and bench out of the line to the low back: a little further behind "
        "than in front works best, and smaller plates help.",
    ),
    "cut_off": (
        "the lifter is partly out of the picture",
        "Step back until head and feet stay in the picture during the whole lift.",
    ),
    "too_small": (
        "the lifter is too small in the picture",
        "Stand 3 to 5 m away and let the lifter fill most of the picture's height.",
    ),
    "camera_moving": (
        "the camera moves",
        "Lean the phone on a bottle or use a stand instead of holding it.",
    ),
    "second_lifter": (
        "a second person lifts in the picture",
        "Film one lifter at a time.",
    ),
    "other_shot": (
        "the clip is joined from several shots",
        "Film the whole set in one go, or give each shot as a clip of its own.",
    ),
    "dark": ("the picture is too dark", "Turn on the light, or film with the light behind you."),
    "reference_lockouts": (
        "the clip shows no quiet standing",
        "Stand still and upright for two seconds before the first rep.",
    ),
    "reference_none": (
        "no upright moment shows the low back",
        "Stand still and upright for two seconds before the first rep, the low back in view.",
    ),
    "reference_poor": (
        "the standing that numbers are measured from is uncertain",
        "Stand still and upright for two seconds before the first rep.",
    ),
    "no_standing": (
        "there is no quiet standing to compare with",
        "Stand still and upright for two seconds before the first rep.",
    ),
    "few_frames": (
        "the frames are too far apart in time",
        "Film at 30 frames a second or more, in real time (no time lapse).",
    ),
    "too_uncertain": (
        "the low back can be read only very roughly",
        "Film before a plain background, in good light, in tight clothes.",
    ),
    "unlike_training": (
        "the posture or view is unlike anything known",
        "Film an ordinary squat or deadlift exactly from the side.",
    ),
    "loose_cloth": (
        "the clothes hide the outline of the back",
        "Wear a tight top, or tuck the shirt in.",
    ),
    "oblique": (
        "the camera stands a little off a side view",
        "Put the phone exactly to the side, square to the bar's path, at hip height.",
    ),
    "standing_second_best": (
        "own standing was not taken from before the first rep",
        "Stand still and upright for two seconds before the first rep.",
    ),
    "truncated": (
        "the file ends too early",
        "Copy the file again from where it was recorded.",
    ),
    "marker_not_seen": (
        "a marker that is needed is not seen",
        "Fill the gaps of the pelvis markers and C7 in the capture program, or name the markers "
        "in a mapping file (--mapping).",
    ),
    "pelvis_filled": (
        "a pelvis marker was put back from the other three",
        "Keep all four pelvis markers in view of the cameras.",
    ),
    "sides_swapped": (
        "left and right markers have changed places",
        "Check the names of the markers.",
    ),
    "units_corrected": (
        "the file states a unit that does not fit a body",
        "Correct the unit when exporting the recording.",
    ),
    "implausible": (
        "what the file holds there is no movement of a body",
        "Look at the markers, points or sensors there in the program that recorded them: labels "
        "that were swapped, jumps, or another's data.",
    ),
    "label_twice": (
        "two channels of the file have one name and hold different data",
        "Rename one of the two, or name the right one in a mapping file (--mapping).",
    ),
    "orientation_told": (
        "which of the sensors' axes is up was told from the bow",
        "Write order and up under [orientation] in a mapping file (--mapping).",
    ),
    "hip_clamped": (
        "the hip sits at the model's limit of 120°",
        "Free hip_flexion in the OpenSim model and run the inverse kinematics again.",
    ),
    "no_value": (
        "the file holds no number for the pelvis or the low back",
        "Export pelvis_tilt and lumbar_extension, from a model whose trunk can bend.",
    ),
    "no_pelvis_points": (
        "the points hold no pelvis and no spine",
        "Use an engine that gives ASIS, PSIS and C7 or a chain along the spine, or analyse the "
        "video itself.",
    ),
    "point_not_seen": (
        "a point of the pelvis or the back is not seen",
        "Choose a view or an engine in which pelvis and back are found in every frame.",
    ),
    "points_not_validated": (
        "nobody has tested how true these points are in lifting",
        "Compare with motion capture or with the video itself (backline agree).",
    ),
    "sensor_gap": (
        "a sensor sent nothing for a while",
        "Keep the receiver near, charge the sensors, and record on the sensors themselves.",
    ),
    "packets_lost": (
        "some of the sensors' packets were lost",
        "Keep the receiver near, or record on the sensors themselves.",
    ),
    "clocks_aligned": (
        "the sensors' clocks had to be laid over each other",
        "Synchronise the sensors before the set.",
    ),
    "several_people": (
        "more than one person is in the way",
        "Choose a place where only the lifter and no mirror is in the picture.",
    ),
}
_ALSO: dict[str, str] = {
    "front_view": "not_side_on",
    "oblique_view": "oblique",
    "loose_clothes": "loose_cloth",
    "yaw": "not_side_on",
    "plate_hides_back": "back_hidden",
    "hidden": "back_hidden",
    "occluded": "back_hidden",
    "person_cut_off": "cut_off",
    "out_of_picture": "cut_off",
    "few_pixels": "too_small",
    "too_few_pixels": "too_small",
    "moving_camera": "camera_moving",
    "too_dark": "dark",
    "two_people": "several_people",
}


_SPREAD = re.compile(r"(?<=\d) ± (?=\d)")
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def reason_words(code: str) -> str:
    """Return a short phrase for the code of a frame's or clip's reason.

    An unknown code is written out with spaces; an empty one is "no measurement".
    """
    known = _REASONS.get(_ALSO.get(code, code))
    return known[0] if known else code.replace("_", " ") or "no measurement"


def filming_advice(codes: Iterable[str]) -> list[str]:
    """Return what to do better next time about the reasons that were met, in their order."""
    known = (_REASONS.get(_ALSO.get(code, code)) for code in codes)
    return list(dict.fromkeys(entry[1] for entry in known if entry))


def curve_words(finding: Finding) -> str:
    """Return what became of the lumbar curve, in words."""
    return {
        "kept": "curve kept",
        "flattened": "curve flattened",
        "reversed": "curve rounded past flat",
        "unknown": "curve not told by this source",
    }[finding.curve]


_SHAPES = {"kept": "kept", "flattened": "flattened", "reversed": "rounded past flat"}


def shape_words(rep: Rep) -> str:
    """Return the shape of the low back's curve at a rep's bottom; "" where no grade was given."""
    if rep.grade is None:
        return ""
    word = _SHAPES.get(rep.grade.shape)
    if word is None:
        return "cannot be determined"
    return f"{word} ({100 * rep.grade.probability:.0f} %)"


def certainty_words(finding: Finding) -> str:
    """Return how sure a finding is, in words."""
    percent = min(99, round(100 * finding.probability))
    return f"{percent} % sure" if finding.certain else "uncertain"


def clock(time_s: float) -> str:
    """Return a time as ``"4.2 s"``, or ``"1:04.2"`` from one minute on."""
    tenths = round(time_s, 1)
    if tenths < 60:
        return f"{tenths:.1f} s"
    minutes, seconds = divmod(tenths, 60)
    return f"{int(minutes)}:{seconds:04.1f}"


def unbroken(value: Any) -> Any:
    r"""Return a text in which no line breaks around "±", as in "15 ± 7"; other values as they are.

    Examples
    --------
    >>> unbroken("15 ± 7 degrees")
    '15\xa0±\xa07 degrees'
    """
    plain = isinstance(value, str) and not hasattr(value, "__html__")
    return _SPREAD.sub("\u00a0±\u00a0", value) if plain else value


def options_whole(text: str) -> Markup:
    """Return a text as HTML, escaped, in which no option such as ``--load-kg`` is broken up.

    A style keeps it together, because a hyphen of another kind would be copied with it.
    """
    from markupsafe import Markup, escape

    return Markup(_OPTION.sub(r'<span class="whole">\g<0></span>', str(escape(unbroken(text)))))


def file_name(path: str) -> str:
    """Return the last part of a path of any system, as a person knows the file."""
    return path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] or path


def setting(analysis: LiftAnalysis, name: str) -> Any:
    """Return a setting of the result by name, also one level down; None where absent."""
    settings = analysis.settings
    if name in settings:
        return settings[name]
    inner = (part for part in settings.values() if isinstance(part, Mapping) and name in part)
    return next((part[name] for part in inner), None)
