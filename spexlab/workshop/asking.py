"""Checks of exercises about instructions, and about the words that a model reads."""

from typing import Any

from spexlab.evidence.regions import LOCATIONS
from spexlab.extraction import extract, understand
from spexlab.extraction.tuning import TunedIndex, tune_index
from spexlab.scene.ground import mask_area, pixel_areas
from spexlab.targets import UnknownTargetError
from spexlab.workshop.landscapes import landscape
from spexlab.workshop.verdict import Verdict, of_number, of_word

_WANTED = "lakes over 2 ha in the north"
_NAMES = {"inside": "place", "outside": "place left out", "select": "choice of regions", "near": "neighbours"}


def water_area(answer: Any) -> Verdict:
    """Judge 1a."""
    scene, _ = landscape("lakes")
    mask = extract(scene, "water").mask.sel(target="water").values
    hectares = (mask_area(mask, pixel_areas(scene)) or 0.0) / 1e4
    slips = {
        "That is in square metres: a hectare has 10 000 of them.": hectares * 1e4,
        "That is in square kilometres: each has 100 hectares.": hectares / 100,
        "That is the number of pixels: one is 10 m wide, a hundredth of a hectare.": hectares * 100,
    }
    hint = "Print the answer: its first sentence says the area; or sum up result.pixel_areas where the mask is."
    return of_number(answer, hectares, within=0.01 * hectares, nearly=0.1 * hectares, hint=hint, slips=slips)


def instruction(answer: Any) -> Verdict:
    """Judge 1b: how spexlab understands it, not how it is worded."""
    if not isinstance(answer, str):
        return Verdict("wrong", f"The answer must be a text in quotes, but it is of the type {type(answer).__name__}.")
    try:
        given = understand(answer)
    except UnknownTargetError as error:
        return Verdict("wrong", str(error))
    wanted = understand(_WANTED).wants[0].to_dict()
    understood = next((want.to_dict() for want in given.wants if want.target == "water"), None)
    if understood is None:
        return Verdict("wrong", f"That asks for {', '.join(given.targets)}. Name the water.")
    differing = [_NAMES.get(name, name) for name in wanted if wanted[name] != understood[name]]
    lacking = [
        f"It asks for {', '.join(given.targets)}; ask for water alone." if len(given.wants) > 1 else "",
        f"Look at the {' and the '.join(differing)}. {' '.join(given.notes)}" if differing else "",
        f"{', '.join(given.left_out)} cannot be kept to; leave it out." if given.left_out else "",
    ]
    return Verdict("nearly", " ".join(filter(None, lacking))) if any(lacking) else Verdict("right", " ".join(given.notes))


def _water_words() -> TunedIndex:
    return tune_index(landscape("lakes")[0], "water")


def location(answer: Any) -> Verdict:
    """Judge 3a."""
    wanted = str(_water_words().table["location"].iloc[0])
    near = {name: "That is a cell in its row or column." for name in LOCATIONS if set(name.split("-")) & set(wanted.split("-"))}
    return of_word(answer, wanted, near=near, hint="Print tune_index(scene, 'water').question: the first region is the largest.")


def around(answer: Any) -> Verdict:
    """Judge 3b."""
    first = _water_words().table.iloc[0]
    slips = {"That is the mean inside; the one around it is asked for.": float(first["inside"])}
    hint = "Look for the last number of the first region in tune_index(scene, 'water').question."
    return of_number(answer, float(first["around"]), within=0.0051, nearly=0.05, hint=hint, slips=slips)
