"""The first sentence of an answer to a question: how many, how large, which share, or whether there is any."""

from spexlab.evidence.limits import place_words
from spexlab.evidence.measurement import Measurement
from spexlab.evidence.regions import share_words
from spexlab.language.claims import NUMBER_WORDS, area_words
from spexlab.language.request import Ask, Want
from spexlab.targets import TARGETS


def answer(ask: Ask, want: Want, m: Measurement) -> str:
    """Answer a question about one target from what was measured; "" where a mask was asked for, as the map shows it.

    Examples
    --------
    Of lakes larger than 1 ha, where twelve were found and the question was how many:
    "Twelve lakes are larger than 1 ha; together 340.0 ha."
    """
    if ask == "mask":
        return ""
    counted = _counted(want, m)
    if ask == "presence":
        return f"{'Yes' if m.pixels else 'No'}: {counted[0].lower()}{counted[1:]}"
    if ask == "count" or not m.pixels:
        return counted
    return _covered(ask, want, m)


def _counted(want: Want, m: Measurement) -> str:
    """Twelve lakes in the north of the area are larger than 1 ha; together 340.0 ha."""
    target = TARGETS[want.target]
    one, many = want.called or (f"region of {target.noun}", f"regions of {target.noun}")
    singular = m.n_regions == 1 or (not m.pixels and not want.called and not target.plural)
    noun = one if m.n_regions == 1 else many if m.pixels or want.called else target.noun
    place = place_words(want)
    where = f" in {place}" if place else ""
    number = NUMBER_WORDS.get(m.n_regions, f"{m.n_regions:,}")
    noun = " ".join([noun, *map(str, want.bounds)])
    conditions = _conditions(want)
    said = f"{'is' if singular else 'are'} {conditions}" if conditions else f"{'was' if singular else 'were'} found"
    together = f"; {'it covers' if m.n_regions == 1 else 'together'} {_amount(m)}" if m.pixels else ""
    return f"{number[0].upper()}{number[1:]} {noun}{where} {said}{together}."


def _covered(ask: Ask, want: Want, m: Measurement) -> str:
    """The lakes larger than 1 ha cover 340.0 ha, which is 3.2 % of the area."""
    target, place = TARGETS[want.target], place_words(want)
    name = f"the {want.called[1]}" if want.called else target.noun
    subject = " ".join(filter(None, (name, *map(str, want.bounds), _conditions(want), f"in {place}" if place else "")))
    share = f"{share_words(m.share)} of {'that part' if place else 'the area'}"
    verb = "cover" if want.called or target.plural else "covers"
    amounts = f"{share}: {_amount(m)}" if ask == "share" else f"{_amount(m)}, which is {share}"
    return f"{subject[0].upper()}{subject[1:]} {verb} {amounts}."


def _conditions(want: Want) -> str:
    return " and ".join(map(str, (*want.size, *want.near)))


def _amount(m: Measurement) -> str:
    return area_words(m) or f"{m.pixels} pixels"
