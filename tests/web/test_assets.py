"""Style sheets, scripts, fonts and icons; and pages that go over the wire compressed."""

import gzip
import re
from itertools import product

from fontTools.ttLib import TTFont

from intake.dev.assets.vendor import differences
from intake.directory.sources.records import DEFAULT_SOURCES
from intake.web.http.assets import STATIC, asset_url, icon_svg, is_drawn


def url_of(app, name):
    with app.test_request_context():
        return asset_url(name)


def test_vendored_files_are_those_of_the_manifest():
    assert differences() == []


def test_an_address_that_names_its_content_is_kept_for_good(app, client):
    response = client.get(url_of(app, "css/kiosk.css"))
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.content_type == "text/css; charset=utf-8"


def test_an_address_without_the_content_or_with_an_old_one_is_asked_for_again(app, client):
    for address in ("/static/css/kiosk.css", "/static/css/kiosk.css?v=0000000000000000"):
        response = client.get(address)
        assert response.headers["Cache-Control"] == "no-cache"
        again = client.get(address, headers={"If-None-Match": response.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")


def test_style_sheets_name_the_content_of_their_fonts_too(app, client):
    sheet = client.get(url_of(app, "css/staff.css")).get_data(as_text=True)
    fonts = re.findall(r"url\((\.\./vendor/[^)]+)\)", sheet)
    assert len(fonts) == 4
    for font in fonts:
        response = client.get("/static" + font.removeprefix(".."))
        assert "immutable" in response.headers["Cache-Control"]
        assert response.content_type == "font/woff2"


def test_modules_name_the_content_of_what_they_import_too(app, client):
    script = client.get(url_of(app, "js/kiosk.js")).get_data(as_text=True)
    imported = re.search(r'^import .* from "\./(read_aloud\.js\?v=[0-9a-f]{16})";', script, re.MULTILINE)
    assert imported is not None
    assert "immutable" in client.get(f"/static/js/{imported[1]}").headers["Cache-Control"]


def test_nothing_outside_the_folder_is_served(client):
    for path in ("../config.py", "..%2fconfig.py", "css/../../config.py", "nowhere.css", "vendor", "%00"):
        assert client.get(f"/static/{path}").status_code == 404


def test_text_is_compressed_for_browsers_that_take_it(app, client):
    address = url_of(app, "css/staff.css")
    plain = client.get(address).data
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert gzip.decompress(packed.data) == plain
    assert len(packed.data) < len(plain) / 2


def test_pages_are_compressed_and_their_length_is_blurred(make, app, client):
    make.practice()
    lengths = set()
    for _ in range(12):
        response = client.get("/a/thanks", headers={"Accept-Encoding": "gzip"})
        assert response.headers["Content-Encoding"] == "gzip"
        assert b"Thank you" in gzip.decompress(response.data)
        assert int(response.headers["Content-Length"]) == len(response.data)
        lengths.add(len(response.data))
    assert len(lengths) > 3


def test_browsers_that_take_nothing_compressed_get_plain_pages(make, client):
    make.practice()
    response = client.get("/a/thanks")
    assert "Content-Encoding" not in response.headers
    assert b"Thank you" in response.data


def test_icons_are_drawn_in_place_and_an_unknown_name_gets_the_signpost():
    assert 'aria-hidden="true"' in icon_svg("telephone")
    for name in ("no-such-icon", "../../config", "", "<script>"):
        assert icon_svg(name) == icon_svg("signpost")


def test_pictures_and_colours_of_patients_pages_come_within_their_style_sheet(app, client):
    sheet = client.get(url_of(app, "css/kiosk.css")).get_data(as_text=True)
    assert sheet.count('{ --drawing: url("data:image/svg+xml,') > 20
    assert "bootstrap-icons" not in sheet and "@import" not in sheet and "--ground:" in sheet
    assert all(is_drawn(source.icon) for source in DEFAULT_SOURCES if source.parent is None)
    assert not is_drawn("no-such-icon")


def test_light_or_dark_is_remembered_and_leads_back_to_the_same_page(make, client):
    make.staff("administrator")
    here = "http://localhost/a/thanks?x=1"
    response = client.post("/appearance", data={"theme": "dark"}, headers={"Referer": here})
    assert response.location == "/a/thanks?x=1"
    assert 'data-theme="dark"' in client.get("/sign-in").text
    client.post("/appearance", data={"theme": "nonsense"})
    assert "data-theme" not in client.get("/sign-in").text


def test_choosing_colours_leads_nowhere_else(client):
    for referrer in ("https://evil.example/", "http://localhost//evil.example/", "http://localhost.evil.example/", "x"):
        response = client.post("/appearance", data={"theme": "dark"}, headers={"Referer": referrer})
        assert response.location == "/"


def test_a_vietnamese_name_is_set_in_one_typeface(app):
    for sheet, weight in product(("staff.css", "kiosk.css"), ("400", "700")):
        faces = re.findall(r'family: "Atkinson Hyperlegible";(.*?)}', (STATIC / "css" / sheet).read_text(), re.DOTALL)
        drawn: dict[str, str] = {}
        for face in faces:
            ranges = [each.split("-") for each in re.findall(r"U\+([0-9A-F]+(?:-[0-9A-F]+)?)", face)]
            file = re.search(r"url\(([^)]+)\)", face)[1]
            letters = TTFont((STATIC / "css" / file).resolve()).getBestCmap() if f"weight: {weight}" in face else {}
            # Of faces that claim a letter the last one is asked for it.
            drawn |= {
                letter: file if ord(letter) in letters else ""
                for letter in "aăâđêôơưĂĐƠƯĩũĨŨ" + "".join(map(chr, range(0x1EA0, 0x1EFA)))
                if letters and any(int(each[0], 16) <= ord(letter) <= int(each[-1], 16) for each in ranges)
            }
        assert len(drawn) == 106 and [letter for letter, file in drawn.items() if not file] == []
