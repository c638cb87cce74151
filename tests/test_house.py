"""The house around the code: what is written about it is true, and what may not stand in it does not."""

from __future__ import annotations

import ast
import csv
import re
import subprocess
import tomllib
from importlib.metadata import version
from itertools import chain
from pathlib import Path

import pytest

from socio.locale import catalogue
from tests.test_locale import forms, swedish

ROOT = Path(__file__).parents[1]
PARTS = {
    "data in",
    "need model",
    "degree in full",
    "explanation and informing",
    "proposals",
    "follow-up",
}
"""What a requirement that is met later belongs to."""


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def tracked(*patterns):
    """Files in the repo, or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [ROOT / name for name in sorted(listed.split("\0")) if name and (ROOT / name).is_file()]


def functions(file):
    return [
        node
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def every_test():
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for function in functions(file):
            if function.name.startswith("test_"):
                yield f"{file.relative_to(ROOT).as_posix()}::{function.name}"


def requirements():
    with (ROOT / "docs/requirements.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def pins(name):
    """Package and version of each line."""
    lines = [line for line in text(name).splitlines() if line and not line.lstrip().startswith("#")]
    return dict(line.split("==") for line in lines)


def test_every_requirement_has_one_row():
    """R001–R158 stand in order, each with a requirement in words and a status."""
    rows = requirements()
    assert [row["id"] for row in rows] == [f"R{number:03}" for number in range(1, 159)]
    assert all(row["requirement"] for row in rows)
    assert {row["status"] for row in rows} <= {"done", "later", "not planned"}


def test_a_requirement_that_is_met_has_a_place_and_a_test():
    """What is done can be found in the product, and a test that is there would fail without it."""
    there = set(every_test())
    for row in requirements():
        if row["status"] == "done":
            assert row["place"], row
            assert all((ROOT / place).exists() for place in row["place"].split(", ")), row
            assert row["test"], row
            assert set(row["test"].split(", ")) <= there, row


def test_a_requirement_that_is_not_met_says_when_or_why():
    """What is met later names its part, and what is not planned says why."""
    for row in requirements():
        if row["status"] == "later":
            assert row["note"] in PARTS, row
        elif row["status"] == "not planned":
            assert len(row["note"]) > 20, row


def checks(node, known):
    """Whether there is something in a function that can fail, there or in what it calls in its own file."""
    for part in ast.walk(node):
        if isinstance(part, ast.Assert):
            return True
        if isinstance(part, ast.Call):
            called = ast.unparse(part.func)
            if re.search(r"raises|expect|assert_|shows$|fail$", called) or called in known:
                return True
    return False


def test_every_test_states_a_truth_and_checks_it():
    """Each test has a docstring of one sentence, and something in it that can fail."""
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        inside = functions(file)
        known = {function.name for function in inside if checks(function, ())}
        for function in inside:
            if function.name.startswith("test_"):
                name = f"{file.name}::{function.name}"
                assert (ast.get_docstring(function) or "").endswith("."), name
                assert checks(function, known), name


def test_the_readme_shows_every_room():
    """Each module, folder and page of the product stands in the README's list."""
    readme = text("README.md")
    rooms = [path for path in (ROOT / "socio").iterdir() if not path.name.startswith(("__init__", "__pycache__"))]
    for path in [*rooms, *(ROOT / "pages").glob("*.py")]:
        assert re.search(rf"\b{re.escape(path.name)}\b", readme), path


def test_the_readme_opens_with_the_main_screen_and_the_two_commands():
    """Before anything else the README shows what it is, then how to start and to test it."""
    readme = text("README.md")
    picture, start, test = (readme.index(sign) for sign in ("docs/main-screen.png", "make start", "make test"))
    assert picture < start < test
    assert readme[:picture].count("\n") <= 2


def test_every_command_is_documented():
    """Each target of the Makefile and each setting of the program stands in the README."""
    readme = text("README.md")
    for target in re.findall(r"^([a-z]+):.*##", text("Makefile"), re.MULTILINE):
        if target not in {"help", "lint", "types", "layers", "pytest", "browser", "java", "clean"}:
            assert f"make {target}" in readme, target
    code = chain(tracked("socio/*.py", "app.py", "pages/*.py", "tests/conftest.py", ".ci/*"))
    settings = {name for file in code for name in re.findall(r"\bSOCIO_[A-Z_]+\b", file.read_text(encoding="utf-8"))}
    for name in sorted(settings):
        assert name in readme, name


def test_every_parameter_of_a_scenario_stands_in_the_method():
    """Each key that a scenario may have, and each command of the command line, stands in docs/method.md."""
    from socio.__main__ import main
    from socio.scenario import BOUNDS

    method = text("docs/method.md")
    for key in BOUNDS:
        assert re.search(rf"\b{key.rpartition('.')[2].removesuffix('s')}", method), key
    for command in main.commands:
        assert f"python -m socio {command}" in method, command


def test_links_in_the_documents_lead_somewhere():
    """Each link of the README and the documents names a file that is there."""
    for file in tracked("*.md"):
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", file.read_text(encoding="utf-8")):
            if "://" not in link:
                assert (file.parent / link).exists(), f"{file.relative_to(ROOT)}: {link}"


def test_decisions_are_numbered_and_say_what_was_rejected():
    """Each decision has its number in order, and says what, why and what else there was."""
    decisions = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [file.name[:4] for file in decisions] == [f"{number:04}" for number in range(1, len(decisions) + 1)]
    for file in decisions:
        written = file.read_text(encoding="utf-8")
        assert written.startswith(f"# {file.name[:4]} "), file
        assert all(part in written for part in ("**What.**", "**Why.**", "**Rejected.**")), file


def test_the_changelog_knows_this_version_and_its_changed_figures():
    """The change log has this version, and says which figures changed."""
    changes = text("CHANGELOG.md")
    this = tomllib.loads(text("pyproject.toml"))["project"]["version"]
    section = changes[changes.index(f"## {this}") :]
    assert "### Changed figures" in section


FORBIDDEN = re.compile(
    r"\w*bidrag\w*|\w*resurssvag\w*|\bsva(?:g|ga|gt|gare|gast|gaste)\b|\bsämst\w*|\bbäst\w*|problemskol\w*|\bvinnar\w*|"
    r"\bförlorar\w*|\w*risk\w*|\w*stöd\b|\w*stödet\b|tilläggsbelopp\w*|\brankning\w*|\brangordn\w*",
    re.IGNORECASE,
)
ALLOWED = re.compile(
    r"statsbidrag|bidrag till fristående skolor|behov(?:et)? av stöd och stimulans|särskilt stöd|"
    r"prognostiserad risk(?: att inte nå målen)?|kolumnen risk|försörjningsstöd|risk-|typisk\w*|statistisk\w*",
    re.IGNORECASE,
)


def words_to_avoid(swedish_text):
    return FORBIDDEN.findall(ALLOWED.sub("", swedish_text))


def test_the_swedish_words_are_those_of_the_guide():
    """No Swedish text speaks of grants, risk, weak schools, winners or losers (R013, R093–R096)."""
    found = {
        said: words_to_avoid(said) for message in swedish() for said in forms(message.string) if words_to_avoid(said)
    }
    assert not found
    assert catalogue("sv").is_file()


@pytest.mark.parametrize(
    ("said", "avoid"),
    [
        ("Bidragets storlek", ["Bidragets"]),
        ("Vinnare och förlorare", ["Vinnare", "förlorare"]),
        ("hög risk", ["risk"]),
        ("resurssvaga elever på svaga skolor", ["resurssvaga", "svaga"]),
        ("socioekonomiskt stöd", ["stöd"]),
        ("Behov av stöd och stimulans, prognostiserad risk och statsbidrag", []),
        ("Får mer, får mindre, ersättning", []),
    ],
)
def test_a_word_to_avoid_is_seen_and_what_is_allowed_is_not(said, avoid):
    """The list finds each word in its forms, and leaves alone what the guide itself says."""
    assert words_to_avoid(said) == avoid


def test_no_machine_stands_in_the_repo():
    """No tracked text names a path of the machine it was written on, nor where packages come from."""
    here = "|".join(re.escape(f"{path}/") for path in {ROOT.parent, Path.home()} if len(path.parts) > 1)
    machine = re.compile(rf"(?<![\w.])(?:{here}|/home/\w|/Users/\w|[A-Z]:\\Users)" if here else r"/home/\w|/Users/\w")
    source = re.compile(r"(?<!no-emit-)(?:index.url|trusted.host|find.links)", re.IGNORECASE)
    for file in tracked():
        if file.suffix in {".png", ".xlsx", ".ods", ".svg"} or file == Path(__file__):
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            assert not machine.search(line), f"{file.relative_to(ROOT)}:{number}: {line}"
            assert not source.search(line), f"{file.relative_to(ROOT)}:{number}: {line}"
    for file in tracked("Makefile", ".ci/*", "requirements*.txt", "pyproject.toml"):
        assert "://" not in file.read_text(encoding="utf-8").replace("http://127.0.0.1", ""), file


def test_no_picture_signs_stand_in_the_texts():
    """No emoji in code, texts or documents."""
    emoji = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf\ufe0f]")
    for file in tracked("*.py", "*.md", "*.po", "*.toml"):
        assert not emoji.search(file.read_text(encoding="utf-8")), file


def test_packages_are_pinned_exactly_and_those_are_the_ones_in_use():
    """Each package has one version, the same for the product and its tests, and the tests run with it."""
    product, all_of_them = pins("requirements.txt"), pins("requirements-dev.txt")
    assert product.items() <= all_of_them.items()
    assert {name: version(name) for name in all_of_them} == all_of_them


def test_the_app_is_for_this_computer_only_and_reports_nothing():
    """The server listens on loopback, sends no statistics and shows no traceback."""
    given = tomllib.loads(text(".streamlit/config.toml"))
    assert given["server"]["address"] == "127.0.0.1"
    assert given["browser"]["gatherUsageStats"] is False
    assert given["client"]["showErrorDetails"] == "none"
    assert "--server.address 127.0.0.1" in text("Makefile")


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("ink", ["primaryColor", "linkColor", "textColor"])
@pytest.mark.parametrize("paper", ["backgroundColor", "secondaryBackgroundColor"])
def test_the_theme_can_be_read(ink, paper):
    """Text and accent stand out by 4.5 : 1 at least against both backgrounds (WCAG 2.2 AA)."""
    theme = tomllib.loads(text(".streamlit/config.toml"))["theme"]
    light, dark = sorted((luminance(theme[paper]), luminance(theme[ink])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_every_rule_is_held_to_be_pure():
    """Each flat module of socio is among those that may not know a screen, a database or a data frame."""
    contracts = tomllib.loads(text("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    (pure,) = (contract for contract in contracts if "A rule is pure" in contract["name"])
    flat = {f"socio.{file.stem}" for file in (ROOT / "socio").glob("*.py") if not file.stem.startswith("__")}
    assert set(pure["source_modules"]) == flat


ROOMS = {"pages": {"streamlit", "socio.ui", "socio.view", "socio.reports"}, "app.py": {"streamlit", "socio.ui"}}


@pytest.mark.parametrize("place", ROOMS)
def test_a_page_only_shows(place):
    """A page knows Streamlit, the screen's parts, what is shown and reports; it has no formula, file or try."""
    files = sorted((ROOT / place).glob("*.py")) if (ROOT / place).is_dir() else [ROOT / place]
    assert files
    for file in files:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.Try)], file
        for node in ast.walk(tree):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            for name in names:
                assert any(f"{name}.".startswith(f"{room}.") for room in ROOMS[place]), f"{file.name}: {name}"
