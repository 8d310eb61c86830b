"""The first answer: lift, reps and reference of a clip from a few of its frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from backline.first_answer import FIRST_HZ, FirstAnswer, first_answer, sentence
from backline.model.measurement import Reason
from backline.sources.options import SourceOptions
from backline.texts import speaking

EXAMPLE = Path(__file__).parent.parent / "examples" / "top_tuck_and_wink.mp4"
ANSWER = FirstAnswer("ok", (), "squat", 6, "quiet_standing", (0.4, 1.2))


def test_the_example_s_lift_reps_and_reference_are_found_in_a_few_frames() -> None:
    """Four squats after two seconds of quiet standing (the example's truth)."""
    processed: list[int] = []
    example = first_answer(EXAMPLE, SourceOptions(progress=lambda p: processed.append(p.done)))
    assert (example.verdict, example.lift, example.reps) == ("ok", "squat", 4)
    assert example.reference == "quiet_standing"
    assert example.reference_span_s is not None
    assert example.reference_span_s[1] < 2.5
    frames = len(EXAMPLE.with_suffix(".truth.csv").read_text().splitlines()) - 1
    assert max(processed) == pytest.approx(frames / int(30.0 / FIRST_HZ), abs=2)


def test_real_sets_are_counted_as_by_eye(shared_file: Callable[[str], Path]) -> None:
    """`labels.csv`: six squats with a mild wink."""
    answer = first_answer(shared_file("clips/real/squat_i_mild_wink_six_reps.mp4"))
    assert (answer.lift, answer.reps) == ("squat", 6)
    assert answer.verdict != "refused"


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "First look: squat, 6 reps."), ("de", "verglichen mit"), ("es", "se compara con")],
)
def test_it_is_said_in_the_language_that_is_spoken(language: str, words: str) -> None:
    with speaking(language):  # type: ignore[arg-type]
        assert words in sentence(ANSWER)


def test_a_clip_that_can_not_be_measured_is_named_with_its_first_reason() -> None:
    why = (Reason("no_person", "Nobody was found."), Reason("dark", "It is dark."))
    refused = replace(ANSWER, verdict="refused", reasons=why)
    assert sentence(refused).endswith("Nobody was found.")
