"""Found by a child process of the tests before anything else: what was seen of a clip is used.

Nothing is imported until the child itself imports the video source.
"""

import os
import sys

if os.environ.get("BACKLINE_TESTS_SEEN"):
    from importlib.machinery import PathFinder
    from pathlib import Path

    class _KeepsWhatItSees:
        """Lets the video source keep what it sees, as soon as it is imported."""

        @staticmethod
        def find_spec(name, path=None, target=None):  # type: ignore[no-untyped-def]
            if name != "backline.sources.video.source":
                return None
            spec = PathFinder.find_spec(name, path, target)
            execute = spec.loader.exec_module

            def exec_module(module):  # type: ignore[no-untyped-def]
                execute(module)
                from tests.seen import code_digest, keep

                keep(module, Path(os.environ["BACKLINE_TESTS_SEEN"]), code_digest())

            spec.loader.exec_module = exec_module
            return spec

    sys.meta_path.insert(0, _KeepsWhatItSees)
