"""Make the AV1 samples of the tests: ``python tools/av1_samples.py`` from the repository's root.

They are kept as files, since the one AV1 encoder that PyAV ships, SVT-AV1, raises whoever calls it
to the highest real-time priority when it is run as root, and all that is started afterwards.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "tests" / "formats" / "samples"
#: Ending of the file to the format of its pixels: 8 and 10 bit.
KINDS = {"mp4": "yuv420p", "webm": "yuv420p10le"}

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    from tests.formats.conftest import make_film

    SAMPLES.mkdir(exist_ok=True)
    for ending, pixels in KINDS.items():
        make_film(
            SAMPLES / f"av1.{ending}",
            "libsvtav1",
            pixel_format=pixels,
            options={"preset": "12"},
        )
