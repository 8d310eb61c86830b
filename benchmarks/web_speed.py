"""The web app's speed in a browser: first useful view of each page, and dragging a what-if slider.

    python -m benchmarks.web_speed CHROMIUM [DATA]

Starts ``backline serve`` on a folder of data (a new, empty one by default; `make screenshots`
leaves one with two lifts in site/screenshots_data) and opens each page five times, each time in a
browser without a cache. A view is there when its heading can be read; a slider has moved the
figure when the load that it shows has changed and the browser has drawn it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from typing import Any

import numpy as np

from benchmarks.clips import table

TIMES, DRAGS = 5, 30
PAGES = {"lifts": "/", "add a lift": "/add", "lifters": "/lifters", "what if": "/what-if"}
DRAG = """(value) => new Promise((done) => {
  const load = document.querySelector(".load.asked");
  const began = performance.now();
  new MutationObserver((_, seen) => {
    seen.disconnect();
    requestAnimationFrame(() => done(performance.now() - began));
  }).observe(document.querySelector(".what-if-figure"),
             { childList: true, subtree: true, characterData: true });
  const slider = document.querySelector("#tuck");
  slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
})"""


def first_views_s(browser: Any, address: str, path: str) -> list[float]:
    """Return the seconds from asking for a page to its heading, each without a cache."""
    took = []
    for _ in range(TIMES):
        context = browser.new_context()
        page = context.new_page()
        began = time.perf_counter()
        page.goto(address + path, wait_until="commit")
        page.wait_for_selector("main h1", timeout=60_000)
        took.append(time.perf_counter() - began)
        context.close()
    return took


def drags_ms(browser: Any, address: str) -> list[float]:
    """Return the milliseconds from moving the tuck's slider to the figure drawn anew."""
    page = browser.new_page()
    page.goto(address + "/what-if")
    page.wait_for_selector(".load.asked")
    page.wait_for_timeout(1000)
    took = [page.evaluate(DRAG, str(1 + k % 20)) for k in range(DRAGS)]
    page.close()
    return [float(one) for one in took]


def main(arguments: list[str]) -> None:
    """Print the table."""
    from playwright.sync_api import sync_playwright

    if not arguments:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as empty, sync_playwright() as playwright:
        data = arguments[1] if len(arguments) > 1 else empty
        command = [sys.executable, "-m", "backline", "serve", "--port", "0"]
        environment = os.environ | {"BACKLINE_DATA": data, "NO_COLOR": "1"}
        served = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert served.stdout is not None
        address = served.stdout.readline().split(" at ")[1].split()[0]
        browser = playwright.chromium.launch(
            executable_path=arguments[0], args=["--no-sandbox", "--disable-gpu"]
        )
        rows = []
        for name, path in PAGES.items():
            took = first_views_s(browser, address, path)
            rows.append(
                (f"first view: {name}", "2 s", f"{took[0]:.2f} s, then {np.median(took[1:]):.2f} s")
            )
        middle, late = np.percentile(drags_ms(browser, address), (50, 95))
        said = f"median {middle:.0f} ms, 95th percentile {late:.0f} ms"
        rows.append(("what if: a slider moved", "100 ms", said))
        browser.close()
        served.terminate()
        served.wait()
    print(f"load average {os.getloadavg()[0]:.1f}\n\n{table(rows)}")


if __name__ == "__main__":
    main(sys.argv[1:])
