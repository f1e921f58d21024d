"""Tables that an office really sends, each with one thing wrong or unusual."""

from __future__ import annotations

import datetime

from tests.bad_input.bad_files import HEADER, A, B, Damage, both, csv, put, toml, xlsx, xlsx_with

LAUGHS = (
    '<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>'
)
CHINESE = "编号,小区名称,经度,纬度,pop"
ROWS = ("1,光谷,114.3,30.2,10", "2,江岸,114.4,30.2,20")
PAIR = "编号,名称,坐标,pop"
X = [*HEADER[:4], "pop"]

CSV: dict[str, Damage] = {
    "csv in gbk with chinese headers": csv(*ROWS, header=CHINESE, encoding="gb18030"),
    "csv in utf-16": csv(*ROWS, header=CHINESE, encoding="utf-16"),
    "csv with bom": csv(*ROWS, header=CHINESE, encoding="utf-8-sig"),
    "tsv": put("demand.csv", "\n".join([CHINESE, *ROWS]).replace(",", "\t")),
    "headers lng lat": csv(*ROWS, header="code,title,lng,lat,pop"),
    "headers with units": csv(*ROWS, header="编号,名称,经度(°),纬度（°）,pop"),
    "headers x y of a survey": csv("1,甲,30.2,114.3,10", header="编号,名称,X,Y,pop"),
    "headers of two datums": csv(
        "1,114.3,30.2,114.29,30.19,1", header="id,lon_gcj,lat_gcj,lon_wgs,lat_wgs,pop"
    ),
    "id column that repeats": csv(
        "420102,甲,114.3,30.2,1", "420102,乙,114.4,30.2,1", header="行政区划代码,名称,经度,纬度,pop"
    ),
    "pair of coordinates": csv('1,甲,"114.3,30.2",1', header=PAIR),
    "pair, latitude first": csv('1,甲,"30.2，114.3",1', header=PAIR),
    "pair that is none": csv('1,甲,"114.3,30.2",1', "2,乙,路口,1", "3,丙,,1", header=PAIR),
    "degrees and minutes": csv("c,C,114°18′20″E,北纬30度12分,1"),
    "seventy minutes": csv("c,C,114°70′20″,30°12′,1"),
    "a latitude for a longitude": csv("c,C,30°12′N,30.2,1"),
    "full-width digits": csv("c,C,１１４．３,３０．２,１２"),
    "decimal comma": put("demand.csv", "id;name;lon;lat;pop\na;A;114,3;30,2;12,5\n"),
    "thousands": csv('c,C,114.3,30.2,"1,234"', 'd,D,114.3,30.2,"12,34,5"'),
    "number with a word": csv("c,C,114.3,30.2,12人"),
    "number too large": csv("c,C,114.3,30.2,1e400"),
    "nan and inf": csv("c,C,nan,30.2,1", "d,D,114.3,inf,1"),
    "code in scientific notation": csv("4.41502E+11,C,114.3,30.2,1"),
    "codes with leading zeros": csv("007,C,114.3,30.2,1", "420102001001,D,114.3,30.2,1"),
    "name is NA": csv("c,NA,114.3,30.2,1", "d,NULL,114.3,30.2,1"),
    "name is a formula": csv("c,=1+1,114.3,30.2,1", "d,@SUM(A1),114.3,30.2,1"),
    "too few cells": csv("c,C,114.3"),
    "too many cells": csv("c,C,114.3,30.2,1,x"),
    "swapped columns in one row": csv("c,C,30.2,114.3,1"),
    "zero place": csv("c,C,0,0,1"),
    "a duplicate": csv("a,C,114.3,30.2,1"),
    "without an id": csv(",C,114.3,30.2,1"),
    "without a weight": csv("c,C,114.3,30.2,"),
    "weight is negative": csv("c,C,114.3,30.2,-3"),
    "header only": put("demand.csv", ",".join(HEADER) + "\n"),
    "big5": put("demand.csv", "id,name,lon,lat,pop\na,臺北車站,114.3,30.2,1\n", "big5"),
    "group code broken": both(
        toml(('weight = "pop"', 'weight = "pop"\ngroup = "g"')),
        csv("1,114.3,30.2,1,4.2E+11", header="id,lon,lat,pop,g"),
    ),
    "spread without areas": toml(('weight = "pop"', 'weight = "pop"\nspread = true')),
}

XLSX: dict[str, Damage] = {
    "xlsx": xlsx(HEADER, A, [420102001001, "NA", 114.4, 30.2, 20.0]),
    "xlsx with a title and a header of two rows": xlsx(
        ["武汉市小区清单"],
        ["编号", "名称", "坐标", None, "pop"],
        [None, None, "经度", "纬度", None],
        A,
        merge=("A1:E1", "A2:A3", "B2:B3", "C2:D2", "E2:E3"),
    ),
    "xlsx with a merged name": xlsx(HEADER, A, B, merge=("B2:B3",)),
    "xlsx with a merged number": xlsx(HEADER, A, B, merge=("E2:E3",)),
    "xlsx with a formula": xlsx(HEADER, A, ["b", "B", 114.4, 30.2, "=E2*2"]),
    "xlsx with a broken code": xlsx(HEADER, A, ["4.41502E+11", "B", 114.4, 30.2, 1]),
    "xlsx with a code of 18 digits": xlsx(HEADER, A, [420102001001000123, "B", 114.4, 30.2, 1]),
    "xlsx with two sheets": xlsx(HEADER, A, 街道=[HEADER, B]),
    "xlsx with an empty second sheet": xlsx(HEADER, A, Sheet2=[]),
    "xlsx with a sheet chosen": both(
        toml(('path = "demand.csv"', 'path = "demand.csv"\nsheet = "街道"')),
        xlsx(HEADER, A, 街道=[HEADER, B]),
    ),
    "xlsx without that sheet": both(
        toml(('path = "demand.csv"', 'path = "demand.csv"\nsheet = "街道"')), xlsx(HEADER, A)
    ),
    "xlsx with a column twice": xlsx([*HEADER, "lon"], [*A, 1]),
    "xlsx that is empty": xlsx(),
    "xlsx with an error cell": xlsx(HEADER, A, ["b", "B", 114.4, 30.2, "#N/A"]),
    "xlsx with a date for a weight": xlsx(
        HEADER, A, ["b", "B", 114.4, 30.2, datetime.datetime(2026, 1, 2)]
    ),
    "xlsx with a remark beside the table": xlsx(HEADER, A, [None] * 6 + ["合计"]),
    "xlsx without a workbook": xlsx_with("xl/workbook.xml", b"<workbook", b"<rubbish"),
    "xlsx of 17 billion cells": xlsx_with("xl/worksheets/sheet1.xml", b'r="A3"', b'r="XFD1048576"'),
    "xls or a password": put("demand.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)),
}
