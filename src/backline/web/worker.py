"""The process that analyses one lift: ``python -m backline.web.worker FOLDER ID MEMORY``.

With ``-`` for the id it loads the modules that a correction needs, and reads the id from standard
input.

It processes untrusted files: memory, files and time are limited, and it ends with the server. Its
messages go to standard output, one JSON object a line.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backline.errors import BacklineError
from backline.progress import Progress
from backline.web.ready_process import ANY

if TYPE_CHECKING:
    from backline.model.measurement import Measured
    from backline.pipeline import Analysis
    from backline.report.pictures import Pictures
    from backline.sources.registry import SourceOptions
    from backline.texts import Language
    from backline.web.lift_store import LiftStore, StoredLift

LARGEST_FILE = 8 << 30
"""Largest file that a job may write, bytes."""
MEASURED, SEEN = "measured.zip", "seen.zip"
"""Stored measurement and observations, so that a correction does not process the clip again."""
SAME_TIME_S = 0.005
"""Times closer than this are of the same frame, seconds: half a frame at 100 a second."""
STOPPED = 4
"""Exit status where the clip fails the preflight check."""


class Work:
    """One lift's job.

    Parameters
    ----------
    lift_store : LiftStore
        Where the lift is.
    entry : StoredLift
        The lift.
    """

    def __init__(self, lift_store: LiftStore, entry: StoredLift) -> None:
        self.lift_store = lift_store
        self.entry = entry
        self.view = lift_store.view(entry.id)
        self.language: Language = entry.changes.get("language", "en")

    def run(self) -> None:
        """Run the job."""
        if self.entry.kind != "again" or not (self.view / MEASURED).is_file():
            measured = self._measure()
            self._finish(measured, first=True)
        else:
            from backline.model.measurement_file import load_measured

            self._finish(load_measured(self.view / MEASURED), first=False)

    def _measure(self) -> Measured:
        """Check the clip, then measure it.

        Where other lifts wait for their check, they are checked first: a clip filmed from the
        front is then refused at once, and not after the analyses of all others.
        """
        from backline.model.measurement_file import save_measured
        from backline.pipeline import slow_parts
        from backline.settings import Settings
        from backline.sources.registry import SourceOptions, open_source
        from backline.web.preflight import check_clip

        clip = self.lift_store.clip(self.entry.id)
        if self.entry.kind == "look" and not self.entry.changes.get("anyway"):
            report_progress(Progress("taking a first look", 0, 1))
            problem = check_clip(clip)
            if problem:
                write({"stopped": problem})
                self._preview()
                raise SystemExit(STOPPED)
            report_progress(Progress("taking a first look", 1, 1))
            if self.lift_store.preflights_waiting():
                write({"passed_preflight": True})
                raise SystemExit(0)
        side = self.entry.changes.get("side", "auto")
        options = SourceOptions(
            side=side,
            settings=Settings(),
            progress=report_progress,
            meanwhile=slow_parts(),
            observations_path=self.view / SEEN,
            person=tuple(person) if (person := self.entry.changes.get("person")) else None,
        )
        if not self.entry.version:
            self._answer_first(clip, options)
        measured = open_source(clip, options)
        save_measured(measured, self.view / MEASURED)
        return measured

    def _answer_first(self, clip: Path, options: SourceOptions) -> None:
        """Send lift, reps and reference from a few frames, so that they show while work goes on."""
        from backline.first_answer import first_answer, sentence
        from backline.texts import speaking

        report_progress(Progress("looking at a few frames", 0, 1))
        try:
            answer = first_answer(clip, replace(options, progress=None))
        except BacklineError:  # the analysis says why, in its own words
            return
        with speaking(self.language):
            write({"first": {"headline": sentence(answer), "found_lift": answer.lift}})

    def _finish(self, measured: Measured, *, first: bool) -> None:
        """Compute findings, show them, save them in the record and write the files.

        After a correction the numbers are shown before any picture is drawn again, and before the
        second model of the back's muscles, which takes longer than all other numbers together.
        """
        from backline.report.files import ALL_NAMES, save
        from backline.storage.atomic_folder import atomic_folder
        from backline.texts import speaking
        from backline.web.view import keep_pictures, write_view

        quick = None if first else self._approximated(measured)
        if quick is not None and self._same_length(quick):
            self._show(quick)
            report_progress(Progress("reading the low back against the new reference", 0, 1))
        measured = self._measured(measured)
        shown = not first and self._same_length(measured)  # a trimmed clip needs new pictures
        if shown:
            self._show(measured)
        if not first:
            report_progress(Progress("drawing the report", 0, 1))
            lower_priority()
        asked = self._conclude(measured)
        live = self._live(asked)
        kept: list[Pictures] = []
        result = self.lift_store.result(self.entry.id)
        with atomic_folder(result, ALL_NAMES) as partial, speaking(self.language):
            save(asked, partial, report_progress, keep=kept.append)
        if kept:
            keep_pictures(kept[0], self.view)
        if asked.quality.verdict == "refused":
            self._preview()
        stills = None if kept else self._seen(asked)
        write_view(asked, self.view, kept[0] if kept else None, stills, live=live)
        self._say_done(asked, self._record(asked), shown=shown)

    def _preview(self) -> None:
        """Write a copy of an unmeasured clip that browsers can play, to point at the lifter in."""
        from backline.web.preview import PREVIEW, write_preview

        if not (self.view / PREVIEW).is_file():
            write_preview(self.lift_store.clip(self.entry.id), self.view / PREVIEW)

    def _show(self, measured: Measured) -> None:
        """Show the numbers of a correction with the existing pictures."""
        from backline.web.view import write_view

        quick = self._conclude(measured, muscles=False)
        write_view(
            quick, self.view, self._kept(), self._seen(quick), live=self._live(quick),
            languages=(self.language,),
        )  # fmt: skip
        self._say_done(quick)

    def _approximated(self, measured: Measured) -> Measured | None:
        """Return a quick approximation for a new reference: the old angles shifted to its zero.

        None where it is not needed, or not possible.
        """
        from backline.sources.change_reference import moved

        span = self.entry.changes.get("standing")
        before = (self.entry.changes.get("before") or {}).get("standing")
        refused = measured.quality.verdict == "refused"
        if not span or span == before or refused or self.entry.changes.get("trim"):
            return None
        try:
            return moved(measured, (span[0], span[1]))
        except BacklineError:
            return None

    def _same_length(self, measured: Measured) -> bool:
        """Return whether the page's pictures show the same stretch of the clip."""
        from backline.web.view import read_view

        time_s = measured.posture.time_s
        shown = read_view(self.view).get("length_s") or [0.0, 0.0]
        ends = [float(time_s[0]), float(time_s[-1])] if len(time_s) else [0.0, 0.0]
        return bool(max(abs(a - b) for a, b in zip(shown, ends, strict=True)) < SAME_TIME_S)

    def _kept(self) -> Pictures | None:
        from backline.web.view import kept_pictures, read_view

        before = read_view(self.view)
        size = ((before.get("data") or {}).get("lines") or {}).get("size")
        return kept_pictures(self.view, tuple(size) if size else None)

    def _measured(self, measured: Measured) -> Measured:
        """Return the corrected measurement: the stretch, the drawn lines, the chosen reference."""
        from backline.settings import Settings
        from backline.sources.change_reference import change_reference, drawn_by_hand, trimmed
        from backline.web.corrections import hand_lines

        chosen, trim = (self.entry.changes.get(key) for key in ("standing", "trim"))
        span = (chosen[0], chosen[1]) if chosen else None
        drawn = hand_lines(self.entry.changes)
        if trim:
            stretch, seen = (trim[0], trim[1]), self.view / SEEN
            return trimmed(measured, stretch, Settings(), seen, span=span, drawn=drawn)
        if drawn:
            return drawn_by_hand(measured, drawn, span, Settings(), self.view / SEEN)
        return change_reference(measured, span, Settings(), self.view / SEEN) if span else measured

    def _conclude(self, measured: Measured, *, muscles: bool = True) -> Analysis:
        """Compute the corrected result, without rejected findings."""
        from backline.model.trial import Trial
        from backline.pipeline import conclude
        from backline.web.corrections import parts_of

        entry, changes = self.entry, self.entry.changes
        span = changes.get("span")
        judged = self.lift_store.judgements(entry.id)
        lift: Any = changes.get("lift") or entry.lift
        no = [parts_of(key) for key, one in judged.items() if one["verdict"] == "rejected"]
        trial = Trial(
            lift=lift,
            load_kg=entry.load_kg,
            body_mass_kg=entry.body_mass_kg,
            height_cm=entry.height_cm,
            lifter=entry.lifter,
            cue=entry.cue,
            sex=changes.get("sex") or None,
            bar_place=changes.get("bar_place") or "auto",
        )
        done = conclude(
            measured,
            trial,
            within=(span[0], span[1]) if span else None,
            without=no,
            muscles=muscles,
        )
        extra = {key: changes[key] for key in ("notes", "tags") if changes.get(key)}
        return replace(done, settings={**done.settings, **extra})

    def _seen(self, analysis: Analysis) -> Any:
        """Return a still of a clip that could not be measured."""
        from backline.report.files import what_was_seen

        return what_was_seen(analysis) if analysis.quality.verdict == "refused" else None

    def _live(self, analysis: Analysis) -> dict[str, Any] | None:
        """Return the live cues and their agreement, where the lift was recorded live."""
        log_file = self.lift_store.live(self.entry.id)
        if not log_file.is_file():
            return None
        from backline.live.log import load_log

        try:
            log = load_log(log_file)
        except BacklineError:
            return None
        cues = [
            {"rep": c.rep, "place": c.place, "size_deg": c.size_deg, "sd_deg": c.sd_deg,
             "heard": c.heard}
            for c in log.cues
        ]  # fmt: skip
        return {"agreement": log.agreement(analysis).sentence(), "cues": cues}

    def _record(self, analysis: Analysis) -> int | None:
        """Save the numbers in the lifter's record, where a lifter was named."""
        if not self.entry.lifter:
            return None
        from backline.library import Notes, Store

        report_progress(Progress("keeping it in the record", 0, 1))
        felt: Any = self.entry.felt
        changes = self.entry.changes
        with Store() as store:
            saved = store.save(
                analysis,
                self.entry.lifter,
                day=self.entry.created_at.date(),
                notes=Notes(
                    felt=felt, notes=_told(analysis), tags=tuple(changes.get("tags") or ())
                ),
            )
        return saved.set_id

    def _say_done(
        self, analysis: Analysis, set_id: int | None = None, *, shown: bool = False
    ) -> None:
        """Send the numbers to the server; ``shown`` where an open page has them already."""
        write(
            {
                "shown": shown,
                "numbers": {
                    "verdict": analysis.quality.verdict,
                    "headline": str(analysis.summary.get("headline") or ""),
                    "found_lift": analysis.lift,
                    **({"set_id": set_id} if set_id is not None else {}),
                },
            }
        )


def _told(analysis: Analysis) -> str | None:
    """Return the notes on moments as one text; None where there are none."""
    from backline.report.drawn_angle import notes_of

    told = [f"{time_s:.1f} s: {words}" for time_s, _, words in notes_of(analysis)]
    return "\n".join(told) or None


def report_progress(progress: Progress) -> None:
    """Send the progress to the server."""
    write({"stage": progress.stage, "done": progress.done, "total": progress.total})


def write(message: dict[str, Any]) -> None:
    """Write one message to the server."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def limit(memory: int) -> None:
    """Limit this process's memory and file sizes, as far as the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    if memory:
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def end_with_the_server() -> None:
    """End at once when the server closes standard input."""

    def wait() -> None:
        while os.read(0, 4096):  # not sys.stdin: its lock would be held when Python ends
            pass
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def lower_priority() -> None:
    """Lower this process's priority once the numbers are shown."""
    if hasattr(os, "nice"):  # not on Windows
        os.nice(5)


def end_in_order() -> None:
    """Clean up half-written files when the process is terminated."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))


def make_ready() -> None:
    """Load the modules that a correction needs; this takes longer than the correction."""
    import backline.formats.video
    import backline.model.measurement_file
    import backline.report.files
    import backline.sources.video.observations_file
    import backline.sources.video.source
    import backline.web.lift_store
    import backline.web.view  # noqa: F401
    from backline.pipeline import slow_parts

    for part in slow_parts():
        part()


def main(arguments: list[str]) -> int:
    """Run one lift's job; return the exit status."""
    folder, lift_id, memory = arguments
    end_in_order()
    limit(int(memory))
    if lift_id == ANY:
        make_ready()
        lift_id = os.read(0, 64).decode().strip()
        if not lift_id:  # the server has ended
            return 0
    end_with_the_server()
    from backline.web.lift_store import LiftStore

    lift_store = LiftStore(Path(folder))
    entry = lift_store.get(lift_id)
    try:
        Work(lift_store, entry).run()
    except BacklineError as error:
        write({"error": str(error).replace(str(lift_store.clip(lift_id)), entry.name)})
        return 1
    except MemoryError:
        write({"error": "memory"})
        return 1
    finally:
        lift_store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
