"""Rebuild docs/gallery.md's pictures: maps, charts, report, workbook and map page of two studies.

    python docs/gallery.py [--out docs/gallery] [--keep DIR]

Besides the development extra it needs LibreOffice, pdftoppm and /usr/bin/chromium: the report and
the workbook are shown as LibreOffice prints them. Porto Alegre comes from ../shared/data/poa and is
left out where that folder is missing. `--keep` holds on to the files themselves.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from PIL import Image
from PIL.ImageColor import getrgb

from geo.analysis import Analysis
from geo.base.cache import default_cache
from geo.coverage.county import series_parts
from geo.pipeline import run
from geo.study.load import load_study
from layers.export.office_workbook.gap_workbook import gaps_workbook
from layers.print_map.charts import minutes_chart
from layers.print_map.ground import read_ground
from layers.print_map.layer_map import MapOptions, layer_map
from layers.print_map.page import PAPERS, Drawing
from layers.print_map.prepared import PreparedMaps
from layers.report.options import FORMATS, ReportOptions
from layers.report.write import report_files
from layers.style.palette import BAND_COLOURS, CAUSE_COLOURS, SHARE_COLOURS
from layers.web_map.standalone import render_map
from layers.words.catalogue import Words, words_for

ROOT = Path(__file__).resolve().parent.parent
POA = ROOT.parent / "shared" / "data" / "poa"
CHROMIUM = "/usr/bin/chromium"
# A fixed date, so that a rebuilt gallery differs only where the tool does.
MADE_ON = date(2026, 11, 23)
WIDTH = 920
_LEGENDS = (*SHARE_COLOURS, *BAND_COLOURS, *CAUSE_COLOURS.values(), "#ffffff", "#f7f6f2")
POA_STUDY = """[study]
name = { "zh-CN" = "阿雷格里港", en = "Porto Alegre" }
locale = "en"
sources = [
    "© OpenStreetMap contributors (ODbL)",
    "Population and facilities: r5r sample data (MIT)",
]

[units]
path = "units.geojson"
id = "id"
name = "name"
level = "unit"

[units.approximate]
"zh-CN" = "评价单元为规则网格，非行政区划。"
en = "Units are squares of a grid, not administrative areas."

[demand]
path = "cells.csv"
weight = "population"
weight_unit = "人"

[network]
path = "roads.osm.pbf"

[[layers]]
key = "healthcare"
title = { "zh-CN" = "医疗设施·步行", en = "Health care, on foot" }
path = "healthcare.csv"
profile = "walk"
minutes = 15
bands = [5, 10]

[[layers]]
key = "schools"
title = { "zh-CN" = "学校·步行", en = "Schools, on foot" }
path = "schools.csv"
profile = "walk"
minutes = 15
"""


def poa_study(folder: Path) -> Path:
    """A study of Porto Alegre: real people and facilities, a grid of squares as units."""
    cells = pd.read_csv(POA / "poa_hexgrid.csv")
    cells.to_csv(folder / "cells.csv", index=False)
    for kind in ("healthcare", "schools"):
        cells[cells[kind] > 0][["id", "lon", "lat"]].to_csv(folder / f"{kind}.csv", index=False)
    x = np.linspace(cells["lon"].min() - 0.003, cells["lon"].max() + 0.003, 7)
    y = np.linspace(cells["lat"].min() - 0.003, cells["lat"].max() + 0.003, 7)
    rows = [
        (f"{'ABCDEF'[i]}{j + 1}", shapely.box(x[i], y[j], x[i + 1], y[j + 1]))
        for i in range(6)
        for j in range(6)
    ]
    units = gpd.GeoDataFrame(rows, columns=["id", "geometry"], crs="EPSG:4326")
    tree = shapely.STRtree(shapely.points(cells["lon"], cells["lat"]))
    held = [len(tree.query(shape, predicate="contains")) > 0 for shape in units.geometry]
    units = units[held].assign(name=units["id"])
    units.to_file(folder / "units.geojson", driver="GeoJSON")
    shutil.copyfile(POA / "poa_osm.pbf", folder / "roads.osm.pbf")
    (folder / "study.toml").write_text(POA_STUDY, encoding="utf-8")
    return folder


def save(image: Image.Image, path: Path, *, width: int = WIDTH, colours: int = 200) -> None:
    """A picture small enough to be committed."""
    if image.width > width:
        height = round(image.height * width / image.width)
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    full = image.convert("RGB")
    # The most frequent colours, and those of legends, which a rare class would lose.
    frequent = full.quantize(colours - len(_LEGENDS)).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([*frequent, *(part for colour in _LEGENDS for part in getrgb(colour)[:3])])
    full.quantize(palette=palette, dither=Image.Dither.NONE).save(path, optimize=True)


def picture(drawing: Drawing) -> Image.Image:
    """A figure as pixels."""
    return Image.open(BytesIO(drawing.to_bytes("png", dpi=130)))


def pages(file: Path, folder: Path, wanted: Sequence[int], *, dpi: int) -> list[Image.Image]:
    """Pages of a DOCX or XLSX as LibreOffice prints them."""
    profile = f"-env:UserInstallation={(folder / 'office').resolve().as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder)]
    subprocess.run([*command, str(file)], check=True, capture_output=True, timeout=300)
    found = []
    for number in wanted:
        target = folder / f"{file.stem}-{number}"
        span = ["-f", str(number), "-l", str(number), "-singlefile"]
        pdf = str(folder / f"{file.stem}.pdf")
        subprocess.run(["pdftoppm", "-r", str(dpi), "-png", *span, pdf, str(target)], check=True)
        found.append(Image.open(target.with_suffix(".png")))
    return found


def beside(images: Sequence[Image.Image], columns: int) -> Image.Image:
    """Pages on a grey ground."""
    width, height = images[0].size
    rows = -(-len(images) // columns)
    sheet = Image.new("RGB", (columns * (width + 10) + 10, rows * (height + 10) + 10), "#b5b3ac")
    for number, image in enumerate(images):
        left, top = number % columns * (width + 10) + 10, number // columns * (height + 10) + 10
        sheet.paste(image, (left, top))
    return sheet


def map_page(html: Path) -> Image.Image:
    """map.html as Chromium shows it without a network."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--headless", "--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        context = browser.new_context(viewport={"width": 1280, "height": 800}, offline=True)
        page = context.new_page()
        page.goto(html.resolve().as_uri())
        page.wait_for_timeout(1500)
        content = page.screenshot()
        browser.close()
    return Image.open(BytesIO(content))


def gallery(analysis: Analysis, name: str, words: Words, out: Path, work: Path) -> None:
    """All pictures of one study in one language."""
    prepared = PreparedMaps(analysis, read_ground(analysis.study, cache=default_cache()))
    key = next(iter(analysis.summary["layers"]))
    options = MapOptions(paper=PAPERS["a4"].turned("landscape"), made_on=MADE_ON)
    drawn = {"share": options, "gaps": replace(options, what="gaps")}
    parts = series_parts(analysis)
    if parts:
        drawn["county"] = replace(options, within=parts[4 % len(parts)])
    for kind, chosen in drawn.items():
        drawing = layer_map(analysis, key, words, chosen, prepared=prepared)
        save(picture(drawing), out / f"{name}-{kind}.png")
    save(
        picture(minutes_chart(analysis, words)), out / f"{name}-minutes.png", width=700, colours=32
    )
    made = report_files(analysis, words, FORMATS, ReportOptions(made_on=MADE_ON), prepared=prepared)
    for kind, content in made.items():
        (work / f"{name}.{kind}").write_bytes(content)
    shown = pages(work / f"{name}.docx", work, (1, 2, 5, 8, 9, 12), dpi=50)
    save(beside(shown, 3), out / f"{name}-report.png", width=1260, colours=64)
    (work / f"{name}-gaps.xlsx").write_bytes(gaps_workbook(analysis, words))
    first = pages(work / f"{name}-gaps.xlsx", work, (1,), dpi=75)[0]
    save(first, out / f"{name}-gaps-xlsx.png", width=1240, colours=32)
    (work / f"{name}.html.map.html").write_text(
        render_map(analysis, locale=words.locale), encoding="utf-8"
    )
    save(map_page(work / f"{name}.html.map.html"), out / f"{name}-map-html.png")


def main() -> None:
    """Both studies, each in one language."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "gallery")
    parser.add_argument("--keep", type=Path, help="where the files themselves stay")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        work = given.keep or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        wuhan = run(load_study(ROOT / "data" / "wuhan"), cache=default_cache())
        gallery(wuhan, "wuhan", words_for("zh-CN"), given.out, work)
        if POA.is_dir():
            (work / "poa").mkdir(exist_ok=True)
            poa = run(load_study(poa_study(work / "poa")), cache=default_cache())
            gallery(poa, "poa", words_for("en"), given.out, work)
    total = sum(path.stat().st_size for path in given.out.glob("*.png"))
    print(f"{given.out}: {total:,} bytes")


if __name__ == "__main__":
    main()
