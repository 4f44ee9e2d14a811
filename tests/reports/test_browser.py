"""Reports in a headless browser, at the widths of a telephone and of a wide screen."""

import json
import re
import shutil
import subprocess
from html import unescape

import pytest
from nnzoo.reports.page import POLICY
from nnzoo.reports.write import run_report, sweep_report
from PIL import Image

from tests.reports.made import HISTORY, make_run, make_sweep
from tests.reports.parsing import Page
from tests.support.runs import train

BROWSER = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *(
        "--disable-background-networking",
        "--disable-component-update",
        "--hide-scrollbars",
        "--virtual-time-budget=5000",
    ),
    *("--enable-logging=stderr", "--v=0"),
)
DARK = "--blink-settings=preferredColorScheme=0"
PROBE = """
<script>
addEventListener("load", async () => {
  const images = [...document.images];
  document.querySelectorAll("details").forEach(each => each.open = true);
  await Promise.all(images.map(image => image.decode().catch(() => {})));
  const end = element => element.getBoundingClientRect().right;
  parent.postMessage(JSON.stringify({
    width: innerWidth,
    scroll: document.documentElement.scrollWidth,
    outside: [...document.querySelectorAll("h1, h2, p, svg, img, figure, div, pre")].filter(each =>
      !each.parentElement.closest(".scroll") && end(each) > innerWidth + 0.5).map(each => each.outerHTML.slice(0, 80)),
    images: images.length,
    broken: images.filter(image => image.naturalWidth == 0).length,
    loaded: performance.getEntriesByType("resource").map(each => each.name).filter(name => !name.startsWith("data:")),
    background: getComputedStyle(document.body).backgroundColor,
  }), "*");
});
</script>
"""
FRAME = """
<script>addEventListener("message", event => { document.title = event.data; });</script>
<iframe src="probe.html" style="width: WIDTHpx; height: 900px; border: 0"></iframe>
"""  # windows are at least 500 pixels wide

pytestmark = [pytest.mark.slow, pytest.mark.skipif(BROWSER is None, reason="chromium is not installed")]


def browse(page, *flags, width=1280):
    """Open a page; return what the browser prints. Asserts that there are no messages on the console."""
    profile = page.parent / "profile"
    command = [BROWSER, *FLAGS, f"--user-data-dir={profile}", f"--window-size={width},900", *flags, page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    shutil.rmtree(profile, ignore_errors=True)
    assert "CONSOLE" not in done.stderr, done.stderr
    return done.stdout


def measure(page, width, *flags):
    """Return what a script finds in a copy of the page, which unlike the page allows scripts."""
    source = page.read_text("utf-8")
    assert source.count(POLICY) == 1
    page.with_name("probe.html").write_text(source.replace(POLICY, "").replace("</head>", f"{PROBE}</head>"), "utf-8")
    frame = page.with_name("frame.html")
    frame.write_text(FRAME.replace("WIDTH", str(width)))
    found = browse(frame, *flags, "--dump-dom", width=1800)
    return json.loads(unescape(re.search(r"<title>(.*?)</title>", found)[1]))


LONG = "x" * 300
PAGES = ("finished", "failed", "bare", "long", "sweep")


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    run = train(folder, "trainer.max_epochs=3", "evaluate=[train,val,test]", "callbacks=default").directory
    failed = {
        "status": {"status": "failed", "message": f"ValueError: {LONG}", "time": 1.0},
        "log": f"ValueError: {LONG}",
    }
    long = {"overrides": [f"{LONG}={LONG}"], "metrics": HISTORY.replace("/acc", f"/{LONG}"), "status": None}
    empty = dict.fromkeys(("results", "metrics", "env", "data", "status", "log", "best", "last"))
    made = {
        "finished": run,
        "failed": make_run(folder / "failed", **failed),
        "long": make_run(folder / LONG[:200], **long),
        "bare": make_run(folder / "bare", figures=(), **empty),
    }
    written = {name: run_report(path, folder / f"{name}.html") for name, path in made.items()}
    return written | {"sweep": sweep_report(make_sweep(folder / "sweep" / LONG[:200]), folder / "sweep.html")}


@pytest.mark.parametrize("width", [400, 1600])
@pytest.mark.parametrize("name", PAGES)
def test_page_fits_and_is_complete(pages, name, width):
    found = measure(pages[name], width)
    assert found["width"] == width
    assert found["scroll"] <= width
    assert found["outside"] == []
    assert found["broken"] == 0
    assert found["images"] == len(Page(pages[name].read_text("utf-8")).all("img"))
    assert found["loaded"] == []


@pytest.mark.parametrize("name", PAGES)
def test_page_without_changes_causes_no_messages(pages, name):
    assert "</html>" in browse(pages[name], "--dump-dom")


def test_colours_follow_the_preference(pages, tmp_path):
    backgrounds = {measure(pages["finished"], 400, *flags)["background"] for flags in ((), (DARK,))}
    assert backgrounds == {"rgb(255, 255, 255)", "rgb(20, 23, 26)"}
    picture = tmp_path / "dark.png"
    browse(pages["finished"], DARK, f"--screenshot={picture}", width=400)
    with Image.open(picture) as image:
        assert image.size == (400, 900)
        assert image.convert("RGB").getpixel((1, 1)) == (20, 23, 26)
        assert len(image.convert("RGB").getcolors(1 << 20)) > 50  # text and curves


def test_page_prints(pages, tmp_path):
    printed = tmp_path / "page.pdf"
    browse(pages["finished"], DARK, f"--print-to-pdf={printed}")
    assert printed.read_bytes().startswith(b"%PDF")


def test_probe_finds_mistakes(tmp_path):
    page = tmp_path / "page.html"
    head = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    body = "<p style='width: 900px'>wide</p><img src='data:image/png;base64,AAAA'>"
    page.write_text(f"<html><head>{head}</head><body>{body}</body></html>")
    assert "wide" in browse(page, "--dump-dom")
    found = measure(page, 400)
    assert found["scroll"] > 800
    assert found["outside"] == ['<p style="width: 900px">wide</p>']
    assert (found["images"], found["broken"]) == (1, 1)
    page.write_text(page.read_text().replace("</body>", "<img src='https://example.org/a.png'></body>"))
    with pytest.raises(AssertionError, match="CONSOLE"):
        browse(page, "--dump-dom")
