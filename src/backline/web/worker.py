"""The process that analyses one lift: ``python -m backline.web.worker FOLDER ID MEMORY``.

With ``-`` for the id it loads what a correction needs, and waits for the id on standard input.

It is alone with what a stranger may have sent: memory, files and time are limited, and it ends
with the server. What it has to say goes to standard output, one JSON object a line.
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
    from backline.web.lift_store import LiftStore, StoredLift

LARGEST_FILE = 8 << 30
"""Largest file that a job may write, bytes."""
MEASURED, SEEN = "measured.zip", "seen.zip"
"""What is kept of a look, so that a correction needs no new one."""
STOPPED = 4
"""Exit status where the first look speaks against the clip."""


class Work:
    """One lift's job.

    Parameters
    ----------
    shelf : LiftStore
        Where the lift is.
    entry : StoredLift
        The lift.
    """

    def __init__(self, shelf: LiftStore, entry: StoredLift) -> None:
        self.shelf = shelf
        self.entry = entry
        self.view = shelf.view(entry.id)

    def run(self) -> None:
        """Do all of it; raises what goes wrong."""
        if self.entry.kind != "again" or not (self.view / MEASURED).is_file():
            measured = self._look()
            self._finish(measured, first=True)
        else:
            from backline.model.measurement_file import load_measured

            self._finish(load_measured(self.view / MEASURED), first=False)

    def _look(self) -> Measured:
        """Look at the clip, first shortly, then at every frame.

        Where others wait for their first look, the long work waits for them: whoever has filmed
        from the front is told at once, not after everybody else's lift.
        """
        from backline.model.measurement_file import save_measured
        from backline.pipeline import slow_parts
        from backline.settings import Settings
        from backline.sources.registry import SourceOptions, open_source
        from backline.web.preflight import first_look

        clip = self.shelf.clip(self.entry.id)
        if self.entry.kind == "look" and not self.entry.changes.get("anyway"):
            tell(Progress("taking a first look", 0, 1))
            against = first_look(clip)
            if against:
                write({"stopped": against})
                raise SystemExit(STOPPED)
            tell(Progress("taking a first look", 1, 1))
            if self.shelf.looks_waiting():
                write({"looked": True})
                raise SystemExit(0)
        side = self.entry.changes.get("side", "auto")
        options = SourceOptions(
            side=side,
            settings=Settings(),
            progress=tell,
            meanwhile=slow_parts(),
            keep_seen=self.view / SEEN,
            person=tuple(person) if (person := self.entry.changes.get("person")) else None,
        )
        measured = open_source(clip, options)
        save_measured(measured, self.view / MEASURED)
        return measured

    def _finish(self, measured: Measured, *, first: bool) -> None:
        """Conclude, show, keep in the record and write the files.

        After a correction the numbers are shown before any picture is drawn again, and before the
        second model of the back's muscles, which takes longer than all other numbers together.
        """
        from backline.formats.whole_folder import whole_folder
        from backline.report.files import ALL_NAMES, save
        from backline.web.view import keep_pictures, write_view

        if not first and (near := self._nearly(measured)) is not None:
            self._show(near)
            tell(Progress("reading the low back against the new reference", 0, 1))
        measured = self._measured(measured)
        if not first:
            self._show(measured)
            tell(Progress("drawing the report", 0, 1))
            lower_priority()
        asked = self._conclude(measured)
        live = self._live(asked)
        kept: list[Pictures] = []
        with whole_folder(self.shelf.result(self.entry.id), ALL_NAMES) as partial:
            save(asked, partial, tell, keep=kept.append)
        if kept:
            keep_pictures(kept[0], self.view)
        stills = None if kept else self._seen(asked)
        write_view(asked, self.view, kept[0] if kept else None, stills, live=live)
        self._say_done(asked, self._record(asked), shown=not first)

    def _show(self, measured: Measured) -> None:
        """Show the numbers of a correction over the pictures that are there."""
        from backline.web.view import write_view

        quick = self._conclude(measured, muscles=False)
        write_view(quick, self.view, self._kept(), self._seen(quick), live=self._live(quick))
        self._say_done(quick)

    def _nearly(self, measured: Measured) -> Measured | None:
        """Return a first answer where another reference needs some seconds: the old angles moved.

        None where there is nothing to wait for, or no such answer.
        """
        from backline.sources.change_reference import moved

        span = self.entry.changes.get("standing")
        before = (self.entry.changes.get("before") or {}).get("standing")
        if not span or span == before or measured.quality.verdict == "refused":
            return None
        try:
            return moved(measured, (span[0], span[1]))
        except BacklineError:
            return None

    def _kept(self) -> Pictures | None:
        from backline.web.view import kept_pictures, read_view

        before = read_view(self.view)
        size = ((before.get("data") or {}).get("lines") or {}).get("size")
        return kept_pictures(self.view, tuple(size) if size else None)

    def _measured(self, measured: Measured) -> Measured:
        """Return the measurement as corrected: with what was drawn, from the reference chosen."""
        from backline.settings import Settings
        from backline.sources.change_reference import change_reference, drawn_by_hand
        from backline.web.corrections import hand_lines

        chosen = self.entry.changes.get("standing")
        span = (chosen[0], chosen[1]) if chosen else None
        drawn = hand_lines(self.entry.changes)
        if drawn:
            return drawn_by_hand(measured, drawn, span, Settings(), self.view / SEEN)
        return change_reference(measured, span, Settings(), self.view / SEEN) if span else measured

    def _conclude(self, measured: Measured, *, muscles: bool = True) -> Analysis:
        """Work out the numbers as the lift was corrected; a rejected finding is none."""
        from backline.model.trial import Trial
        from backline.pipeline import conclude
        from backline.web.corrections import parts_of

        entry, changes = self.entry, self.entry.changes
        span = changes.get("span")
        judged = self.shelf.judgements(entry.id)
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
        told = {key: changes[key] for key in ("notes", "tags") if changes.get(key)}
        return replace(done, settings={**done.settings, **told})

    def _seen(self, analysis: Analysis) -> Any:
        """Return what the camera saw, for a clip that could not be measured."""
        from backline.report.files import what_was_seen

        return what_was_seen(analysis) if analysis.quality.verdict == "refused" else None

    def _live(self, analysis: Analysis) -> dict[str, Any] | None:
        """Return what live said of this lift and how well it agreed, where it was recorded live."""
        log_file = self.shelf.live(self.entry.id)
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
        """Keep the numbers in the lifter's record, where there is a lifter."""
        if not self.entry.lifter:
            return None
        from backline.library import Notes, Store

        tell(Progress("keeping it in the record", 0, 1))
        felt: Any = self.entry.felt
        changes = self.entry.changes
        with Store() as store:
            saved = store.save(
                analysis,
                self.entry.lifter,
                day=self.entry.created_at.date(),
                notes=Notes(felt=felt, notes=self._notes(), tags=tuple(changes.get("tags") or ())),
            )
        return saved.set_id

    def _notes(self) -> str | None:
        """Return the notes on moments as one text; None where there are none."""
        notes = self.entry.changes.get("notes") or []
        return "\n".join(f"{one['time_s']:.1f} s: {one['text']}" for one in notes) or None

    def _say_done(
        self, analysis: Analysis, set_id: int | None = None, *, shown: bool = False
    ) -> None:
        """Tell the numbers; ``shown`` where an open page has them already."""
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


def tell(progress: Progress) -> None:
    """Tell the server how far the work is."""
    write({"stage": progress.stage, "done": progress.done, "total": progress.total})


def write(message: dict[str, Any]) -> None:
    """Write one message."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def limit(memory: int) -> None:
    """Limit what this process may take, as far as the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    if memory:
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def end_with_the_server() -> None:
    """End at once when the server's end of standard input is closed."""

    def wait() -> None:
        while os.read(0, 4096):  # not sys.stdin: its lock would be held when Python ends
            pass
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def lower_priority() -> None:
    """Let whatever else runs go first from here on: the answer is out."""
    if hasattr(os, "nice"):  # not on Windows
        os.nice(5)


def end_in_order() -> None:
    """Let a request to end (the lift was cancelled) take away what is half-written."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))


def make_ready() -> None:
    """Load all that a correction needs: it takes longer than the correction."""
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
    """Work on one lift; return the exit status."""
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

    shelf = LiftStore(Path(folder))
    entry = shelf.get(lift_id)
    try:
        Work(shelf, entry).run()
    except BacklineError as error:
        write({"error": str(error).replace(str(shelf.clip(lift_id)), entry.name)})
        return 1
    except MemoryError:
        write({"error": "memory"})
        return 1
    finally:
        shelf.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
