"""Pictures of every page of the web app, wide and narrow, light and dark.

Run by ``make screenshots``; needs Chromium. The example lift is analysed once for it, unless
``--data`` names a folder in which an earlier run has left it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "top_tuck_and_wink.mp4"
TOLD = (
    {"name": "monday.mp4", "lifter": "Ada", "cue": "squeeze the glutes", "load_kg": "100"},
    {"name": "friday.mp4", "lifter": "Ben", "cue": "stand tall", "load_kg": "60"},
)
WIDTHS = {"wide": 1280, "narrow": 390}
LONGEST_S = 1800.0


def main() -> None:
    """Make all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "site" / "screenshots")
    parser.add_argument("--data", type=Path, default=ROOT / "site" / "screenshots_data")
    parser.add_argument("--only", default="", help="pages whose name holds this")
    asked = parser.parse_args()
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if browser is None:
        sys.exit("Chromium is not installed: install it, and try again.")
    asked.out.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"BACKLINE_DATA": str(asked.data.resolve())}
    command = [sys.executable, "-m", "backline", "serve", "--port", "0"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        address = server.stdout.readline().split(" at ")[1].split()[0]
        shoot(browser, address, lifts(address), asked.out, asked.only)
    finally:
        server.terminate()
        server.wait()


def lifts(address: str) -> list[str]:
    """Return the ids of two analysed lifts, added where there are none yet."""
    if not listed(address):
        for told in TOLD:
            query = urllib.parse.urlencode({**told, "body_mass_kg": "80", "height_cm": "178"})
            body = EXAMPLE.read_bytes()
            urllib.request.urlopen(f"{address}/api/lifts?{query}", data=body).close()
    until = time.monotonic() + LONGEST_S
    while any(one["state"] in ("waiting", "working") for one in listed(address)):
        if time.monotonic() > until:
            sys.exit("The example was not analysed within half an hour: try on a free machine.")
        time.sleep(2.0)
    return [one["id"] for one in listed(address)]


def listed(address: str) -> list[dict[str, Any]]:
    """Return what the server says of its lifts."""
    with urllib.request.urlopen(f"{address}/api/lifts") as answer:
        found: list[dict[str, Any]] = json.load(answer)
    return found


def shoot(browser: str, address: str, ids: list[str], out: Path, only: str) -> None:
    """Open every page in every width and scheme, and keep its picture."""
    from playwright.sync_api import sync_playwright

    pages = {
        "lifts": "/", "add": "/add", "lift": f"/lift/{ids[0]}", "compare": "/compare",
        "lifters": "/lifters", "lifter": "/lifter?name=Ada", "what_if": "/what-if",
        "live": "/live", "learn": "/learn", "missing": "/lift/0",
    }  # fmt: skip
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for width, pixels in WIDTHS.items():
            for scheme in ("light", "dark"):
                context = chromium.new_context(
                    viewport={"width": pixels, "height": 900}, color_scheme=scheme
                )
                page = context.new_page()
                page.set_default_timeout(120_000)
                for name, path in pages.items():
                    if only in name:
                        page.goto(address + path)
                        page.wait_for_selector("footer")
                        page.wait_for_timeout(1500)
                        file = out / f"{name}_{width}_{scheme}.png"
                        page.screenshot(path=file, full_page=True)
                context.close()
        chromium.close()


if __name__ == "__main__":
    main()
