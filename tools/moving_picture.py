#!/usr/bin/env python3
"""Records the moving picture of the README: an attack with a frame that fails, and a change that is confirmed.

    tools/moving_picture.py                      beside a running `make run` and `make attack-demo`
    tools/moving_picture.py --out /tmp/moving    writes /tmp/moving.webp and the still picture /tmp/moving.png

It signs up a new account with a random email address. Each click is a real one, sent to the point that the picture shows.
Needs what tools/screenshot.py needs, and on Debian `apt-get install webp`. --frames FOLDER keeps the single frames.
"""

import argparse
import base64
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True  # no tools/__pycache__
from screenshot import ELEMENT, PASSWORD, Browser, Refused, Walk  # noqa: E402

WIDTH, HEIGHT, BAR, CAPTION = 800, 560, 34, 48
STAGE = f"""<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; width: {WIDTH}px; background: #13211e; font-family: Inter, Cantarell, system-ui, sans-serif }}
#bar {{ height: {BAR}px; line-height: {BAR}px; padding: 0 14px; background: #dfe5e2; color: #13211e; font-size: 14px }}
#bar i {{ display: inline-block; width: 10px; height: 10px; margin-right: 6px; border-radius: 5px; background: #9aa8a3 }}
#bar span {{ margin-left: 12px; padding: 3px 12px; border-radius: 9px; background: #fff }}
#page {{ display: block; width: {WIDTH}px; height: {HEIGHT}px }}
#caption {{ height: {CAPTION}px; display: flex; align-items: center; padding: 0 18px; color: #fff; font-size: 17px; line-height: 1.3 }}
#pointer, #ring {{ position: absolute }}
#ring {{ width: 36px; height: 36px; margin: -20px; border: 3px solid #d9480f; border-radius: 50% }}
</style><div id="bar"><i></i><i></i><i></i><span></span></div><img id="page" alt=""><div id="caption"></div><div id="ring"></div>
<svg id="pointer" width="22" height="30" viewBox="0 0 22 30"><path d="M2 2v21l5-5 4 9 4-2-4-9h7z" fill="#000" stroke="#fff" stroke-width="2"/></svg>"""
DRAW = """(async (frame) => {
  const $ = (id) => document.getElementById(id);
  $('bar').lastElementChild.textContent = frame.address;
  $('caption').textContent = frame.caption;
  for (const part of [$('pointer'), $('ring')]) { part.style.left = frame.x + 'px'; part.style.top = frame.y + 'px'; }
  $('ring').style.display = frame.pressed ? '' : 'none';
  $('page').src = frame.page;
  await $('page').decode();
})(%s)"""


class Film:
    """The frames: what the browser showed, what the caption said, where the pointer was, and for how long."""

    def __init__(self, browser):
        self.browser, self.frames, self.still = browser, [], None
        self.x, self.y = WIDTH * 0.6, HEIGHT * 0.8
        self.caption = ""
        self.resize(HEIGHT)

    def resize(self, height):
        self.browser.cdp(
            "Emulation.setDeviceMetricsOverride", width=WIDTH, height=height, deviceScaleFactor=1, mobile=False
        )

    def script(self, text):
        answer = self.browser.cdp("Runtime.evaluate", expression=text, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise Refused(answer["exceptionDetails"]["exception"]["description"])
        return answer["result"].get("value")

    def look(self, caption, seconds):
        """Adds what the browser shows now."""
        self.caption = caption
        address = re.sub(r"(/confirm/).+", r"\1…", self.script("location.href"))
        shot = self.browser.cdp("Page.captureScreenshot", format="png")["data"]
        self.page = {"address": address, "page": "data:image/png;base64," + shot}
        self.hold(seconds)

    def hold(self, seconds, pressed=False):
        frame = {**self.page, "caption": self.caption, "x": self.x, "y": self.y + BAR, "pressed": pressed}
        self.frames.append((frame, int(seconds * 1000)))

    def click(self, point):
        """Moves the pointer there and clicks, in the picture and in the browser."""
        start, steps = (self.x, self.y), 8
        for step in range(1, steps + 1):
            part = step / steps
            part = part * part * (3 - 2 * part)
            self.x, self.y = (round(a + (b - a) * part) for a, b in zip(start, point))
            self.hold(0.05)
        self.hold(0.35, pressed=True)
        for kind, buttons in (("mouseMoved", 0), ("mousePressed", 1), ("mouseReleased", 0)):
            button = "none" if kind == "mouseMoved" else "left"
            self.browser.cdp(
                "Input.dispatchMouseEvent",
                type=kind, x=self.x, y=self.y, button=button, buttons=buttons, clickCount=int(button == "left"),
            )

    def centre(self, selector):
        """The middle of an element in the window. Scrolls, in the picture too, if the element is not well inside it."""
        found = self.browser.find(selector)
        scrolled, x, y = self.script_on(
            found,
            "const e = arguments[0], at = scrollY, before = e.getBoundingClientRect();"
            "if (before.top < 8 || before.bottom > innerHeight - 60) scrollBy({top: before.top - innerHeight / 3, behavior: 'instant'});"
            "const r = e.getBoundingClientRect(); return [scrollY !== at, r.x + r.width / 2, r.y + r.height / 2]",
        )
        if scrolled:
            self.look(self.caption, 0.6)
        return x, y

    def script_on(self, found, text):
        element = {ELEMENT: found}
        return self.browser.ask("POST", "/execute/sync", {"script": text, "args": [element]})

    def leave(self, selector):
        """Clicks, and waits until the next page has loaded."""
        before = self.script("performance.timeOrigin")
        self.click(self.centre(selector))
        self.until(f"performance.timeOrigin !== {before} && document.readyState === 'complete'")

    def until(self, condition):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                if self.script(condition):
                    return
            except Refused:
                pass  # between two pages
            time.sleep(0.05)
        raise Refused(f"never true on {self.browser.address()}: {condition}")

    def develop(self, folder):
        """Draws each frame on the stage, and returns the files with their milliseconds."""
        self.browser.open("about:blank")
        self.resize(HEIGHT + BAR + CAPTION)
        tree = self.browser.cdp("Page.getFrameTree")["frameTree"]["frame"]["id"]
        self.browser.cdp("Page.setDocumentContent", frameId=tree, html=STAGE)
        files = []
        for number, (frame, milliseconds) in enumerate(self.frames):
            self.script(DRAW % json.dumps(frame))
            file = folder / f"{number:03}.png"
            shot = self.browser.cdp("Page.captureScreenshot", format="png")["data"]
            file.write_bytes(base64.b64decode(shot))
            files.append((file, milliseconds))
        return files


def attack(film, demo):
    """An attacker's page frames a careless page and ours."""
    browser = film.browser
    browser.open(demo)
    film.script("document.querySelector('section').scrollIntoView()")
    # The frames belong to other sites, so only the driver can tell when they have loaded.
    frames = [browser.find(f"section:nth-of-type(1) .two > div:nth-child({side}) iframe") for side in (1, 2)]
    element = {ELEMENT: frames[0]}
    browser.ask("POST", "/frame", {"id": element})
    browser.find("#delete")
    browser.ask("POST", "/frame", {"id": None})
    middle = "const r = arguments[0].getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]"
    left, right = (film.script_on(frame, middle) for frame in frames)
    film.look("An attacker’s page frames two account pages: a careless one, and unframed’s.", 3)
    film.click(left)
    browser.ask("POST", "/frame", {"id": element})
    browser.find("h1")
    end = time.monotonic() + 20
    while "is deleted" not in browser.ask("GET", f"/element/{browser.find('h1')}/text"):
        if time.monotonic() > end:
            raise Refused("the click on the careless page did nothing")
        time.sleep(0.05)
    browser.ask("POST", "/frame", {"id": None})
    film.look("The careless page takes the click: one click, and the account is gone.", 2.5)
    film.click(right)
    film.look("unframed does not appear in the frame, so there is nothing to click.", 3.5)
    film.still = len(film.frames) - 1


def confirmation(film, walk):
    """The owner changes the email address."""
    browser = film.browser
    walk.settings()
    film.look("The owner opens the account itself, and changes the email address.", 2)
    film.leave("main a[href='/settings/email']")
    film.click(film.centre("main input[name=email]"))
    browser.fill(email="countess.of.lovelace@example.com")
    film.look("The first button changes nothing. It leads to a confirm page.", 2.5)
    film.leave("main .start button")
    film.look("The confirm page says what will happen. It has no button yet: first the box.", 3.5)
    film.click(film.centre("main .tick"))
    film.look("The tick shows the button, in another place, so a double click misses it.", 3)
    film.click(film.centre("main input[name=password]"))
    browser.fill(password=PASSWORD)
    film.look("The password proves that it is the owner. Clicks alone are never enough.", 2.5)
    time.sleep(1.5)  # the confirm page wants to be read
    film.leave("main .final button")
    browser.find("main .banner")
    film.look("Done. The new address gets a link to confirm, the current one a link to undo.", 4.5)


def main():
    here = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", default="http://localhost:8080")
    parser.add_argument("--inbox", default="http://localhost:8081", help="the inbox of `unframed local`")
    parser.add_argument("--demo", default="http://127.0.0.1:8666/", help="the attacker's site of `make attack-demo`")
    parser.add_argument("--out", type=Path, default=here / "docs" / "screenshots" / "framed-and-confirmed")
    parser.add_argument("--frames", type=Path, help="keep the single frames in this folder")
    options = parser.parse_args()
    img2webp = shutil.which("img2webp")
    if not img2webp:
        raise Refused("needs img2webp: apt-get install webp")
    with tempfile.TemporaryDirectory(prefix="unframed-film-", ignore_cleanup_errors=True) as folder:
        browser = None
        try:
            browser = Browser(Path(folder), "en")
            walk = Walk(browser, options.site.rstrip("/"), options.inbox)
            walk.become_member()
            film = Film(browser)
            attack(film, options.demo)
            confirmation(film, walk)
            frames = options.frames or Path(folder) / "frames"
            frames.mkdir(parents=True, exist_ok=True)
            files = film.develop(frames)
        finally:
            if browser:
                browser.close()
        arguments = [text for file, time in files for text in ("-lossless", "-m", "6", "-d", str(time), str(file))]
        moving, still = (options.out.with_suffix(ending) for ending in (".webp", ".png"))
        subprocess.run([img2webp, "-loop", "0", "-min_size", *arguments, "-o", str(moving)], check=True)
        shutil.copyfile(files[film.still][0], still)
        for file in (moving, still):
            print(f"{file} ({file.stat().st_size // 1024} KiB)")


if __name__ == "__main__":
    try:
        main()
    except (Refused, OSError, subprocess.CalledProcessError) as problem:
        sys.exit(f"moving_picture: {problem}")
