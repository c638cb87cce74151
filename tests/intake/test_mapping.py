"""Tables of any make: what is suggested of them, and what is read once it is said what their columns are."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socio.composition import Factor, Mark
from socio.errors import TableError
from socio.intake import cells, mapping, tables
from socio.intake.delimited import Grid
from socio.intake.layouts import ROLES
from socio.intake.mapping import Column, Layout, Part, Reading
from socio.intake.shares import Unit
from tests.intake import books


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table as an official may have it, what is suggested of it, and the schools it gives.

    ``columns`` are roles, ``-`` for ignored, or ``Factor: Category``; ``rows`` are pupils and shares by school.
    """

    text: str | list[list[str | float]]
    columns: list[str]
    rows: dict[str, tuple[int, list[float]]]
    header: int = 1
    headers: int = 1
    last: int = 0
    unknown: frozenset[str] = frozenset()
    apart: frozenset[str] = frozenset()
    unit: Unit = Unit.SHARE
    own: list[float] | None = None
    told: dict[str, object] = field(default_factory=dict)
    spans: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def content(self):
        return self.text.encode() if isinstance(self.text, str) else books.merged(self.text, self.spans)


TABLES = {
    "SCB with two header rows and counts": Table(
        text="""Tabell 1. Elever i grundskolan efter föräldrarnas utbildningsnivå, 15 oktober 2024

Skolenhetskod;Skolenhetens namn;Antal elever;Föräldrarnas utbildningsnivå;;;;Utländsk bakgrund;;\
Nyinvandrade (0-3 år)
;;;Förgymnasial;Gymnasial;Eftergymnasial;Uppgift saknas;Ja;Nej;Antal
12345678;Norra skolan;400;40;150;200;10;120;280;12
23456789;Södra skolan;300;10;100;188;2;30;270;3
34567890;Östra skolan;250;50;120;70;10;150;100;30

Källa: SCB, Utbildningsregistret
Uppgifterna avser elever i årskurs 1-9.
""",
        header=4,
        headers=2,
        last=7,
        columns=[
            *("code", "school", "pupils"),
            *(f"Föräldrarnas utbildningsnivå: {c}" for c in ("Förgymnasial", "Gymnasial", "Eftergymnasial")),
            "Föräldrarnas utbildningsnivå: Uppgift saknas",
            *("Utländsk bakgrund: Ja", "Utländsk bakgrund: Nej", "Tid i Sverige: Nyinvandrade (0-3 år)"),
        ],
        unit=Unit.COUNT,
        rows={
            "12345678": (400, [0.1, 0.375, 0.5, 0.025, 0.3, 0.7, 0.03, 0.97]),
            "23456789": (300, [10 / 300, 100 / 300, 188 / 300, 2 / 300, 0.1, 0.9, 0.01, 0.99]),
            "34567890": (250, [0.2, 0.48, 0.28, 0.04, 0.6, 0.4, 0.12, 0.88]),
        },
    ),
    "SCB with codes named SKOLID and categories that overlap": Table(
        text="""SKOLID;Skolans namn;Elever totalt;Utrikes född;Nyinvandrade (0-3 år);Utländsk bakgrund;Ensamstående
11111111;A-skolan;100;20 %;15 %;70 %;30 %
22222222;B-skolan;200;40 %;35 %;80 %;20 %
33333333;C-skolan;150;10 %;5 %;30 %;10 %
""",
        columns=[
            *("code", "school", "pupils"),
            *("Migration: Utrikes född", "Migration: Nyinvandrade (0-3 år)", "Migration: Utländsk bakgrund"),
            "Familj: Ensamstående",
        ],
        apart=frozenset({"Migration"}),
        unit=Unit.PERCENT,
        rows={
            "11111111": (100, [0.2, 0.8, 0.15, 0.85, 0.7, 0.3, 0.3, 0.7]),
            "22222222": (200, [0.4, 0.6, 0.35, 0.65, 0.8, 0.2, 0.2, 0.8]),
            "33333333": (150, [0.1, 0.9, 0.05, 0.95, 0.3, 0.7, 0.1, 0.9]),
        },
    ),
    "shares that lack up to 100 %": Table(
        text="""Skolkod\tSkola\tElevantal\tAndel förgymnasial\tAndel gymnasial\tAndel eftergymnasial
01\tA\t100\t10,5\t40,2\t43,1
02\tB\t200\t12,5\t30,2\t50,1
03\tC\t300\t22,5\t30,0\t40,1
""",
        columns=[
            *("code", "school", "pupils"),
            *(f"Föräldrarnas utbildning: {c}" for c in ("Förgymnasial", "Gymnasial", "Eftergymnasial")),
        ],
        unknown=frozenset({"Föräldrarnas utbildning"}),
        unit=Unit.PERCENT,
        rows={
            "01": (100, [0.105, 0.402, 0.431, 0.062]),
            "02": (200, [0.125, 0.302, 0.501, 0.072]),
            "03": (300, [0.225, 0.3, 0.401, 0.074]),
        },
    ),
    "last year's spreadsheet": Table(
        text="""Socioekonomisk resursfördelning 2024;;;;;;;;
;;;;;;;;
Skola;Elever totalt;varav flickor;Förgymnasial utbildning;Gymnasial utb.;Eftergymnasial utb.;Född utomlands;\
Försörjningsstöd;Kr per elev
Norra skolan;400;0,49;0,10;0,38;0,52;0,20;0,10;5 200
Södra skolan;300;0,51;0,05;0,33;0,62;0,08;0,03;3 100
Östra skolan;250;0,47;0,21;0,49;0,30;0,44;0,25;12 000
Hela kommunen;950;0,49;0,11;0,39;0,50;0,22;0,12;
Summa;950;;;;;;;
;;;;;;;;
Not: siffrorna är från förra läsåret;;;;;;;;
""",
        header=3,
        last=8,
        columns=[
            *("school", "pupils", "Kön: Flickor"),
            *(f"Föräldrarnas utbildning: {c}" for c in ("Förgymnasial", "Gymnasial", "Eftergymnasial")),
            *("Födelseland: Utrikes född", "Ekonomiskt bistånd: Försörjningsstöd", "old_rate"),
        ],
        rows={
            "Norra skolan": (400, [0.49, 0.51, 0.1, 0.38, 0.52, 0.2, 0.8, 0.1, 0.9]),
            "Södra skolan": (300, [0.51, 0.49, 0.05, 0.33, 0.62, 0.08, 0.92, 0.03, 0.97]),
            "Östra skolan": (250, [0.47, 0.53, 0.21, 0.49, 0.3, 0.44, 0.56, 0.25, 0.75]),
        },
        own=[0.49, 0.51, 0.11, 0.39, 0.5, 0.22, 0.78, 0.12, 0.88],
        told={"old_rate": [5200, 3100, 12000]},
    ),
    "a workbook with merged headings": Table(
        text=[
            ["Underlag för socioekonomisk fördelning 2025"],
            ["", "", "Antal elever", "", "", "Föräldrarnas utbildning", "", "", "Migration", "", "Ekonomi"],
            [
                *("Skola", "Skolenhetskod", "Totalt", "Flickor", "Pojkar"),
                *("För-\ngymnasial", "Gymnasial", "Efter-\ngymnasial"),
                *("Utrikes född", "Nyinvandrade", "Ekonomiskt bistånd"),
            ],
            ["Norra skolan", 12345678.0, 400.0, 190.0, 210.0, 0.1, 0.4, 0.5, 0.2, 0.05, 0.11],
            ["Södra skolan", 12345679.0, 300.0, 140.0, 160.0, 0.05, 0.25, 0.7, 0.1, 0.01, 0.02],
            ["Totalt", "", 700.0, 330.0, 370.0, 0.08, 0.34, 0.58, 0.16, 0.03, 0.07],
        ],
        spans=[(1, 2, 4), (1, 5, 7), (1, 8, 9)],
        header=3,
        headers=2,
        columns=[
            *("school", "code", "pupils", "-", "-"),
            *(f"Föräldrarnas utbildning: {c}" for c in ("Förgymnasial", "Gymnasial", "Eftergymnasial")),
            *("Migration: Utrikes född", "Migration: Nyinvandrade", "Ekonomiskt bistånd: Ja"),
        ],
        apart=frozenset({"Migration"}),
        rows={
            "12345678": (400, [0.1, 0.4, 0.5, 0.2, 0.8, 0.05, 0.95, 0.11, 0.89]),
            "12345679": (300, [0.05, 0.25, 0.7, 0.1, 0.9, 0.01, 0.99, 0.02, 0.98]),
        },
    ),
    "both number and share of each category, under three rows of headings": Table(
        text=""";;;Föräldrarnas utbildning;;;;;
Skola;Skolkod;Antal elever;Förgymnasial;;Gymnasial;;Eftergymnasial;
;;;Antal;Andel;Antal;Andel;Antal;Andel
A;11111111;100;10;10,0;50;50,0;40;40,0
B;22222222;200;50;25,0;100;50,0;50;25,0
C;33333333;300;20;6,7;100;33,3;180;60,0
""",
        header=3,
        headers=3,
        columns=[
            *("school", "code", "pupils"),
            *("Föräldrarnas utbildning: Förgymnasial", "-", "Föräldrarnas utbildning: Gymnasial", "-"),
            *("Föräldrarnas utbildning: Eftergymnasial", "-"),
        ],
        unit=Unit.COUNT,
        rows={
            "11111111": (100, [0.1, 0.5, 0.4]),
            "22222222": (200, [0.25, 0.5, 0.25]),
            "33333333": (300, [20 / 300, 100 / 300, 0.6]),
        },
    ),
    "a mean, an index, a risk and the money of two years": Table(
        text="""Enhet;Kod;Antal elever;Medelutbildning;Sammanvägt index;Risk;Ersättning 2025;Elever 2024
A-skolan;11111111;100;2,31;0,87;0,12;110 000;110
B-skolan;22222222;300;1,95;1,33;0,22;900 000;300
Totalt;;400;;1,0;;1 010 000;410
""",
        columns=["school", "code", "pupils", "level", "index", "risk", "old_amount", "old_pupils"],
        rows={"11111111": (100, [0.345, 0.655]), "22222222": (300, [0.525, 0.475])},
        told={"old_amount": [110_000, 900_000], "old_rate": [1000, 3000]},
    ),
    "no header at all": Table(
        text="""A-skolan;11111111;100;0,31;0,69
B-skolan;22222222;300;0,95;0,05
C-skolan;33333333;200;0,05;0,95
""",
        header=0,
        headers=0,
        columns=["school", "code", "pupils", "Faktor 1: D", "Faktor 1: E"],
        rows={"11111111": (100, [0.31, 0.69]), "22222222": (300, [0.95, 0.05]), "33333333": (200, [0.05, 0.95])},
    ),
    "parts, subtotals, blank columns and the municipality by its name": Table(
        text="""Underlag;;;;;
;Skolenhet;;Antal elever;Elever med eftergymnasialt utbildade föräldrar (%);Andel elever med utländsk bakgrund (%)
;Kommunala skolor;;;;
;Norra skolan;;412;55,3;22,1
;Södra skolan;;1 020;61,2;12,9
;Delsumma;;1 432;;
;Fristående skolor;;;;
;Friskolan;;220;70,2;18,1
;Summa;;1 652;;
;Huddinge kommun;;1 652;60,9;15,9
""",
        header=2,
        columns=["-", "school", "-", "pupils", "Föräldrarnas utbildning: Eftergymnasial", "Bakgrund: Utländsk"],
        unit=Unit.PERCENT,
        rows={
            "Norra skolan": (412, [0.553, 0.447, 0.221, 0.779]),
            "Södra skolan": (1020, [0.612, 0.388, 0.129, 0.871]),
            "Friskolan": (220, [0.702, 0.298, 0.181, 0.819]),
        },
        own=[0.609, 0.391, 0.159, 0.841],
    ),
    "two pupil bases, kinds of operators by a letter, and columns that are no need": Table(
        text="""Skolenhetskod,Skola,Driftsform,Elever åk 1-9,Elever F-9,\
Utländsk bakgrund %,Eftergymn. utb. %,Lärartäthet,Behörighet åk 9 %
11111111,A,K,100,112,20.5,60.1,12.1,90
22222222,B,F,200,220,40.1,40.5,11.5,80
33333333,C,K,300,333,5.5,70.3,13.0,95
""",
        columns=[
            *("code", "school", "operator", "pupils_composition", "pupils_paid"),
            *("Bakgrund: Utländsk", "Föräldrarnas utbildning: Eftergymnasial", "-", "-"),
        ],
        unit=Unit.PERCENT,
        rows={
            "11111111": (100, [0.205, 0.795, 0.601, 0.399]),
            "22222222": (200, [0.401, 0.599, 0.405, 0.595]),
            "33333333": (300, [0.055, 0.945, 0.703, 0.297]),
        },
        told={"operators": ("kommunal", "fristående", "kommunal"), "pupils_paid": [112, 220, 333]},
    ),
    "a heading over a factor with another factor's column behind it": Table(
        text="""Skola;Elever;Utbildning;;;;
;;Förgymnasial;Gymnasial;Eftergymnasial;Utländsk bakgrund;Socioekonomiskt index
A;100;10;50;40;33;1,2
B;200;25;50;25;55;1,5
C;300;10;30;60;5;0,7
""",
        header=2,
        headers=2,
        columns=[
            *("school", "pupils"),
            *("Utbildning: Förgymnasial", "Utbildning: Gymnasial", "Utbildning: Eftergymnasial"),
            *("Bakgrund: Utländsk", "index"),
        ],
        unit=Unit.PERCENT,
        rows={
            "A": (100, [0.1, 0.5, 0.4, 0.33, 0.67]),
            "B": (200, [0.25, 0.5, 0.25, 0.55, 0.45]),
            "C": (300, [0.1, 0.3, 0.6, 0.05, 0.95]),
        },
    ),
    "factors by a beginning, by their sums and by nothing": Table(
        text="""Skola;Elever;Familj - en förälder;Familj - två föräldrar;Låg;Mellan;Hög;Trångbodda;Rektor
A;100;0,10;0,90;0,20;0,30;0,50;0,33;Eva
B;200;0,25;0,75;0,30;0,40;0,30;0,11;Bo
C;300;0,10;0,90;0,25;0,25;0,50;0,02;Li
""",
        columns=[
            *("school", "pupils", "Familj: En förälder", "Familj: Två föräldrar"),
            *("Faktor 1: Låg", "Faktor 1: Mellan", "Faktor 1: Hög", "Trångbodda: Ja", "-"),
        ],
        rows={
            "A": (100, [0.1, 0.9, 0.2, 0.3, 0.5, 0.33, 0.67]),
            "B": (200, [0.25, 0.75, 0.3, 0.4, 0.3, 0.11, 0.89]),
            "C": (300, [0.1, 0.9, 0.25, 0.25, 0.5, 0.02, 0.98]),
        },
    ),
    "Skolverket's headings with columns of one's own": Table(
        text="""Skola;Skol-enhetskod;Skolkommun;Kommun-kod;Typ av huvudman;Huvudman;Huvudman orgnr;\
Elever, förskoleklass;Andel (%) flickor, förskoleklass;\
Elever, årskurs 1-9;Andel (%) flickor, årskurs 1-9;Andel (%) elever med utländsk bakgrund, åk 1-9;Elever, årskurs 1;\
Elever, årskurs 2;Anmärkning
Ahlafors Fria skola;71387206;Ale;1440;Enskild;Ahlafors ek. för.;7696142343;22;..;261;47,5;4,6;22;25;
Alboskolan;72616393;Ale;1440;Kommunal;Ale kommun;2120001439;.;.;1 195;49,7;..;.;65;ny
Nya skolan;72616394;Ale;1440;Kommunal;Ale kommun;2120001439;12;50,0;.;.;.;.;.;startar
""",
        columns=[
            *("school", "code", "-", "-", "operator", "operator_name", "-", "-", "-", "pupils"),
            *("Kön: Flickor", "Bakgrund: Utländsk", "-", "-", "-"),
        ],
        unit=Unit.PERCENT,
        rows={
            "71387206": (261, [0.475, 0.525, 0.046, 0.954]),
            "72616393": (1195, [0.497, 0.503, 4.5 / 1195, 1 - 4.5 / 1195]),
        },
        told={"operators": ("fristående", "kommunal"), "operator_names": ("Ahlafors ek. för.", "Ale kommun")},
    ),
    "SALSA's headings with pupils beside them": Table(
        text=""";;;Bakgrundsinformation;Bakgrundsinformation;Bakgrundsinformation;\
Genomsnittligt meritvärde;Genomsnittligt meritvärde;\
Genomsnittligt meritvärde
Skola;Skol-enhetskod;Antal elever;Föräldrarnas genomsnittliga utb.nivå;Andel (%) nyinvandrade;\
Andel (%) pojkar;Faktiskt värde (F);Modell- beräknat värde (B);Residual (R=F-B)
Ahlafors;71387206;48;2,46;0;32;274;251;23
Alboskolan;72616393;65;2,26;2;42;254;241;13
""",
        header=2,
        headers=2,
        columns=[
            *("school", "code", "pupils", "level", "Tid i Sverige: Nyinvandrade", "Kön: Pojkar"),
            *("-", "-", "-"),
        ],
        unit=Unit.PERCENT,
        rows={
            "71387206": (48, [0.27, 0.73, 0, 1, 0.32, 0.68]),
            "72616393": (65, [0.37, 0.63, 0.02, 0.98, 0.42, 0.58]),
        },
    ),
    "the program's own headings": Table(
        text="""skolenhetskod;skola;huvudman_typ;huvudman;elever_underlag;elever_betalning;tidigare_belopp;\
tidigare_elever;Utbildning: Kort;Utbildning: Lång;X: Medelvärde (0–10);index
1;A;kommunal;Ort;100;110;5000;100;50;50;3;1,1
2;B;fristående;Ort;200;210;9000;180;60;40;4;0,8
""",
        columns=[
            *("code", "school", "operator", "operator_name", "pupils_composition", "pupils_paid"),
            *("old_amount", "old_pupils", "Utbildning: Kort", "Utbildning: Lång", "level", "index"),
        ],
        unit=Unit.PERCENT,
        rows={"1": (100, [0.5, 0.5, 0.7, 0.3]), "2": (200, [0.6, 0.4, 0.6, 0.4])},
        told={"pupils_paid": [110, 210], "old_amount": [5000, 9000], "old_rate": [50, 50]},
    ),
    "abbreviated headings over counts, and the total for the pupils": Table(
        text="""Skola;Förgymn.;Gymn.;Efterg.;Uppg. saknas;Totalt
A;10;20;70;0;100
B;30;40;130;0;200
C;30;100;170;1;301
Summa;70;160;370;1;601
""",
        columns=[
            "school",
            *(f"Föräldrarnas utbildning: {c}" for c in ("Förgymnasial", "Gymnasial", "Eftergymnasial")),
            *("Föräldrarnas utbildning: Uppgift saknas", "pupils"),
        ],
        unit=Unit.COUNT,
        rows={
            "A": (100, [0.1, 0.2, 0.7, 0]),
            "B": (200, [0.15, 0.2, 0.65, 0]),
            "C": (301, [30 / 301, 100 / 301, 170 / 301, 1 / 301]),
        },
    ),
    "numbers that lack some pupils in every school": Table(
        text="""Skola;Elever;Förgymnasial;Gymnasial;Eftergymnasial
A;200;20;60;100
B;150;30;40,0;65
C;80;10;20;42
""",
        columns=[
            *("school", "pupils"),
            *(f"Föräldrarnas utbildning: {c}" for c in ("Förgymnasial", "Gymnasial", "Eftergymnasial")),
        ],
        unknown=frozenset({"Föräldrarnas utbildning"}),
        unit=Unit.COUNT,
        rows={
            "A": (200, [0.1, 0.3, 0.5, 0.1]),
            "B": (150, [30 / 150, 40 / 150, 65 / 150, 0.1]),
            "C": (80, [10 / 80, 20 / 80, 42 / 80, 0.1]),
        },
    ),
    "headings with line breaks, and a column that sums to 100": Table(
        text=""""Skolans
namn";"Skolenhets-
kod";"Antal elever
2024-10-15";"Andel elever med
utländsk bakgrund";"Andel elever med låg ekonomisk standard";Summa
A;11111111;100;10,5%;20,5%;100
B;22222222;200;30,5%;10,5%;100
""",
        columns=["school", "code", "pupils", "Bakgrund: Utländsk", "Ekonomi: Låg ekonomisk standard", "-"],
        unit=Unit.PERCENT,
        rows={"11111111": (100, [0.105, 0.895, 0.205, 0.795]), "22222222": (200, [0.305, 0.695, 0.105, 0.895])},
    ),
    "years below the pupils, factors before a colon": Table(
        text="""Skola;Antal elever;;Vårdnadshavares utbildning: kort;Vårdnadshavares utbildning: lång
;2023;2024;;
A;90;100;30;70
B;210;200;70;30
C;210;201;60;40
""",
        header=2,
        headers=2,
        columns=[
            *("school", "-", "pupils"),
            *("Vårdnadshavares utbildning: Kort", "Vårdnadshavares utbildning: Lång"),
        ],
        unit=Unit.PERCENT,
        rows={"A": (100, [0.3, 0.7]), "B": (200, [0.7, 0.3]), "C": (201, [0.6, 0.4])},
    ),
    "single categories in shares, beside a number in no unit": Table(
        text="""Skolenhetskod;Skolenhet;Elever i åk 1-9;Andel föräldrar med högskoleutbildning;\
Andel med båda föräldrarna födda utomlands;Andel boende med en vårdnadshavare;Ohälsotal;\
Socioekonomisk ersättning per elev 2024
11111111;A;100;0,5;0,1;0,2;12,5;1000
22222222;B;200;0,3;0,4;0,3;22,5;5000
""",
        columns=[
            *("code", "school", "pupils", "Föräldrarnas utbildning: Eftergymnasial", "Födelseland: Utrikes född"),
            *("Familj: Boende med en vårdnadshavare", "-", "old_rate"),
        ],
        rows={"11111111": (100, [0.5, 0.5, 0.1, 0.9, 0.2, 0.8]), "22222222": (200, [0.3, 0.7, 0.4, 0.6, 0.3, 0.7])},
        told={"old_rate": [1000, 5000]},
    ),
    "a table in English letters and a decimal point, with a year in every heading": Table(
        text="""Kod;Namn;Elever 2023;Elever 2024;Belopp per elev 2024;\
Andel utrikes födda 2023;Andel utrikes födda 2024;Andel inrikes födda 2024
01;A;90;100;1000.50;0.21;0.2;0.8
02;B;210;200;2000;0.31;0.3;0.7
""",
        columns=[
            "code",
            "school",
            "-",
            "pupils",
            "old_rate",
            "-",
            "Födelseland: Utrikes född",
            "Födelseland: Inrikes född",
        ],
        rows={"01": (100, [0.2, 0.8]), "02": (200, [0.3, 0.7])},
        told={"old_rate": [1000.5, 2000]},
    ),
}


def suggested(content, **said):
    return mapping.suggested(mapping.grid(content, Reading()), **said)


def read(content, layout, **told):
    return mapping.read(content, "underlag.csv", Reading(layout=layout), **told)


def roles(layout):
    return [
        f"{column.factor}: {column.category}"
        if column.role == "category"
        else "-"
        if column.role == "ignored"
        else column.role
        for column in layout.columns
    ]


def faults(content, layout, **said):
    with pytest.raises(TableError) as raised:
        mapping.read(content, "underlag.csv", Reading(layout=layout, **said))
    assert all(fault.file == "underlag.csv" for fault in raised.value.faults)
    return raised.value.faults


def outcome(how, *given_):
    """What comes of it: a value, or the faults."""
    try:
        return how(*given_)
    except TableError as error:
        return error.faults


def places(found):
    return [(fault.row, fault.column, fault.value) for fault in found]


def said(found):
    return [f"{fault.wrong}, {fault.allowed}" for fault in found]


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_what_is_suggested_needs_no_change(table):
    """Header, roles, factors, and what overlaps or lacks are right at the first try."""
    layout = suggested(table.content)
    assert (layout.header, layout.headers, layout.last) == (table.header, table.headers, table.last)
    assert roles(layout) == table.columns
    assert (layout.unknown, layout.apart) == (table.unknown, table.apart)
    assert mapping.missing(layout) == ()


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_what_is_read_is_what_stands_in_the_file(table):
    """Codes, pupils and shares of every school, the municipality's own row, and today's money."""
    intake = read(table.content, suggested(table.content))
    schools = intake.composition
    assert schools.codes == tuple(table.rows)
    assert schools.pupils_composition.tolist() == [pupils for pupils, _ in table.rows.values()]
    np.testing.assert_allclose(schools.shares, [shares for _, shares in table.rows.values()], atol=1e-12)
    assert intake.unit is table.unit
    assert (schools.municipality_row is None) == (table.own is None)
    if table.own is not None:
        np.testing.assert_allclose(schools.municipality_row.shares, table.own, atol=1e-12)
    for name, expected in table.told.items():
        np.testing.assert_array_equal(getattr(schools, name), expected)


def test_a_level_says_which_end_means_need():
    """A mean of education is turned, whichever way it runs, and names its ends (R027, trap T04)."""
    text = b"Skola;Elever;Medelutbildning\nA;100;2,5\nB;100;1\n"
    layout = suggested(text)
    assert layout.columns[2] == Column(heading="Medelutbildning", role="level", factor="Medelutbildning")
    assert read(text, layout).composition.shares[:, 0].tolist() == [0.25, 1]
    turned = replace(layout, columns=(*layout.columns[:2], replace(layout.columns[2], most=3, least=0.5)))
    schools = read(text, turned).composition
    assert schools.factors == (Factor("Medelutbildning", ("Medelvärde (3–0,5)", "Övriga")),)
    assert schools.shares[:, 0].tolist() == [0.8, 0.2]


def test_what_a_model_or_a_result_says_is_never_need():
    """Model values, residuals, merit, grades and eligibility are left out, whatever they look like (R045)."""
    text = (
        "Skola;Antal elever;Meritvärde;Andel behöriga (%);Modellberäknat värde (B);Residual (R=F-B);Faktiskt värde (F);"
        "Andel (%) som uppnått kunskapskraven;Betygspoäng;SALSA-index;Åtgärdsprogram;Andel utländsk bakgrund\n"
        "A;100;230;0,9;0,8;0,1;0,9;0,8;0,5;0,4;0,1;0,2\nB;200;210;0,8;0,9;0,1;0,8;0,7;0,4;0,5;0,2;0,4\n"
    )
    assert roles(suggested(text.encode())) == ["school", "pupils", *["-"] * 9, "Bakgrund: Utländsk"]


def test_an_amount_without_its_pupils_is_left_to_the_user():
    """Without the pupils it was paid for an amount is no rate (trap T11): it is not suggested, and asked for."""
    text = "Skola;Elever;Andel utländsk bakgrund;Ersättning 2025\nA;100;0,2;5000\nB;200;0,4;9000\n".encode()
    layout = suggested(text)
    assert layout.columns[3].role == "ignored"
    chosen = replace(layout, columns=(*layout.columns[:3], replace(layout.columns[3], role="old_amount")))
    assert [(fault.row, fault.column) for fault in mapping.missing(chosen)] == [(1, "Ersättning 2025")]


def test_a_tables_own_sum_is_compared_and_left_out():
    """A sum that agrees is said to, one that does not is told with both figures; a part's sum is that of its part."""
    text = (
        "Skola;Elever;Andel pojkar\nA;100;0,5\nB;200;0,5\nDelsumma;300;\n"
        "C;50;0,4\nDelsumma;60;\nTotalt;350;0,5\n;350;0,5\n"
    )
    layout = suggested(text.encode())
    intake = read(text.encode(), layout)
    assert intake.composition.pupils_composition.sum() == 350
    assert [(fault.row, fault.column, str(fault.wrong)) for fault in intake.warnings] == [
        (4, "Elever", "the row is the table's own sum, 300 pupils, which is that of the rows"),
        (6, "Elever", "the rows sum to 50 pupils, the table says 60"),
        (7, "Elever", "the row is the table's own sum, 350 pupils, which is that of the rows"),
        (8, "Elever", "the row is the table's own sum, 350 pupils, which is that of the rows"),
    ]
    assert {fault.file for fault in intake.warnings} == {"underlag.csv"}


@pytest.mark.parametrize(
    ("name", "municipality"),
    [
        *((name, "") for name in ("Kommunen", "Kommun", "Hela kommunen", "KOMMUNEN TOTALT", "Umeå kommun")),
        *(("Umeå", name) for name in ("Umeå", "umeå kommun")),
    ],
)
def test_the_municipality_may_be_called_many_things(name, municipality):
    """Its row is its own under each of these names, and said unless it is Kommunen."""
    text = f"Skola;Elever;Andel pojkar\nA;100;0,5\nB;200;0,4\n{name};300;0,45\nRiket;1000000;0,51\n".encode()
    intake = read(text, suggested(text), municipality=municipality)
    assert intake.composition.municipality_row.shares.tolist() == [0.45, 0.55]
    assert len(intake.composition) == 2
    taken = [fault for fault in intake.warnings if "taken for the municipality's own" in str(fault.wrong)]
    assert [(fault.row, fault.wrong.facts["school"]) for fault in taken] == ([] if name == "Kommunen" else [(4, name)])
    assert "rows of more than the municipality: 5, they are left out" in said(intake.warnings)


def test_every_fault_stands_at_the_users_own_heading_and_row():
    """Nine things wrong are nine faults at once, each where the user finds it; none names the own layout."""
    text = """Rubrik;;;;;
;;;;;
Skolkod;Skola;Antal elever;Utbildning;;Kr per elev
;;;Kort;Lång;
11111111;A;tio;0,5;0,5;100
11111111;B;45,5;0,5;0,5;
;C;10;0,5;0,9;-5
44444444;D;;abc;0,5;1e200
55555555;E;30;0,4;0,6;7
"""
    layout = suggested(text.encode())
    assert roles(layout) == ["code", "school", "pupils", "Utbildning: Kort", "Utbildning: Lång", "old_rate"]
    found = faults(text.encode(), layout)
    assert sorted(places(found)) == [
        (5, "Antal elever", "tio"),
        (6, "Antal elever", "45,5"),
        (6, "Skolkod", "11111111"),
        (7, "Kr per elev", "-5"),
        (7, "Skolkod", ""),
        (7, "Utbildning – Kort", "0,5"),
        (8, "Antal elever", ""),
        (8, "Kr per elev", "1e200"),
        (8, "Utbildning – Kort", "abc"),
    ]
    own = {tables.CODE, tables.PUPILS, tables.OLD_RATE}
    assert not own & {word for fault in found for word in str(fault).split()}


def test_a_table_without_codes_or_without_names_uses_the_one_for_both():
    """The name is the code, or the code the name; what is wrong stands at the column there is."""
    named = b"Skola;Elever;Andel pojkar\nA;100;0,5\nA;200;0,4\n"
    assert places(faults(named, suggested(named))) == [(3, "Skola", "A")]
    coded = b"Skolkod;Elever;Andel pojkar\n01;100;0,5\n02;200;0,4\n"
    schools = read(coded, suggested(coded)).composition
    assert schools.codes == schools.names == ("01", "02")


LAYOUT = Layout(
    columns=(
        Column(heading="Skolkod", role="code"),
        Column(heading="Skola", role="school"),
        Column(heading="Elever", role="pupils"),
        Column(heading="Utländsk", role="category", factor="Bakgrund", category="Utländsk"),
        Column(heading="", role="ignored"),
    )
)


def changed(**roles_by_heading):
    return replace(
        LAYOUT,
        columns=tuple(replace(column, **roles_by_heading.get(column.heading or "E", {})) for column in LAYOUT.columns),
    )


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        (LAYOUT, []),
        (Layout(columns=()), [None, None, None]),
        (changed(Skolkod={"role": "ignored"}, Skola={"role": "ignored"}), [None]),
        (changed(Elever={"role": "pupils_paid"}), [None]),
        (changed(Utländsk={"role": "ignored"}), [None]),
        (changed(Skola={"role": "code"}), ["Skola"]),
        (changed(E={"role": "pupils"}), ["E"]),
        (changed(E={"role": "pupils_composition"}), ["E"]),
        (changed(E={"role": "pupils_paid"}), []),
        (changed(E={"role": "old_amount"}), ["E"]),
        (changed(E={"role": "old_pupils"}), ["E"]),
        (changed(E={"role": "category"}), ["E", "E"]),
        (changed(E={"role": "category", "factor": "Bakgrund"}), ["E"]),
        (changed(E={"role": "category", "factor": "bakgrund ", "category": "utländsk"}), ["E"]),
        (changed(E={"role": "category", "factor": "Bak:grund", "category": "Svensk"}), ["E"]),
        (changed(E={"role": "category", "factor": "X", "category": "Medelvärde (1–3)"}), ["E"]),
        (changed(E={"role": "category", "factor": "X", "category": "Övriga"}), ["E"]),
        (changed(E={"role": "level"}), ["E"]),
        (changed(E={"role": "level", "factor": "Bakgrund"}), ["E"]),
        (changed(E={"role": "level", "factor": "X", "most": 2.0, "least": 2.0}), ["E"]),
        (changed(E={"role": "level", "factor": "X", "most": float("nan")}), ["E"]),
        (changed(E={"role": "level", "factor": "X"}), []),
        (changed(Skolkod={"role": "old_rate"}, E={"role": "old_amount"}), ["E", "Skolkod"]),
        (replace(LAYOUT, header=2, headers=3), [None]),
        (replace(LAYOUT, header=-1), [None]),
        (replace(LAYOUT, header=3, last=2), [None]),
        (replace(LAYOUT, units={"A": (Part(code=" ", school="", pupils=0),)}), [None]),
        (
            replace(LAYOUT, units={"A": (Part(code="1", school="", pupils=5), Part(code="2", school="", pupils=0))}),
            [None],
        ),
        (
            replace(LAYOUT, units={"A": (Part(code="1", school="", pupils=5), Part(code="1", school="", pupils=5))}),
            [None],
        ),
    ],
)
def test_what_the_columns_lack_is_told_before_the_file_is_read(layout, expected):
    """What is lacking, what stands twice, and names that cannot be: each at its heading, or letter without one."""
    found = mapping.missing(layout)
    assert [fault.column for fault in found] == expected
    assert all(str(fault.wrong) and str(fault.allowed) for fault in found)


def test_everything_that_the_columns_lack_is_told_at_once():
    """Four mistakes in one choice are four faults, and reading says the same."""
    layout = changed(Elever={"role": "school"}, E={"role": "category"}, Skolkod={"role": "old_amount"})
    found = mapping.missing(layout)
    assert [fault.column for fault in found] == [None, "Skolkod", "Elever", "E", "E"]
    assert [replace(fault, file="") for fault in faults(b"Skolkod\n1\n", layout)][: len(found)] == list(found)


def test_categories_that_become_factors_may_not_have_names_that_are_taken():
    """Apart, “Bakgrund: Utländsk” is a factor Utländsk, which another column may be already."""
    both = changed(E={"role": "category", "factor": "Utländsk", "category": "Ja"})
    assert mapping.missing(both) == ()
    assert [fault.column for fault in mapping.missing(replace(both, apart=frozenset({"Bakgrund"})))] == ["E"]


texts = st.text(st.characters(codec="utf-8"), max_size=8)
whole = st.integers(0, 10**6)
ends = st.floats(allow_nan=False, allow_infinity=False)
parts = st.builds(Part, code=texts, school=texts, pupils=whole)
columns = st.builds(
    Column, heading=texts, role=st.sampled_from(ROLES), factor=texts, category=texts, most=ends, least=ends
)
layouts = st.builds(
    Layout,
    columns=st.lists(columns, max_size=5).map(tuple),
    header=whole,
    headers=whole,
    last=whole,
    unknown=st.frozensets(texts, max_size=3),
    apart=st.frozensets(texts, max_size=3),
    together=st.booleans(),
    units=st.dictionaries(texts, st.lists(parts, max_size=3).map(tuple), max_size=3),
)
readings = st.builds(
    Reading,
    sheet=texts,
    encoding=st.sampled_from(["", "UTF-8", "Windows-1252"]),
    separator=st.sampled_from(["", ";", ",", "\t"]),
    decimal=st.sampled_from(["", ",", "."]),
    unit=st.none() | st.sampled_from(Unit),
    layout=st.none() | layouts,
)


@given(readings)
def test_a_reading_written_down_is_the_same_reading(reading):
    """Everything that the user chose comes back, and the same choice is the same text."""
    written = reading.written()
    assert Reading.of(written) == reading
    assert Reading.of(written).written() == written


def test_the_order_of_what_is_chosen_does_not_matter():
    """Units and factors in another order are the same text."""
    units = {"B": (), "A": (Part(code="1", school="", pupils=0),)}
    one = replace(LAYOUT, units=units, unknown=frozenset("ab"))
    other = replace(LAYOUT, units=dict(sorted(units.items())), unknown=frozenset("ba"))
    assert Reading(layout=one).written() == Reading(layout=other).written()


def test_nothing_is_a_reading_without_a_choice():
    """An empty text has every default, and so reads the program's own layout."""
    assert Reading.of("") == Reading()
    text = b"skolenhetskod;skola;elever;A: x;A: y\n01;A;100;0,5;0,5\n"
    assert mapping.read(text, "t.csv", Reading()).composition.codes == ("01",)


@given(st.text() | st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists).map(repr))
def test_what_is_no_reading_is_a_sentence(text):
    """Whatever stands there, it is a reading or one fault."""
    assert outcome(Reading.of, text)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "[" * 100_000,
        '{"version": 1}',
        Reading().written().replace('"version": 1', '"version": true'),
        Reading().written().replace('"decimal": ""', '"decimal": "x"'),
        Reading(layout=LAYOUT).written().replace('"pupils"', '"teachers"'),
        Reading(layout=LAYOUT).written().replace("3.0", "Infinity", 1),
        Reading(layout=LAYOUT).written().replace("3.0", "1" + "0" * 400, 1),
        Reading(layout=LAYOUT).written().replace('"header": 1', '"header": "1"'),
    ],
)
def test_a_broken_reading_is_one_fault(text):
    """Wrong kinds, unknown roles and numbers without end are told, not believed."""
    with pytest.raises(TableError, match="cannot be made out"):
        Reading.of(text)


def test_a_reading_of_a_later_program_says_so():
    """A version that this program does not know is not read halfway."""
    with pytest.raises(TableError, match="later version"):
        Reading.of(Reading().written().replace('"version": 1', '"version": 2'))


LAST_YEAR = """Skolkod;Skola;Elever 2023;Elever 2024;Ersättning 2024;Grupp A (2024);Grupp B (2024)
11111111;A;100;110;5000;0,5;0,6
22222222;B;200;190;9000;0,4;0,9
"""
CHOSEN = Layout(
    columns=(
        Column(heading="Skolkod", role="code"),
        Column(heading="Skola", role="school"),
        Column(heading="Elever 2023", role="old_pupils"),
        Column(heading="Elever 2024", role="pupils"),
        Column(heading="Ersättning 2024", role="old_amount"),
        Column(heading="Grupp A (2024)", role="category", factor="Min faktor", category="A"),
        Column(heading="Grupp B (2024)", role="category", factor="Min faktor", category="B"),
    ),
    apart=frozenset({"Min faktor"}),
    units={"B": (Part(code="99999999", school="B", pupils=0),)},
)


def test_last_years_choice_is_offered_for_this_years_file():
    """A year further on, with a column moved and one new, every column is what it was."""
    text = """Underlag 2025

Skola;Skolkod;Elever 2024;Elever 2025;Grupp b (2025);GRUPP A (2025);Ny kolumn;Ersättning 2025
A;11111111;110;120;0,6;0,5;0,1;5000
B;22222222;190;180;0,9;0,4;0,2;9000
""".encode()
    given = mapping.grid(text, Reading())
    assert mapping.follows(given, [LAYOUT, CHOSEN]) is CHOSEN
    layout = mapping.suggested(given, [LAYOUT, CHOSEN])
    assert [column.heading for column in layout.columns] == [cells.text(cell) for cell in given.rows[2]]
    assert roles(layout) == [
        *("school", "code", "old_pupils", "pupils"),
        *("Min faktor: B", "Min faktor: A", "-", "old_amount"),
    ]
    assert (layout.header, layout.apart, layout.units) == (3, CHOSEN.apart, CHOSEN.units)
    schools = read(text, layout).composition
    assert schools.codes == ("11111111", "99999999")
    assert schools.columns[::2] == (("B", "Ja"), ("A", "Ja"))
    assert schools.shares[:, ::2].tolist() == [[0.6, 0.5], [0.9, 0.4]]


def test_another_kind_of_file_is_not_read_as_last_years():
    """Where most of the kept headings are not there, the file itself tells."""
    text = b"Skola;Antal elever;Andel pojkar\nA;100;0,5\nB;200;0,4\n"
    given = mapping.grid(text, Reading())
    assert mapping.follows(given, [CHOSEN]) is None
    assert mapping.suggested(given, [CHOSEN]) == mapping.suggested(given)
    assert roles(mapping.suggested(given)) == ["school", "pupils", "Kön: Pojkar"]


def test_a_layout_of_another_file_is_not_used_for_this_one():
    """Where a chosen column's heading is another one there is a fault for each, and years alone are none."""
    next_year = LAST_YEAR.replace("2024", "2025").replace("2023", "2024").encode()
    assert read(next_year, CHOSEN).composition.pupils_composition.tolist() == [110, 190]
    swapped = LAST_YEAR.replace("Skola;Elever 2023", "Elever 2023;Skola").encode()
    assert places(faults(swapped, CHOSEN)) == [(1, "Skola", None), (1, "Elever 2023", None)]
    assert [fault.row for fault in faults(LAST_YEAR.encode(), replace(CHOSEN, header=9, headers=1))] == [None]


def test_the_header_may_be_said():
    """Where the header is said to be, the columns are suggested anew below it."""
    text = b"Skola;Elever;Andel pojkar\nSkola;Antal elever;Andel flickor\nA;100;0,5\nB;200;0,4\n"
    given = mapping.grid(text, Reading())
    assert roles(mapping.suggested(given, header=2, headers=1)) == ["school", "pupils", "Kön: Flickor"]
    assert mapping.suggested(given, header=2, headers=1).columns[2].heading == "Andel flickor"
    assert mapping.suggested(given, header=0).header == 0
    assert mapping.suggested(given, header=99, headers=99).headers == 4


def test_a_blank_upper_heading_belongs_to_the_one_before_it():
    """But not where that one heads its own column alone; what stands twice is written once."""
    text = "Skola;;Utbildning;;;Elever\n;Skolkod;Kort;Lång;Utbildning;Elever\nA;01;0,5;0,5;0;10\nB;02;0,4;0,6;0;20\n"
    assert [column.heading for column in suggested(text.encode()).columns] == [
        *("Skola", "Skolkod", "Utbildning – Kort", "Utbildning – Lång", "Utbildning", "Elever")
    ]


def test_examples_are_the_first_values_below_the_header():
    """Blank cells are passed over, and prose below the table is no example."""
    layout = suggested(TABLES["last year's spreadsheet"].content)
    shown = mapping.examples(mapping.grid(TABLES["last year's spreadsheet"].content, Reading()), layout, 2)
    assert shown[0] == ("Norra skolan", "Södra skolan")
    assert shown[8] == ("5 200", "3 100")
    assert len(shown) == len(layout.columns)


UNITS = """Skola;Skolenhetskod;Elever;Betalas;Andel utländsk bakgrund;Belopp i fjol;Elever i fjol
A-skolan;11111111;100;110;0,5;9000;90
A-skolan, andra kommuner;11111111;20;10;0,2;;
B-skolan;22222222;200;200;0,25;20000;200
Vårby RO;;301;300;..;6000;300
Resursskolan;;7;7;0,9;;
"""


def units(**said):
    layout = suggested(UNITS.encode())
    columns_ = list(layout.columns)
    columns_[3] = replace(columns_[3], role="pupils_paid")
    columns_[5] = replace(columns_[5], role="old_amount")
    return replace(layout, columns=tuple(columns_), **said)


SPLIT = {
    "Vårby RO": (
        Part(code="33333333", school="Vårby Norra", pupils=100),
        Part(code="44444444", school="", pupils=150),
        Part(code="55555555", school="Vårby Södra", pupils=51),
    ),
    "Resursskolan": (),
}


def test_rows_that_are_no_single_unit_are_asked_about():
    """A code in two rows and rows without a code are listed with their pupils and why (trap T20)."""
    given, layout = mapping.grid(UNITS.encode(), Reading()), units()
    asked = [
        (2, "11111111", "A-skolan", "100", "the code stands in 2 rows"),
        (3, "11111111", "A-skolan, andra kommuner", "20", "the code stands in 2 rows"),
        (5, "", "Vårby RO", "301", "it has no code"),
        (6, "", "Resursskolan", "7", "it has no code"),
    ]
    for decided in (layout, replace(layout, units=SPLIT, together=True)):
        found = mapping.rows_to_decide(given, decided)
        assert [(one.row, one.code, one.school, one.pupils, str(one.why)) for one in found] == asked
    assert [one.key for one in found] == ["A-skolan", "A-skolan, andra kommuner", "Vårby RO", "Resursskolan"]
    places_ = [(row, column) for row, column, _ in places(faults(UNITS.encode(), layout))]
    assert places_ == [(3, "Skolenhetskod"), (5, "Skolenhetskod"), (6, "Skolenhetskod")]


def test_a_name_in_several_rows_is_asked_about_only_without_codes():
    """Two units may have one name; without codes nothing tells them apart."""
    text = b"Skola;Skolkod;Elever;Andel pojkar\nA;01;100;0,5\nA;02;200;0,4\n"
    given = mapping.grid(text, Reading())
    assert mapping.rows_to_decide(given, mapping.suggested(given)) == ()
    bare = mapping.grid(b"Skola;Elever;Andel pojkar\nA;100;0,5\nA;200;0,4\nSumma;300;\n", Reading())
    found = mapping.rows_to_decide(bare, mapping.suggested(bare))
    assert [(one.row, str(one.why)) for one in found] == [
        (2, "the name stands in 2 rows"),
        (3, "the name stands in 2 rows"),
    ]


def test_every_pupil_is_in_one_unit():
    """A row is split by its units' pupils, those paid and the amount with them; a row left out is said."""
    intake = read(UNITS.encode(), units(units=SPLIT, together=True))
    schools = intake.composition
    assert schools.codes == ("11111111", "22222222", "33333333", "44444444", "55555555")
    assert schools.names == ("A-skolan", "B-skolan", "Vårby Norra", "Vårby RO", "Vårby Södra")
    assert schools.pupils_composition.tolist() == [120, 200, 100, 150, 51]
    assert schools.pupils_paid.tolist() == [120, 200, 100, 149, 51]
    np.testing.assert_allclose(schools.shares[:, 0], [0.45, 0.25, *[4.5 / 301] * 3])
    np.testing.assert_allclose(schools.old_amount, [9000, 20_000, 6000 / 3, 6000 * 149 / 300, 6000 * 51 / 300])
    np.testing.assert_allclose(schools.old_rate, [100, 100, 20, 20, 20])
    assert schools.marks[2:, 0].tolist() == [Mark.KNOWN] * 3
    told = said(intake.warnings)
    assert "rows that are left out, as chosen: 6, choose units for them to be taken in" in told
    assert [(fault.row, fault.column) for fault in intake.warnings if "has 2 rows" in str(fault.wrong)] == [
        (2, "Skolenhetskod")
    ]


def test_a_unit_of_a_row_may_have_a_row_of_its_own():
    """Put together they are one school, weighted by pupils; otherwise the code stands twice."""
    text = b"Skola;Skolkod;Elever;Andel pojkar\nA;01;100;0,5\nRO;;300;0,3\n"
    parts_ = {"RO": (Part(code="01", school="", pupils=100), Part(code="02", school="B", pupils=200))}
    layout = replace(suggested(text), units=parts_)
    assert places(faults(text, layout)) == [(3, "Skolkod", "01")]
    schools = read(text, replace(layout, together=True)).composition
    assert (schools.codes, schools.pupils_composition.tolist()) == (("01", "02"), [200, 200])
    np.testing.assert_allclose(schools.shares[:, 0], [0.4, 0.3])


def test_units_have_all_of_the_rows_pupils_and_no_others():
    """Units with other pupils than the row's are a fault at its row, beside whatever else is wrong."""
    wrong = {**SPLIT, "Vårby RO": SPLIT["Vårby RO"][:2]}
    found = faults(UNITS.encode(), units(units=wrong))
    assert [(row, column) for row, column, _ in places(found)] == [(3, "Skolenhetskod"), (5, "Elever")]
    assert str(found[1].wrong) == "its units have 250 pupils, the row 301"


@given(st.lists(st.integers(1, 500), min_size=1, max_size=6), st.integers(0, 3000), st.floats(0, 1))
def test_splitting_neither_makes_nor_loses_a_pupil_or_a_share(counts, more, share):
    """Whatever the parts: pupils, pupils paid and the share are those of the row."""
    behind, paid = sum(counts), sum(counts) + more
    text = f"Skola;Elever;Betalas;Andel utländsk bakgrund\nRO;{behind};{paid};{share:.3f}\nA;10;10;0.5\n".replace(
        ".", ","
    )
    layout = Layout(
        columns=(
            Column(heading="Skola", role="school"),
            Column(heading="Elever", role="pupils"),
            Column(heading="Betalas", role="pupils_paid"),
            Column(heading="", role="category", factor="Bakgrund", category="Utländsk"),
        ),
        units={"RO": tuple(Part(code=f"{i}", school="", pupils=count) for i, count in enumerate(counts))},
    )
    schools = mapping.read(text.encode(), "t.csv", Reading(layout=layout, unit=Unit.SHARE)).composition
    assert schools.pupils_composition[:-1].tolist() == (counts if len(counts) > 1 else [behind])
    assert schools.pupils_paid[:-1].sum() == paid
    np.testing.assert_allclose(schools.shares[:-1, 0], float(f"{share:.3f}"))


def test_rows_below_the_table_are_said_where_they_have_numbers():
    """A last row that the user has set too high does not lose schools in silence."""
    text = "Skola;Elever;Andel pojkar\nA;100;0,5\nB;200;0,4\nC;300;0,3\n\nKälla: SCB\n".encode()
    layout = suggested(text)
    assert layout.last == 4
    intake = read(text, replace(layout, last=3))
    assert intake.composition.codes == ("A", "B")
    assert [(fault.row, str(fault.wrong)) for fault in intake.warnings] == [
        (4, "rows with numbers below the table's last row: 4")
    ]


def test_an_operator_that_is_neither_is_said():
    """A region's or the state's school has no kind of operator, and what is no kind at all is a fault."""
    text = b"Skola;Typ av huvudman;Elever;Andel pojkar\nA;Kommunal;100;0,5\nB;Region;200;0,4\n"
    intake = read(text, suggested(text))
    assert intake.composition.operators == ("kommunal", "")
    assert places(intake.warnings) == [(3, "Typ av huvudman", None)]
    layout = suggested(text)
    assert places(faults(text.replace(b"Region", b"Okand"), layout)) == [(3, "Typ av huvudman", "Okand")]


def test_what_the_user_chose_of_the_file_is_followed():
    """Encoding, separator, decimal sign and unit are those of the reading, with a layout or without."""
    text = "Skola;Elever;Andel pojkar\nÅ;1.000;0,5\nÖ;2.000;0,4\n"
    content = text.encode("cp1252")
    layout = suggested(content)
    chosen = Reading(encoding="Windows-1252", separator=";", decimal=",", unit=Unit.PERCENT, layout=layout)
    intake = mapping.read(content, "t.csv", chosen)
    assert (intake.encoding, intake.separator, intake.decimal, intake.unit) == ("Windows-1252", ";", ",", Unit.PERCENT)
    assert intake.composition.pupils_composition.tolist() == [1000, 2000]
    np.testing.assert_allclose(intake.composition.shares[:, 0], [0.005, 0.004])
    own = b"skolenhetskod;skola;elever;A: x\n01;A;100;0,5\n"
    assert mapping.read(own, "t.csv", Reading(unit=Unit.PERCENT)).composition.shares[0, 0] == 0.005


def test_whose_schools_they_are_stands_in_the_composition():
    """Municipality, läsår and source are what was given."""
    content = TABLES["no header at all"].content
    told = {"municipality": "Orten", "municipality_code": "0999", "year": "2024/25", "source": "SCB"}
    schools = read(content, suggested(content), **told).composition
    assert {name: getattr(schools, name) for name in told} == told


words_ = st.sampled_from(
    [
        *("Skola", "Skolkod", "Antal elever", "Elever 2024", "Andel flickor", "Förgymnasial", "Gymnasial", "Index"),
        *("Utrikes född", "Medelutbildning", "Kr per elev", "Ersättning", "", "X: Y", "X: Medelvärde (1–3)", "Övriga"),
        *("A", "12345678", "100", "200", "0,5", "12 %", "..", ".", "~100", "-3", "1,329", "1e99", "Summa", "Kommunen"),
        *("2024", "#DIV/0!", ":", "%", "\u200b", "Umeå kommun"),
    ]
)
grids_ = st.lists(st.lists(words_ | st.floats(width=32), max_size=7), max_size=8)


@settings(max_examples=300)
@given(grids_)
def test_any_cells_get_a_suggestion_whose_names_are_possible(rows):
    """Whatever the cells, a suggestion may lack columns but never has a name twice or one that cannot be."""
    given_ = Grid([[cell if isinstance(cell, str) else float(cell) for cell in row] for row in rows])
    layout = mapping.suggested(given_)
    lacking = {"no column is the school or its code", "no column is the number of pupils"}
    lacking |= {"no column says anything about need"}
    assert {str(fault.wrong) for fault in mapping.missing(layout)} <= lacking
    assert len(mapping.examples(given_, layout)) == len(layout.columns)
    assert {one.row for one in mapping.rows_to_decide(given_, layout)} <= set(range(len(rows) + 1))
    assert Reading.of(Reading(layout=layout).written()).layout == layout


@settings(max_examples=200)
@given(st.binary() | st.lists(st.lists(words_, max_size=6), max_size=8), readings)
def test_any_bytes_are_a_table_or_a_sentence(content, reading):
    """Whatever the file and whatever is said of it: schools, or faults that name the file."""
    if not isinstance(content, bytes):
        content = "\n".join(";".join(row) for row in content).encode()
    layout = outcome(lambda: suggested(content))
    chosen = [reading, replace(reading, layout=None)]
    chosen += [Reading(layout=layout)] if isinstance(layout, Layout) else []
    for one in chosen:
        found = outcome(mapping.read, content, "f.csv", one)
        if isinstance(found, tuple):
            assert found
            assert all(fault.file == "f.csv" for fault in found)
        else:
            assert len(found.composition) > 0


@pytest.mark.national
@pytest.mark.parametrize(("year", "units_", "pupils"), [(2013, 4882, 920_829), (2023, 4665, 1_110_028)])
def test_the_national_export_is_read_as_a_table_of_any_make(national_exports, year, units_, pupils):
    """Its own headings suggest what they are: the units and pupils of docs/method.md §11."""
    (path,) = national_exports.glob(f"*Antal elever per årskurs {year} *.csv")
    content = path.read_bytes()
    layout = suggested(content)
    assert {
        column.heading: role for column, role in zip(layout.columns, roles(layout), strict=True) if role != "-"
    } == {
        "Skola": "school",
        "Skol-enhetskod": "code",
        "Typ av huvudman": "operator",
        "Huvudman": "operator_name",
        "Elever, årskurs 1-9": "pupils",
        "Andel (%) flickor, årskurs 1-9": "Kön: Flickor",
        "Andel (%) elever med utländsk bakgrund, åk 1-9": "Bakgrund: Utländsk",
        "Andel (%) elever med föräldrar med eftergymnasial utb., åk 1-9": "Föräldrarnas utbildning: Eftergymnasial",
    }
    schools = read(content, layout).composition
    assert (len(schools), schools.pupils_composition.sum()) == (units_, pupils)
