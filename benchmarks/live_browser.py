"""The Live page end to end: from a picture taken in the browser to its answer shown there.

    python -m benchmarks.live_browser CHROMIUM [SECONDS]

Starts ``backline serve`` and a Chromium whose fake camera shows the example lift, and prints the
time from drawing the camera's picture to the gauge that shows its angle, and pictures a second.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from backline.formats.video import open_clip
from benchmarks.live_lag import EXAMPLE

WATCH = """window.took = [];
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  if (this.url.endsWith("/api/live") && data instanceof ArrayBuffer) {
    const taken = 1000 * new DataView(data).getFloat64(0, true);
    const shown = (event) => {
      if (typeof event.data !== "string") return; // pictures of a replay
      this.removeEventListener("message", shown);
      requestAnimationFrame(() => window.took.push(performance.now() - taken));
    };
    this.addEventListener("message", shown);
  }
  return send.call(this, data);
};"""


def film(clip: Path, target: Path) -> None:
    """Write a clip as the motion JPEG that the fake camera reads."""
    from PIL import Image

    with open_clip(clip) as opened, target.open("wb") as stream:
        for frame in opened.frames(max_side_px=640):
            with io.BytesIO() as one:
                Image.fromarray(frame.picture).save(one, "JPEG", quality=90)
                stream.write(one.getvalue())


def measure(address: str, browser: str, camera: Path, seconds: float) -> tuple[list[float], bool]:
    """Return the times in ms, and whether angles were shown at the end."""
    from playwright.sync_api import sync_playwright

    arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--mute-audio",
                 "--use-fake-device-for-media-stream",
                 f"--use-file-for-fake-video-capture={camera}"]  # fmt: skip
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser, args=arguments)
        page = running.new_context(permissions=["camera"]).new_page()
        page.add_init_script(WATCH)
        page.goto(f"{address}/live")
        page.wait_for_selector("[data-live='ready']")
        page.click("#live-start")
        page.wait_for_selector("[data-stage='live']", timeout=120_000)
        page.evaluate("window.took = []")  # from here on it measures from a new reference
        page.wait_for_timeout(1000 * seconds)
        took, live = page.evaluate("[window.took, document.documentElement.dataset.stage]")
        running.close()
    return took, live == "live"


def main() -> None:
    """Run it and print what was measured."""
    browser, seconds = sys.argv[1], float((sys.argv[2:] or ["20"])[0])
    with tempfile.TemporaryDirectory() as folder:
        camera = Path(folder) / "lift.mjpeg"
        film(EXAMPLE, camera)
        command = [sys.executable, "-m", "backline", "serve", "--port", "0"]
        environment = os.environ | {"BACKLINE_DATA": folder, "NO_COLOR": "1"}
        served = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            assert served.stdout is not None
            address = served.stdout.readline().split(" at ")[1].split()[0]
            took, live = measure(address, browser, camera, seconds)
        finally:
            served.terminate()
            served.wait()
    median, high = np.percentile(took, [50, 95])
    print(f"cores {os.cpu_count()}, load average {os.getloadavg()[0]:.1f}; measuring: {live}")
    print(f"pictures {len(took)} ({len(took) / seconds:.1f}/s)")
    print(f"picture taken to answer shown: median {median:.0f} ms, 95th percentile {high:.0f} ms")


if __name__ == "__main__":
    main()
