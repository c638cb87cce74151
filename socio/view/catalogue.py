"""Catalogue: what each factor is, what speaks for it and against it, and which ones measure no need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from socio.remarks import (
    BACKGROUND,
    COVERS,
    EDUCATION,
    HOUSEHOLD,
    INCOME_SUPPORT,
    NO_NEED,
    SEX,
    YEARS_IN_SWEDEN,
    Kind,
    Subject,
    subject_of,
)
from socio.view import format as written
from socio.view.words import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from socio.composition import Factor
    from socio.remarks import Following, Overlap
    from socio.screening import Variation


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is known of a factor.

    Attributes
    ----------
    subject
        What it is about.
    name
        What it is called.
    definition
        What it measures.
    factor
        Its name and categories in the layout; None where it has none of its own.
    caveats
        What to know before it is used.
    checklist
        What has to be decided and written down of its definition (R035).
    source
        The guide's page, where figures come from, and requirement numbers.
    """

    subject: Subject
    name: str
    definition: str
    factor: Factor | None = None
    caveats: tuple[str, ...] = ()
    checklist: tuple[str, ...] = ()
    source: str

    @property
    def is_need(self) -> bool:
        """Whether it is a measure of the pupils' need that the schools cannot influence."""
        return self.subject not in NO_NEED

    @property
    def compensations(self) -> tuple[Kind, ...]:
        """What else may cover the same need (R033)."""
        return tuple(kind for kind, covered in COVERS.items() if self.subject in covered)


def entries() -> dict[Subject, Entry]:
    """Return the catalogue in the reader's language, factors first and then what is none.

    Notes
    -----
    SKL (2014), step 1; R006, R010, R023–R024, R027–R040, R045, R049.
    """
    found = [
        *(_education(), _research(), _background(), _years(), _age(), _newly(), _sex(), _income_support()),
        *(_household(), _area(), _school(), _size(), _influenced(), _salsa()),
    ]
    return {entry.subject: entry for entry in found}


def entry_of(factor: str, categories: Sequence[str] = ()) -> Entry | None:
    """Find the entry of a table's factor; None where the catalogue has none.

    Examples
    --------
    >>> entry_of("Bakgrund", ("Utländsk", "Svensk")).subject
    <Subject.BACKGROUND: 'background'>
    """
    subject = subject_of(factor, categories)
    return None if subject is None else entries()[subject]


def _education() -> Entry:
    return Entry(
        subject=Subject.EDUCATION,
        name=_("Parents' education"),
        definition=_(
            "The parents' level of education: that of the parent with the most, or both parents' weighed together to "
            "a mean from 1 (compulsory school at most) to 3 (two years or more after upper-secondary school)."
        ),
        factor=EDUCATION,
        caveats=(
            _("It is the factor that goes together the most with whether the pupils reach the goals."),
            _(
                "The parent with the most education and both weighed together give different figures: count the same "
                "way every year."
            ),
            _("In a mean a high value is much education, and so less need: the opposite of the weights."),
        ),
        source=_("SKL (2014) p. 18–19. Two levels: Skolverket's pupil figures. All levels: SCB. R023, R027–R030."),
    )


def _research() -> Entry:
    return Entry(
        subject=Subject.RESEARCH,
        name=_("Research education as a group of its own"),
        definition=_(
            "Pupils with a parent who has a research degree, apart from the others with post-secondary education."
        ),
        caveats=(_("Only where many pupils have such parents: where the group is small many shares are withheld."),),
        source=_("SKL (2014) p. 18. SCB. R029."),
    )


def _background() -> Entry:
    return Entry(
        subject=Subject.BACKGROUND,
        name=_("Foreign background"),
        definition=_("Whether the pupil, or both parents, were born abroad."),
        factor=BACKGROUND,
        caveats=(
            _(
                "Where less than seven years in Sweden, parents' education and income support are counted too, foreign "
                "background explains nothing more: together they may count the same need twice."
            ),
            _("It does not stand for newly arrived where the two are spread over the schools in different ways."),
        ),
        source=_("SKL (2014) p. 19 and 24. Skolverket's pupil figures. R023, R025, R031, R049."),
    )


def _years() -> Entry:
    return Entry(
        subject=Subject.YEARS,
        name=_("Years in Sweden"),
        definition=_("How many full years ago the pupil first came to Sweden."),
        factor=YEARS_IN_SWEDEN,
        caveats=(
            _(
                "It takes several years to learn the Swedish of the teaching. After seven years pupils do as well as "
                "others in the same circumstances."
            ),
            _(
                "Where the first two years are compensated separately, count only those who came 3–6 years ago: the "
                "same need is not to be compensated twice."
            ),
        ),
        source=_("SKL (2014) p. 19. SCB. R032–R034."),
    )


def _age() -> Entry:
    return Entry(
        subject=Subject.AGE,
        name=_("Age at arrival"),
        definition=_("How old the pupil was on coming to Sweden."),
        caveats=(
            _("The age bears on how long it takes to catch up; the guide gives no limits between ages."),
            _("Pupils born in Sweden need a category of their own."),
        ),
        source=_("SKL (2014) p. 19. SCB. R032."),
    )


def _newly() -> Entry:
    return Entry(
        subject=Subject.NEWLY,
        name=_("Newly arrived"),
        definition=_("Pupils who came to Sweden recently; how many years that is has to be decided."),
        caveats=(
            _(
                "Add it where newly arrived pupils are spread over the schools in another way than those with foreign "
                "background; otherwise the need is underestimated where many have come recently."
            ),
            _(
                "Where newly arrived pupils are compensated separately, leave those years out: the same need is not "
                "to be compensated twice."
            ),
        ),
        checklist=(
            _("How many years since the pupil came? SALSA counts four."),
            _("Pupils born abroad with parents born in Sweden are not counted."),
            _("Pupils who came from the other Nordic countries are not counted."),
            _("Years that are compensated separately are not counted."),
        ),
        source=_("SKL (2014) p. 19 and 24. SCB; for year 9 SALSA. R032–R035, R049."),
    )


def _sex() -> Entry:
    return Entry(
        subject=Subject.SEX,
        name=_("Sex"),
        definition=_("Girls and boys."),
        factor=SEX,
        caveats=(
            _(
                "Taking it in does not say how money is to be shared between girls and boys, only that schools with "
                "more boys get more."
            ),
            _("Where the schools have about as many of each it matters little, and makes the other factors move less."),
        ),
        source=_("SKL (2014) p. 19–20. Skolverket's pupil figures. R023, R025, R036–R037."),
    )


def _income_support() -> Entry:
    return Entry(
        subject=Subject.INCOME_SUPPORT,
        name=_("Income support"),
        definition=_("Whether somebody in the pupil's family has income support."),
        factor=INCOME_SUPPORT,
        caveats=(
            _(
                "Income support is no cause in itself. It stands for what there are no statistics of: war and flight, "
                "broken schooling, great strain in the family."
            ),
            _("Ask a lawyer before figures on income support are ordered, used or given out."),
        ),
        source=_("SKL (2014) p. 20. SCB. R023, R038, R098."),
    )


def _household() -> Entry:
    return Entry(
        subject=Subject.HOUSEHOLD,
        name=_("Family composition"),
        definition=_("Whether the pupil lives with one parent or with both."),
        factor=HOUSEHOLD,
        caveats=(
            _(
                "Those who live with one parent are a very mixed group, and it may look different in different "
                "schools: compare the outcome with and without the factor, and see that it is reasonable."
            ),
        ),
        source=_("SKL (2014) p. 20. SCB. R023, R039."),
    )


def _area() -> Entry:
    return Entry(
        subject=Subject.AREA,
        name=_("Residential area"),
        definition=_("In what kind of area the pupil lives."),
        caveats=(
            _("Some of the largest cities use it. The guide does not say how to measure it."),
            _(
                "Living in villages or in sparsely populated parts may be such a factor. It is about where pupils "
                "live, not about the size of the school."
            ),
        ),
        source=_("SKL (2014) p. 18 and 21. SCB. R024."),
    )


def _school() -> Entry:
    return Entry(
        subject=Subject.SCHOOL,
        name=_("School environment"),
        definition=_("That many pupils with greater needs go to the same school, beside each pupil's own background."),
        caveats=(
            _("A higher degree or a progression takes the same into account: choose one of them."),
            _("Build it on the pupils' background: the school's own results are something that it can influence."),
        ),
        source=_("SKL (2014) p. 18, 20–21 and 31. R024, R040–R041."),
    )


def _size() -> Entry:
    return Entry(
        subject=Subject.SIZE,
        name=_("The school's size and where it lies"),
        definition=_("That small schools in the country often cost more."),
        caveats=(
            _(
                "Compensate it separately, by a model of its own and for independent schools alike. It says nothing "
                "of what the pupils need."
            ),
        ),
        source=_("SKL (2014) p. 10. R006."),
    )


def _influenced() -> Entry:
    return Entry(
        subject=Subject.INFLUENCED,
        name=_("What the schools can influence"),
        definition=_(
            "Diagnoses, special support and action programmes, chosen tuition in the mother tongue or in Swedish as a "
            "second language, absence, and the school's own results."
        ),
        caveats=(
            _("The basis is objective only where the schools cannot influence it. Choose what describes the pupils."),
        ),
        source=_("SKL (2014) p. 13–15. R010."),
    )


def _salsa() -> Entry:
    return Entry(
        subject=Subject.SALSA,
        name=_("Model values from SALSA"),
        definition=_("Expected results, and how far from them a school is, in Skolverket's SALSA."),
        caveats=(
            _(
                "The model is made for other results than those that tell of greater needs, so that its values should "
                "not be taken as they are."
            ),
        ),
        source=_("SKL (2014) p. 23. R045."),
    )


def meaning(factor: str, category: str) -> str:
    """Say what a category of `socio.remarks.FACTORS` holds; empty for any other.

    Examples
    --------
    >>> meaning("Inkomst", "Låg")
    ''
    """
    meanings = {
        EDUCATION: (
            _("the parent with the most education has compulsory school at most"),
            _("the parent with the most education has upper-secondary school, or less than two years after it"),
            _("the parent with the most education has two years or more after upper-secondary school"),
            _("neither parent's education is known"),
        ),
        BACKGROUND: (_("born abroad, or born in Sweden with both parents born abroad"), _("all other pupils")),
        YEARS_IN_SWEDEN: (
            _("first came to Sweden 0–2 full years ago, from outside the Nordic countries; parents not born in Sweden"),
            _("first came to Sweden 3–6 full years ago, from outside the Nordic countries; parents not born in Sweden"),
            _("all other pupils, those born in Sweden among them"),
        ),
        INCOME_SUPPORT: (
            _("somebody in the household had income support during the calendar year before the measurement date"),
            _("all other pupils"),
        ),
        HOUSEHOLD: (
            _("lives with one custodian where the pupil is registered"),
            _("lives with two custodians where the pupil is registered"),
            _("lives with no custodian, or it is not known"),
        ),
        SEX: (_("girls"), _("boys")),
    }
    said = {
        (known.name, one): text
        for known, texts in meanings.items()
        for one, text in zip(known.categories, texts, strict=True)
    }
    return said.get((factor, category), "")


def influence(entry: Entry) -> str:
    """Say whether the schools can influence it (R010)."""
    return (
        _("The schools can influence it.")
        if entry.subject is Subject.INFLUENCED
        else _("The schools cannot influence it.")
    )


def compensation(kind: Kind) -> str:
    """Return what another compensation is called."""
    return {
        Kind.NEWLY_ARRIVED: _("Compensation for newly arrived pupils"),
        Kind.SWEDISH: _("Swedish as a second language"),
        Kind.MOTHER_TONGUE: _("Study guidance and tuition in the mother tongue"),
        Kind.STATE_GRANT: _("State grants by a socio-economic index"),
        Kind.OTHER: _("Another compensation"),
    }[kind]


def overlap(found: Overlap) -> str:
    """Say what is compensated twice (R033)."""
    paid = found.compensation
    name = paid.name or compensation(paid.kind)
    what = f"{found.factor}: {found.category}" if found.category else found.factor
    if found.category and paid.years is not None:
        return ngettext(
            "{name} covers the first year in Sweden, and so does {what} in part or whole. Leave it without weight, or "
            "split the category: the same need is not to be compensated twice.",
            "{name} covers the first {count} years in Sweden, and so does {what} in part or whole. Leave it without "
            "weight, or split the category: the same need is not to be compensated twice.",
            paid.years,
            name=name,
            what=what,
        )
    return _(
        "{name} may cover what {what} is counted for. See to it that the same need is not compensated twice, or lower "
        "the weight.",
        name=name,
        what=what,
    )


def in_table(factors: Iterable[Factor]) -> dict[Subject, list[Factor]]:
    """Return the table's factors by what they are about; a group of research education stands on its own too."""
    found: dict[Subject, list[Factor]] = {}
    for factor in factors:
        subject = subject_of(factor.name, factor.categories)
        if subject is not None:
            found.setdefault(subject, []).append(factor)
        has_research = any(subject_of(category) is Subject.RESEARCH for category in factor.categories)
        if has_research and subject is not Subject.RESEARCH:
            found.setdefault(Subject.RESEARCH, []).append(factor)
    return found


def shares(factor: Variation) -> str:
    """Say the municipality's own share of each category of a factor."""
    return ", ".join(
        f"{category} {written.percent(share, 1)}"
        for category, share in zip(factor.categories, factor.share.tolist(), strict=True)
    )


def newly_arrived(found: Following | None, *, has_background: bool, has_newly: bool) -> str:
    """Advise on newly arrived beside foreign background (R049)."""
    if not has_background:
        return ""
    if not has_newly:
        return _(
            "The table has foreign background and nothing on how long ago the pupils came. Order years in Sweden too: "
            "where newly arrived pupils are spread in another way, the need is underestimated where they are many."
        )
    if found is None:
        return ""
    said = {"one": ": ".join(found.one), "other": ": ".join(found.other), "r": written.number(found.r, 2)}
    if found.is_low:
        return _(
            "{one} and {other} are spread over the schools in different ways (correlation {r}). Give newly arrived a "
            "weight of its own: otherwise the need is underestimated where many have come recently.",
            **said,
        )
    return _("{one} and {other} follow each other from school to school (correlation {r}). One of them may do.", **said)
