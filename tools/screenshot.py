#!/usr/bin/env python3
"""Takes screenshots of a running server and writes them to docs/screenshots/.

    tools/screenshot.py                                   every screenshot, of http://localhost:8080
    tools/screenshot.py http://localhost:8080 home settings
    tools/screenshot.py --widths 1280 --schemes light --out /tmp/shots

It walks the site as a guest, then signs up a new account with a random email address and walks the site as a member.
Each screenshot shows the full page and is named NAME-WIDTH-SCHEME.png. Needs Python 3 and, on Debian, `apt-get install
chromium chromium-driver`. It uses the system's fonts; `fonts-inter` or `fonts-cantarell` looks closest to a desktop.
"""

import argparse
import base64
import hmac
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
PASSWORD = "otter lantern gravel " + secrets.token_hex(4)
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)
# A machine without a desktop draws `system-ui` in DejaVu. Prefer a desktop's font where one is installed.
DESKTOP_FONT = "<edit name='family' mode='prepend' binding='strong'><string>Inter</string><string>Cantarell</string></edit>"
FONTS = "<?xml version='1.0'?><fontconfig><include>/etc/fonts/fonts.conf</include><cachedir>{cache}</cachedir>"
FONTS += "".join(
    f"<match target='pattern'><test name='family'><string>{family}</string></test>{DESKTOP_FONT}</match>"
    for family in ("system-ui", "sans", "sans-serif")
)
FONTS += "</fontconfig>"


class Refused(Exception):
    """The browser or the site did not behave as the walk expects."""


class Browser:
    """One headless Chromium, controlled through chromedriver's HTTP interface."""

    def __init__(self, profile, language):
        chromedriver = shutil.which("chromedriver")
        chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if not chromedriver or not chromium:
            raise Refused("needs chromium and chromedriver: apt-get install chromium chromium-driver")
        fonts = profile / "fonts.conf"
        fonts.write_text(FONTS.format(cache=profile / "fonts"))
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self.session = None
        self.driver = subprocess.Popen(
            [chromedriver, "--port=0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "FONTCONFIG_FILE": str(fonts)},
        )
        for line in self.driver.stdout:
            if found := re.search(r"started successfully on port (\d+)", line):
                self.root = f"http://127.0.0.1:{found[1]}"
                break
        else:
            raise Refused("chromedriver did not start")
        flags = [
            "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--hide-scrollbars", f"--user-data-dir={profile / 'profile'}",
            f"--accept-lang={language}",
        ]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")
        options = {"browserName": "chrome", "goog:chromeOptions": {"binary": chromium, "args": flags}}
        self.session = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": options}})["sessionId"]
        self.ask("POST", "/timeouts", {"implicit": 5000})

    def ask(self, method, path, body=None):
        prefix = f"/session/{self.session}" if self.session else ""
        data = None if method == "GET" else json.dumps(body or {}).encode()
        request = urllib.request.Request(
            self.root + prefix + path, data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with self.opener.open(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as refusal:
            raise Refused(json.load(refusal)["value"]["message"].splitlines()[0]) from None

    def cdp(self, command, **params):
        return self.ask("POST", "/goog/cdp/execute", {"cmd": command, "params": params})

    def open(self, url):
        self.ask("POST", "/url", {"url": url})

    def address(self):
        return self.ask("GET", "/url")

    def find(self, selector):
        return self.ask("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def fill(self, **fields):
        for name, text in fields.items():
            control = self.find(f"main input[name={name}]")
            self.ask("POST", f"/element/{control}/clear")
            self.ask("POST", f"/element/{control}/value", {"text": text})

    def press(self, selector="main form button"):
        """Sends a form and waits until the next page has loaded."""
        before = self.find("html")
        self.ask("POST", f"/element/{self.find(selector)}/click")
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                self.ask("GET", f"/element/{before}/name")
            except Refused:
                self.find("main")
                return
            time.sleep(0.05)
        raise Refused(f"nothing happened after pressing {selector} on {self.address()}")

    def capture(self, width, scheme):
        """Returns the whole page at this width, as PNG bytes."""
        phone = width < 600
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=740 if phone else 800, deviceScaleFactor=2 if phone else 1, mobile=phone,
        )
        self.cdp(
            "Emulation.setEmulatedMedia",
            features=[
                {"name": "prefers-color-scheme", "value": scheme},
                {"name": "prefers-reduced-motion", "value": "reduce"},
            ],
        )
        size = self.cdp("Page.getLayoutMetrics")["cssContentSize"]
        if size["width"] > width:
            print(f"warning: {self.address()} is {size['width']} px wide at {width} px", file=sys.stderr)
        clip = {"x": 0, "y": 0, "width": width, "height": size["height"], "scale": 1}
        shot = self.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        return base64.b64decode(shot["data"])

    def close(self):
        try:
            if self.session:
                self.ask("DELETE", "")
        except (Refused, OSError):
            pass
        self.driver.terminate()
        self.driver.wait()


class Walk:
    """The screenshots, in the order they are taken: guest pages first, then a member's."""

    def __init__(self, browser, site, inbox):
        self.browser, self.site, self.mails = browser, site, inbox
        self.email = f"ada.{secrets.token_hex(5)}@example.com"

    def visit(self, path):
        self.browser.open(self.site + path)
        self.browser.find("main")  # a page of the site, not the browser's own error page

    def home(self):
        self.visit("/")

    def sign_up(self):
        self.visit("/sign-up")

    def sign_up_errors(self):
        self.visit("/sign-up")
        # The browser itself accepts this one and sends it.
        self.browser.fill(email="ada..lovelace@example.com")
        self.browser.press()

    def sign_up_sent(self):
        self.visit("/sign-up")
        self.browser.fill(email=self.email)
        self.browser.press()

    def inbox(self):
        self.sign_up_sent()
        time.sleep(1.5)  # the outbox looks for mails twice a second
        self.browser.open(self.mails)
        self.browser.find("main")

    def mail(self):
        self.inbox()
        self.browser.press("main .mails a")

    def mail_html(self):
        self.mail()
        self.browser.open(self.browser.address() + "/html")

    def new_account(self):
        self.mail()
        self.browser.press("main .mail-text a[href*='/sign-up/']")

    def new_account_errors(self):
        self.new_account()
        self.browser.fill(display_name="Ada Lovelace", password="short")
        self.browser.press()

    def sign_up_unknown(self):
        self.visit("/sign-up/" + "A" * 43)

    def sign_in(self):
        self.visit("/sign-in")

    def sign_in_errors(self):
        self.visit("/sign-in")
        self.browser.fill(email=self.email, password="not the right password")
        self.browser.press()

    def not_found(self):
        self.visit("/nope")

    def wrong_method(self):
        self.visit("/sign-out")

    def become_member(self):
        self.browser.cdp("Network.enable")
        self.browser.cdp("Network.setUserAgentOverride", userAgent=PHONE)
        self.email = f"ada.{secrets.token_hex(5)}@example.com"  # the guest's has got its mails of this hour
        self.new_account()
        self.browser.fill(display_name="Ada Lovelace", password=PASSWORD)
        self.browser.press()
        # Start a second session, so that the list of sessions shows two.
        self.browser.ask("DELETE", "/cookie")
        self.browser.cdp("Network.setUserAgentOverride", userAgent="")
        self.visit("/sign-in")
        self.browser.fill(email=self.email, password=PASSWORD)
        self.browser.press()
        if not self.browser.address().endswith("/settings"):
            raise Refused(f"sign-up and sign-in ended at {self.browser.address()}, not at /settings")

    def settings(self):
        self.visit("/settings")

    def profile(self):
        self.visit("/settings/profile")

    def profile_saved(self):
        self.visit("/settings/profile")
        self.browser.fill(display_name="Ada King")
        self.browser.press("main form[action='/settings/profile'] button")

    def language(self):
        self.visit("/settings/language")

    def sessions(self):
        self.visit("/settings/sessions")

    def begin(self, path, **fields):
        """Opens the start page of a sensitive action through one of our links: a typed URL does not open it."""
        self.visit("/settings")
        self.browser.press(f"main a[href='{path}']")
        self.browser.fill(**fields)

    def arrival(self):
        self.visit("/settings/email")

    def settings_email(self):
        self.begin("/settings/email", email="countess.of.lovelace@example.com")

    def settings_email_errors(self):
        self.begin("/settings/email", email=self.email)
        self.browser.press("main .start button")

    def confirm_email(self):
        self.begin("/settings/email", email="countess.of.lovelace@example.com")
        self.browser.press("main .start button")

    def confirm_others(self):
        self.visit("/settings/sessions")
        self.browser.press("main form[action='/settings/sessions/revoke-others'] button")

    def settings_password(self):
        self.begin("/settings/password", password="gravel otter lantern 93")

    def settings_password_errors(self):
        self.begin("/settings/password", password="short")
        self.browser.press("main .start button")

    def confirm_password(self):
        self.settings_password()
        self.browser.press("main .start button")

    def two_factor_empty(self):
        self.visit("/settings/two-factor")

    def begin_factor(self, kind):
        self.visit("/settings/two-factor")
        self.browser.press(f"main a[href='/settings/two-factor/{kind}']")

    def add_passkey(self):
        self.begin_factor("passkey")

    def add_app(self):
        self.begin_factor("authenticator")

    def add_app_errors(self):
        self.add_app()
        self.browser.fill(code="000000", name="Phone")
        self.browser.press("main .start button")

    def confirm_app(self):
        self.add_app()
        code = self.browser.ask("GET", f"/element/{self.browser.find('main .qr code')}/text")
        self.secret = base64.b32decode(code.replace(" ", ""))
        self.browser.fill(code=self.code(), name="Phone")
        self.browser.press("main .start button")

    def code(self):
        """The code of the authenticator app: TOTP (RFC 6238)."""
        tag = hmac.digest(self.secret, int(time.time() // 30).to_bytes(8, "big"), "sha1")
        start = tag[-1] & 15
        return f"{int.from_bytes(tag[start:start + 4], 'big') % 2**31 % 10**6:06}"

    def recovery_codes(self):
        self.confirm_app()
        self.browser.ask("POST", f"/element/{self.browser.find('main .tick')}/click")
        self.browser.fill(password=PASSWORD)
        time.sleep(1.5)
        self.browser.press("main .final button")

    def two_factor(self):
        self.visit("/settings/two-factor")

    def remove_factor(self):
        self.two_factor()
        self.browser.press("main .factors a")

    def remake_codes(self):
        self.begin_factor("recovery-codes")
        self.browser.press("main .start button")

    def passkey_sign_in(self):
        self.browser.ask("DELETE", "/cookie")
        self.visit("/sign-in/passkey")

    def second_factor(self):
        self.browser.ask("DELETE", "/cookie")
        self.visit("/sign-in")
        self.browser.fill(email=self.email, password=PASSWORD)
        self.browser.press()

    def second_factor_errors(self):
        self.second_factor()
        self.browser.fill(code="000000")
        self.browser.press()

    def activity(self):
        self.visit("/settings/activity")

    def notice_html(self):
        time.sleep(1.5)
        self.browser.open(self.mails)
        self.browser.press("main .mails a")
        self.browser.open(self.browser.address() + "/html")

    def settings_export(self):
        self.begin("/settings/export")

    def export_ready(self):
        self.settings_export()
        self.browser.press("main .start button")
        self.browser.ask("POST", f"/element/{self.browser.find('main .tick')}/click")
        self.browser.fill(password=PASSWORD)
        time.sleep(1.5)
        self.browser.press("main .final button")

    def settings_delete(self):
        self.begin("/settings/delete")

    def confirm_delete(self):
        self.settings_delete()
        self.browser.press("main .start button")

    def confirm_delete_ticked(self):
        self.confirm_delete()
        self.browser.ask("POST", f"/element/{self.browser.find('main .tick')}/click")

    def confirm_delete_errors(self):
        self.confirm_delete_ticked()
        self.browser.fill(password="not the right password", word="delete")
        time.sleep(1.5)
        self.browser.press("main .final button")

    def confirm_cancelled(self):
        self.confirm_delete()
        self.browser.press("main .cancel button")

    def undo_unknown(self):
        self.visit("/undo/" + "A" * 43)

    def tokens_empty(self):
        self.visit("/settings/tokens")

    def new_token(self):
        self.visit("/settings/tokens")
        self.browser.press("main a[href='/settings/tokens/new']")
        self.browser.fill(name="Backup at home")

    def new_token_errors(self):
        self.new_token()
        # Only this one is ticked at first.
        self.browser.ask("POST", f"/element/{self.browser.find('main [name=settings_read]')}/click")
        self.browser.press("main .start button")

    def confirm_token(self):
        self.new_token()
        self.browser.press("main .start button")

    def token_made(self):
        self.confirm_token()
        self.confirm()

    def tokens(self):
        self.visit("/settings/tokens")

    def developers(self):
        self.visit("/developers/api")

    def confirm(self):
        """Confirms what the page describes, with the password."""
        self.browser.ask("POST", f"/element/{self.browser.find('main .tick')}/click")
        self.browser.fill(password=PASSWORD)
        time.sleep(1.5)
        self.browser.press("main .final button")

    def settings_email_waiting(self):
        self.confirm_email()
        self.confirm()


GUEST = [
    "home", "sign_up", "sign_up_errors", "sign_up_sent", "inbox", "mail", "mail_html", "new_account_errors", "sign_up_unknown", "sign_in", "sign_in_errors", "not_found",
    "wrong_method",
]
MEMBER = [
    "settings", "profile", "profile_saved", "language", "sessions", "notice_html", "activity", "arrival", "settings_email", "settings_email_errors", "confirm_email",
    "confirm_others", "settings_password", "settings_password_errors", "confirm_password", "settings_export", "export_ready",
    "settings_delete", "confirm_delete", "confirm_delete_ticked", "confirm_delete_errors",
    "confirm_cancelled", "undo_unknown", "settings_email_waiting",
    "tokens_empty", "new_token", "new_token_errors", "confirm_token", "token_made", "tokens", "developers",
    "two_factor_empty", "add_passkey", "add_app", "add_app_errors", "recovery_codes", "two_factor", "remove_factor",
    "remake_codes", "passkey_sign_in", "second_factor", "second_factor_errors",
]


def main():
    here = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", nargs="?", default="http://localhost:8080")
    parser.add_argument("--inbox", default="http://localhost:8081", help="the inbox of `unframed local`")
    parser.add_argument("names", nargs="*", metavar="name", help="screenshots to take: " + " ".join(GUEST + MEMBER))
    parser.add_argument("--out", type=Path, default=here / "docs" / "screenshots")
    parser.add_argument("--widths", default="1280,360")
    parser.add_argument("--schemes", default="light,dark")
    parser.add_argument("--language", default="en", help="the language that the browser asks for")
    options = parser.parse_args()
    if unknown := set(options.names) - set(GUEST + MEMBER):
        parser.error("unknown screenshot: " + " ".join(sorted(unknown)))
    wanted = options.names or GUEST + MEMBER
    options.out.mkdir(parents=True, exist_ok=True)

    with tempfile.TemporaryDirectory(prefix="unframed-shots-", ignore_cleanup_errors=True) as folder:
        browser = None
        try:
            browser = Browser(Path(folder), options.language)
            walk = Walk(browser, options.site.rstrip("/"), options.inbox)
            for name in GUEST + MEMBER:
                if name not in wanted:
                    continue
                if name in MEMBER and walk.become_member:
                    walk.become_member()
                    walk.become_member = None
                getattr(walk, name)()
                for width in map(int, options.widths.split(",")):
                    for scheme in options.schemes.split(","):
                        file = options.out / f"{name}-{width}-{scheme}.png"
                        file.write_bytes(browser.capture(width, scheme))
                        print(file)
        finally:
            if browser:
                browser.close()


if __name__ == "__main__":
    try:
        main()
    except (Refused, OSError) as problem:
        sys.exit(f"screenshot: {problem}")
