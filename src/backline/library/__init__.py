"""The lifter's record: sessions, sets, effects of cues, and habits over time."""

from backline.library.archive import backup, restore
from backline.library.cue_comparison import Effect, compare
from backline.library.deletion import Removed, delete_lifter
from backline.library.drills import drills, save_drill
from backline.library.groups import compare_groups
from backline.library.habit import Habit, History, history
from backline.library.orphans import sweep
from backline.library.queries import coach_view, prevalence, rep_sizes, set_places, sets
from backline.library.saving import Notes, Saved
from backline.library.store import Store

__all__ = [
    "Effect",
    "Habit",
    "History",
    "Notes",
    "Removed",
    "Saved",
    "Store",
    "backup",
    "coach_view",
    "compare",
    "compare_groups",
    "delete_lifter",
    "drills",
    "history",
    "prevalence",
    "rep_sizes",
    "restore",
    "save_drill",
    "set_places",
    "sets",
    "sweep",
]
