"""Images of one's own for a trace, in a real browser: files that are refused and files that are read, and the board.

The controls are put into the page of the Atlas: they need nothing of the page of a trace.
"""

import base64
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import FilePayload, Locator, Page, expect

from app.data import load
from tests.browser.axe import violations
from tests.browser.test_atlas import open_atlas
from tests.patience import wait_until
from tests.support import Server

#: puts a control at the head of the page; what it says is kept in ``told``
MOUNT = """async ([module, name, options]) => {
  const base = document.querySelector('script[type=module]').src.replace(/js\\/.*/, '');
  const sheet = Object.assign(document.createElement('link'), {rel: 'stylesheet', href: base + 'css/trace_input.css'});
  const styled = new Promise(done => sheet.addEventListener('load', done));
  document.head.append(sheet);
  const made = (await import(base + 'js/view/trace/' + module + '.js'))[name];
  window.told = [];
  const told = what => window.told.push(what);
  const host = Object.assign(document.createElement('div'), {id: 'control'});
  document.querySelector('main').prepend(host);
  host.append(made({...options, onImage: (pixels, name) => told({name, pixels: [...pixels]}), onRefused: told,
                    onChange: pixels => told([...pixels])}));
  await styled;
}"""

#: 24×16, its left half red and its right half blue
AVIF = (
    "AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUIAAADrbWV0YQAAAAAAAAAhaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAAAAAAAOcGl0"
    "bQAAAAAAAQAAAB5pbG9jAAAAAEQAAAEAAQAAAAEAAAETAAAAKwAAAChpaW5mAAAAAAABAAAAGmluZmUCAAAAAAEAAGF2MDFDb2xvcgAAAABqaXBy"
    "cAAAAEtpcGNvAAAAFGlzcGUAAAAAAAAAGAAAABAAAAAQcGl4aQAAAAADCAgIAAAADGF2MUOBAAwAAAAAE2NvbHJuY2x4AAEADQAGgAAAABdpcG1h"
    "AAAAAAAAAAEAAQQBAoMEAAAAM21kYXQSAAoJGBDv7RAQ0GhAMhxF4eHhiGEkkkmUAAAAV9cqizzxAAh9iKzwcqDQ"
)


def png(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG of grey [h, w] or coloured [h, w, 3] pixels, or with transparency [h, w, 4]."""
    height, width = pixels.shape[:2]
    kind = {2: 0, 3: {3: 2, 4: 6}.get(pixels.shape[-1], 0)}[pixels.ndim]
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    return png_of(width, height, kind, zlib.compress(rows))


def png_of(width: int, height: int, kind: int, packed: bytes) -> bytes:
    """A PNG that declares this size, whatever is packed in it."""
    chunks = {b"IHDR": struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0), b"IDAT": packed, b"IEND": b""}
    parts = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks.items()
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def bmp(pixels: NDArray[np.uint8]) -> bytes:
    """A bitmap of [h, w, 3], from the bottom up, each row a multiple of four bytes."""
    height, width, _ = pixels.shape
    rows = b"".join(row[:, ::-1].tobytes() + b"\0" * (-3 * width % 4) for row in pixels[::-1])
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(rows), 2835, 2835, 0, 0)
    return struct.pack("<2sIHHI", b"BM", 54 + len(rows), 0, 0, 54) + header + rows


def gif(frames: int) -> bytes:
    """A GIF of 1×1 pixels, white."""
    frame = b"\x21\xf9\4\0\x0a\0\0\0" + b"\x2c\0\0\0\0\1\0\1\0\0" + b"\2\2\x4c\1\0"
    return b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff" + frame * frames + b"\x3b"


def halves(width: int = 24, height: int = 16) -> NDArray[np.uint8]:
    """Left half red, right half blue."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2, 0] = pixels[:, width // 2 :, 2] = 255
    return pixels


def mount(page: Page, server: Server, module: str, name: str, **options: Any) -> None:
    """Put a control into a page of the real server."""
    open_atlas(page, server, "#net=resnet18&view=table")
    page.evaluate(MOUNT, [module, name, options])


def told(page: Page, count: int) -> list[Any]:
    """What the control has said, once it has said so many things."""
    page.wait_for_function("count => window.told.length >= count", arg=count)
    said: list[Any] = page.evaluate("window.told")
    assert len(said) == count, said
    return said


@pytest.fixture
def upload(watched: Page, fresh_server: Server) -> Page:
    """A page with the control for files, of a coloured network input of 8×8."""
    mount(watched, fresh_server, "upload", "uploadControl", side=8, channels=3)
    return watched


def give(page: Page, name: str, content: bytes, kind: str = "") -> None:
    payload: FilePayload = {"name": name, "mimeType": kind, "buffer": content}
    page.locator("#control input[type=file]").set_input_files(payload)


def encoded(page: Page, kind: str) -> bytes:
    """The halves as the browser itself encodes them."""
    text = page.evaluate(
        """async ([source, type]) => {
             const bitmap = await createImageBitmap(await (await fetch(source)).blob());
             const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
             canvas.getContext('2d').drawImage(bitmap, 0, 0);
             const bytes = new Uint8Array(await (await canvas.convertToBlob({type, quality: 1})).arrayBuffer());
             return btoa(String.fromCharCode(...bytes));
           }""",
        [f"{page.url.split('/atlas')[0]}/halves.png", kind],
    )
    return base64.b64decode(text)


@pytest.mark.parametrize("format_", ["png", "jpeg", "webp", "bmp", "avif"])
def test_an_image_of_every_format_is_cut_square_and_scaled(upload: Page, format_: str) -> None:
    upload.route("**/halves.png", lambda route: route.fulfill(body=png(halves()), content_type="image/png"))
    content = {
        "png": lambda: png(halves()),
        "bmp": lambda: bmp(halves()),
        "avif": lambda: base64.b64decode(AVIF),
    }.get(format_, lambda: encoded(upload, f"image/{format_}"))()
    give(upload, f"mine.{format_}", content, f"image/{format_}")
    [image] = told(upload, 1)
    assert image["name"] == f"mine.{format_}"
    pixels = np.array(image["pixels"]).reshape(3, 8, 8)
    # the square in the middle: red on the left, blue on the right; compression blurs where they meet
    assert (pixels[0, :, :3] > 200).all() and (pixels[0, :, 5:] < 60).all()
    assert (pixels[2, :, 5:] > 200).all() and (pixels[2, :, :3] < 60).all()
    expect(upload.locator("#control .beside .told")).to_contain_text(f"mine.{format_}: 24 × 16 pixels.")
    expect(upload.locator("#control .invert")).to_have_count(0)


def test_a_gif_of_one_picture_is_read(upload: Page) -> None:
    give(upload, "white.gif", gif(1), "image/gif")
    assert told(upload, 1)[0]["pixels"] == [255] * 192


REFUSED = {
    "bomb.png": (png_of(50_000, 50_000, 0, zlib.compress(bytes(1000))), "50 000 × 50 000 pixels, 2 500 million"),
    "moving.gif": (gif(2), "moving.gif is animated"),
    "notes.png": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "notes.png is not a PNG, JPEG"),
    "notes.pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "notes.pdf is not a PNG, JPEG"),
    "called.jpg": (png(halves()), "called.jpg is called .jpg, but holds PNG: give it the ending .png."),
    "cut.png": (png(halves(300, 200))[:-40], "cut.png ends too early"),
    "empty.png": (b"", "empty.png is empty."),
    "nothing.png": (png_of(0, 5, 0, zlib.compress(b"")), "nothing.png has no pixels"),
    # its header is right, and what is packed is not what it says
    "rotten.png": (png_of(24, 16, 2, b"no zlib at all"), "rotten.png could not be read"),
    "large.png": (png(halves()) + bytes(20_000_001), "large.png has 21 MB; at most 20 MB are read."),
}


def test_files_that_are_refused_say_why_and_change_nothing(upload: Page) -> None:
    give(upload, "good.png", png(halves()), "image/png")
    good = told(upload, 1)[0]
    for count, (name, (content, words)) in enumerate(REFUSED.items(), 2):
        give(upload, name, content)
        assert words in told(upload, count)[-1]
        expect(upload.locator("#control .beside .told")).to_contain_text("good.png")
    # and the control still reads what is good
    give(upload, "good.png", png(halves()), "image/png")
    assert told(upload, len(REFUSED) + 2)[-1] == good


def test_files_are_dropped_and_pasted_and_text_is_neither(upload: Page) -> None:
    transfer = """([bytes, name]) => {
      const carried = new DataTransfer();
      if (name) carried.items.add(new File([Uint8Array.from(bytes)], name, {type: 'image/png'}));
      else carried.setData('text/plain', 'words');
      window.carried = carried;
    }"""
    drop = """() => document.querySelector('#control .upload').dispatchEvent(
      new DragEvent('drop', {dataTransfer: window.carried, bubbles: true, cancelable: true}))"""
    paste = """() => !document.body.dispatchEvent(
      new ClipboardEvent('paste', {clipboardData: window.carried, bubbles: true, cancelable: true}))"""
    upload.evaluate(transfer, [list(png(halves())), "dropped.png"])
    upload.evaluate(drop)
    assert told(upload, 1)[0]["name"] == "dropped.png"
    upload.evaluate(transfer, [list(png(halves())), "image.png"])
    assert upload.evaluate(paste) is True
    assert told(upload, 2)[1]["name"] == "image.png"
    upload.evaluate(transfer, [[], ""])
    assert upload.evaluate(paste) is False
    upload.evaluate(drop)
    assert "no file" in told(upload, 3)[2]


def test_the_square_is_moved_and_zoomed_by_keys_mouse_and_buttons(upload: Page) -> None:
    give(upload, "wide.png", png(halves(240, 80)), "image/png")
    told(upload, 1)
    canvas = upload.locator("#control .crop canvas")
    canvas.focus()
    for _ in range(20):
        upload.keyboard.press("ArrowLeft")
    left = np.array(told(upload, 21)[-1]["pixels"]).reshape(3, 64)
    assert (left[0] == 255).all() and (left[2] == 0).all()
    expect(upload.locator("#control .crop .told")).to_have_text("80 × 80 pixels, 0 from the left and 0 from the top")
    box = canvas.bounding_box()
    assert box is not None
    upload.mouse.move(box["x"] + 20, box["y"] + 20)
    upload.mouse.down()
    upload.mouse.move(box["x"] + box["width"], box["y"] + 20, steps=5)
    upload.mouse.up()
    right = np.array(told(upload, 22)[-1]["pixels"]).reshape(3, 64)
    assert (right[2] == 255).all() and (right[0] == 0).all()
    upload.get_by_role("button", name="Closer", exact=True).click()
    told(upload, 23)
    expect(upload.locator("#control .crop .told")).to_contain_text("67 × 67 pixels")
    upload.get_by_role("button", name="Largest square").click()
    told(upload, 24)
    expect(upload.locator("#control .crop .told")).to_contain_text("80 × 80 pixels, 80 from the left")


def test_two_fingers_change_the_square(upload: Page) -> None:
    give(upload, "wide.png", png(halves(240, 240)), "image/png")
    told(upload, 1)
    box = upload.locator("#control .crop canvas").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    pinch(upload, (x, y), 80, 40)
    told(upload, 2)
    expect(upload.locator("#control .crop .told")).to_have_text(
        "120 × 120 pixels, 60 from the left and 60 from the top"
    )


def pinch(page: Page, middle: tuple[float, float], before: float, after: float) -> None:
    """Two fingers on a point, so far from it each, go to another distance."""
    session = page.context.new_cdp_session(page)

    def touch(kind: str, distance: float | None) -> None:
        x, y = middle
        points = (
            [] if distance is None else [{"x": x - distance, "y": y, "id": 0}, {"x": x + distance, "y": y, "id": 1}]
        )
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", before)
    for step in range(1, 6):
        touch("touchMove", before + (after - before) * step / 5)
    touch("touchEnd", None)


@pytest.fixture
def grey(watched: Page, fresh_server: Server) -> Page:
    """A page with the control for files, of a grey network input of 28×28."""
    mount(watched, fresh_server, "upload", "uploadControl", side=28, channels=1)
    return watched


def ink(ground: int, mark: int) -> bytes:
    pixels = np.full((280, 280), ground, np.uint8)
    pixels[70:210, 120:160] = mark
    return png(pixels)


def test_dark_ink_on_paper_is_inverted_and_said(grey: Page) -> None:
    give(grey, "paper.png", ink(250, 10), "image/png")
    pixels = np.array(told(grey, 1)[0]["pixels"]).reshape(28, 28)
    assert pixels[0, 0] == 5 and pixels[14, 14] == 245
    expect(grey.get_by_label("Invert")).to_be_checked()
    expect(grey.locator("#control .beside .told")).to_contain_text("Its border is light, so it is inverted")
    grey.get_by_label("Invert").uncheck()
    assert np.array(told(grey, 2)[1]["pixels"]).reshape(28, 28)[0, 0] == 250
    expect(grey.locator("#control .beside .told")).to_have_text("paper.png: 280 × 280 pixels.")
    give(grey, "board.png", ink(0, 255), "image/png")
    assert told(grey, 3)[2]["pixels"][0] == 0
    expect(grey.get_by_label("Invert")).not_to_be_checked()
    expect(grey.locator("#control .beside .told")).to_contain_text("Its border is dark")
    assert violations(grey, "#control") == []


def test_a_transparent_ground_is_paper(grey: Page) -> None:
    pixels = np.zeros((56, 56, 4), np.uint8)
    pixels[20:40, 20:40, 3] = 255
    give(grey, "sign.png", png(pixels), "image/png")
    seen = np.array(told(grey, 1)[0]["pixels"]).reshape(28, 28)
    assert seen[0, 0] == 0 and seen[14, 14] == 255
    # what is shown is what is given
    shown = grey.evaluate(
        "[...document.querySelector('#control .seen canvas').getContext('2d').getImageData(0, 0, 28, 28).data]"
    )
    assert shown[::4] == seen.flatten().tolist()


def test_a_large_photograph_keeps_its_means(grey: Page) -> None:
    """Halved some times and then averaged: as if it had been averaged at once."""
    random = np.random.default_rng(5)
    coarse = random.integers(0, 256, (28, 28)).astype(np.uint8)
    photograph = np.kron(coarse, np.ones((64, 64), np.uint8))
    give(grey, "large.png", png(photograph), "image/png")
    told(grey, 1)
    grey.get_by_label("Invert").set_checked(False)
    found = np.array(grey.evaluate("window.told.at(-1).pixels")).reshape(28, 28)
    assert np.abs(found - coarse.astype(int)).max() <= 1


@pytest.fixture
def board(watched: Page, fresh_server: Server) -> Iterator[Page]:
    """A page with the drawing board of the digits."""
    mount(watched, fresh_server, "drawing_board", "drawingBoard", side=8, channels=1)
    yield watched


#: lines of digits as people draw them, in shares of a part of the board
DIGITS = {
    0: [[(0.5, 0), (0.15, 0.15), (0, 0.5), (0.15, 0.85), (0.5, 1), (0.85, 0.85), (1, 0.5), (0.85, 0.15), (0.5, 0)]],
    4: [[(0.45, 0.0), (0.1, 0.55), (1.0, 0.55)], [(0.8, 0.25), (0.7, 1.0)]],
    6: [[(0.6, 0.0), (0.2, 0.4), (0.1, 0.75), (0.35, 1.0), (0.8, 0.95), (0.85, 0.65), (0.5, 0.55), (0.15, 0.75)]],
    7: [[(0.1, 0.05), (0.95, 0.05), (0.5, 1.0)], [(0.3, 0.5), (0.9, 0.5)]],
}  # fmt: skip


def draw(page: Page, canvas: Locator, lines: list[list[tuple[float, float]]], left: float, top: float) -> None:
    """Draw lines with the mouse in a small part of the board, away from its middle."""
    box = canvas.bounding_box()
    assert box is not None
    for line in lines:
        for index, (x, y) in enumerate(line):
            page.mouse.move(
                box["x"] + box["width"] * (left + 0.38 * x), box["y"] + box["height"] * (top + 0.5 * y), steps=4
            )
            if index == 0:
                page.mouse.down()
        page.mouse.up()


@pytest.mark.parametrize("digit", DIGITS)
def test_a_drawn_digit_looks_like_the_digits_of_the_data(board: Page, digit: int) -> None:
    """Wherever it is drawn, and smaller than it should be, the nearest image of the data set is of the same digit."""
    draw(board, board.locator("#control .ink"), DIGITS[digit], 0.05, 0.1)
    drawn = np.array(told(board, len(DIGITS[digit]))[-1])
    data = load("digits")
    images = data.train_x.reshape(len(data.train_x), -1).astype(np.float64)
    blank, full = images.min(), images.max()
    images = 255 * (images - blank) / (full - blank)
    nearest = data.train_y[np.argsort(((images - drawn) ** 2).sum(1))[:5]]
    assert np.bincount(nearest).argmax() == digit
    # as much ink as the images of this digit have
    amounts = images[data.train_y == digit].sum(1)
    assert 0.75 * amounts.min() < drawn.sum() < 1.25 * amounts.max()


def test_strokes_are_given_on_release_and_taken_back(board: Page) -> None:
    ink = board.locator("#control .ink")
    undo = board.get_by_role("button", name="Undo")
    expect(undo).to_be_disabled()
    draw(board, ink, [[(0.0, 0.0), (0.0, 1.0)]], 0.5, 0.2)
    one = told(board, 1)[0]
    assert max(one) > 150
    draw(board, ink, [[(0.0, 0.0), (1.0, 0.0)]], 0.3, 0.2)
    board.get_by_role("button", name="Clear").click()
    assert told(board, 3)[2] == [0] * 64
    undo.click()
    undo.click()
    assert told(board, 5)[4] == one
    board.get_by_label("Fill the picture").uncheck()
    as_drawn = np.array(told(board, 6)[5]).reshape(8, 8)
    assert as_drawn[:, :3].sum() == 0
    board.locator("#control .ink").focus()
    board.keyboard.press("u")
    assert told(board, 7)[6] == [0] * 64
    expect(undo).to_be_disabled()


def test_the_keyboard_draws_too(board: Page) -> None:
    board.get_by_label("Fill the picture").uncheck()
    told(board, 1)
    board.locator("#control .ink").focus()
    for key in ("ArrowLeft", "ArrowUp", "Space"):
        board.keyboard.press(key)
    dot = np.array(told(board, 2)[1]).reshape(8, 8)
    assert dot[3, 3] == dot.max() > 200 and dot[6:].sum() == 0
    expect(board.locator("#control .told")).to_have_text("Row 4 of 8, column 4, painted")
    for _ in range(3):
        board.keyboard.press("Shift+ArrowDown")
    line = np.array(told(board, 5)[4]).reshape(8, 8)
    assert (line[3:7, 3] > 200).all() and (line[:, 6:] == 0).all()
    board.keyboard.press("Delete")
    assert told(board, 6)[5] == [0] * 64
    assert violations(board, "#control") == []


def test_a_finger_draws_and_the_page_stays(board: Page) -> None:
    ink = board.locator("#control .ink")
    box = ink.bounding_box()
    assert box is not None
    session = board.context.new_cdp_session(board)
    for step in range(6):
        point = {"x": box["x"] + 60, "y": box["y"] + 30 + 30 * step, "id": 0}
        kind = "touchMove" if step else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert max(told(board, 1)[0]) > 150
    assert board.evaluate("scrollY") == 0


@pytest.mark.parametrize(("module", "name"), [("drawing_board", "drawingBoard"), ("upload", "uploadControl")])
def test_on_a_phone_every_target_is_large_enough(watched: Page, fresh_server: Server, module: str, name: str) -> None:
    watched.set_viewport_size({"width": 390, "height": 844})
    mount(watched, fresh_server, module, name, side=28, channels=1)
    if name == "uploadControl":
        give(watched, "paper.png", ink(250, 10), "image/png")
        told(watched, 1)
    targets = watched.locator("#control :is(button, label)").filter(visible=True)
    wait_until(lambda: targets.count() >= 2)
    for target in targets.all():
        box = target.bounding_box()
        assert box is not None and box["height"] >= 44 and box["width"] >= 44, target.inner_text()
    assert watched.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(watched, "#control") == []


def test_a_file_from_a_disk_is_read(upload: Page, tmp_path: Path) -> None:
    file = tmp_path / "mine.png"
    file.write_bytes(png(halves()))
    with upload.expect_file_chooser() as chooser:
        upload.get_by_role("button", name="Choose an image").click()
    chooser.value.set_files(file)
    assert told(upload, 1)[0]["name"] == "mine.png"
