"""`spexlab evaluate`: how good a checkpoint is on labelled scenes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from spexlab.cli.app import require

if TYPE_CHECKING:
    from spexlab.evaluation import Case, Method, Record
    from spexlab.places import Place

Measured = Literal["held-out", "validation", "training", "all"]


def evaluate(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Labelled scenes: manifest.json, scenes/, labels/.")],
    *,
    out: Annotated[Path, typer.Option(help="Folder for answers and tables; answers that lie there already are kept.")],
    model: Annotated[str, typer.Option(help="A bundled checkpoint, or a folder.")] = "spex-tiny",
    bands: Annotated[str | None, typer.Option(help="Show it these bands only: blue,green,red,nir")] = None,
    part: Annotated[Measured, typer.Option(help="Places to measure on, by the checkpoint's places.json.")] = "held-out",
    baselines: Annotated[bool, typer.Option("--baselines", help="Put thresholds and a random forest beside it.")] = False,
    segmenter: Annotated[Path | None, typer.Option(help="Put a segmenter of `spexlab pretrain` beside it.")] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Write the scores into the checkpoint's folder: its masks are judged by them.")
    ] = False,
) -> None:
    """Measure a checkpoint on labelled scenes, free-running."""
    from spexlab.evaluation import AskedSpex, keep_scores
    from spexlab.extraction import load_model
    from spexlab.scene.outputs import check_folder

    check_folder(out)
    if keep:
        _check_can_keep(model, part)
    beside = _others(baselines=baselines, segmenter=segmenter)
    spex = AskedSpex(load_model(model))
    training, places = _places(folder, model, part, bands=_band_names(bands))
    if baselines and not training:
        raise ValueError(
            f"the baselines learn from the training places of {model}, but {str(folder)!r} holds none; leave out --baselines."
        )
    answers = out / "answers" / (bands or "all")
    runs = {spex.name: _answers(spex, places, answers / spex.name, absent=True)}
    runs |= {other.name: _answers(other, places, answers / other.name, absent=False) for other in beside(training)}
    if keep:
        keep_scores(model, runs[spex.name], checkpoint=spex.spex.checkpoint, training=training)
    print(_write_tables(runs, out), end="")


def _check_can_keep(model: str, part: Measured) -> None:
    if part != "held-out":
        raise ValueError(f"--keep is for places that the checkpoint never saw, not for its {part} ones; leave out --part.")
    if not Path(model).is_dir():
        raise ValueError(f"--keep writes into the folder of a checkpoint, but {model!r} is none; give --model a folder.")


def _others(*, baselines: bool, segmenter: Path | None) -> "Callable[[list[Place]], list[Method]]":
    """What is put beside the checkpoint, to be fitted on places; what it needs and lacks is known before any place is opened."""
    if not baselines and segmenter is None:
        return lambda _: []
    from spexlab.evaluation.baselines import WithoutLanguage, fitted_baselines

    if baselines:
        require("sklearn")
    networks = [WithoutLanguage(segmenter)] if segmenter is not None else []
    return lambda places: [*(fitted_baselines(places) if baselines else ()), *(network.fit(places) for network in networks)]


def _band_names(bands: str | None) -> tuple[str, ...] | None:
    from spexlab.scene.bands import WAVELENGTHS

    names = tuple(name.strip() for name in bands.split(",")) if bands is not None else None
    unknown = [name for name in names or () if name not in WAVELENGTHS]
    if unknown:
        raise ValueError(
            f"--bands takes common names, parted by commas; {unknown[0]!r} is none. There are {', '.join(WAVELENGTHS)}."
        )
    return names


def _places(folder: Path, model: str, part: Measured, *, bands: tuple[str, ...] | None) -> tuple[list["Place"], list["Place"]]:
    """Places to learn from, and places to measure on, with the bands asked for."""
    from dataclasses import replace

    from spexlab.evaluation import split_places
    from spexlab.places import open_places
    from spexlab.scene.bands import with_bands

    if part == "all":
        training, chosen = [], [place for place in open_places(folder) if place.quality != "poor"]
    else:
        parts = split_places(open_places(folder), model)
        training, chosen = parts["training"], parts[part]
    cut = [(place, with_bands(place.scene, bands)) for place in chosen]
    places = [replace(place, scene=scene) for place, scene in cut if scene is not None]
    if not places:
        lacking = f" with {', '.join(bands)}" if bands else ""
        raise ValueError(
            f"there is nothing to measure on: {str(folder)!r} holds no {part} places of {model}{lacking}; choose another "
            "--part, or keep places apart when training (--held-out-share)."
        )
    return training, places


def _answers(method: "Method", places: list["Place"], folder: Path, *, absent: bool) -> list["Record"]:
    from spexlab.evaluation import predict, score

    with _progress(method.name) as on_case:
        return score(predict(method, places, folder, absent=absent, on_case=on_case), places, absent=absent)


@contextmanager
def _progress(name: str) -> "Iterator[Callable[[Case], None]]":
    console = Console(stderr=True)
    with console.status(name) as status:
        yield lambda case: status.update(f"{name}: {case.target} in {case.place.name}")


def _write_tables(runs: dict[str, list["Record"]], out: Path) -> str:
    """Write every table as CSV and JSON, and all of them as one report."""
    from spexlab.evaluation import PIXEL_KINDS, claims_that_hold
    from spexlab.evaluation.tables import comparison_table, scores_table
    from spexlab.scene.outputs import replacing

    name, records = next(iter(runs.items()))
    parts = []
    for kind, width in PIXEL_KINDS.items():
        for words, table in (("iou", comparison_table(runs, kind)), ("scores", scores_table(records, kind))):
            if table.rows:
                table.to_csv(out / f"{words}_{width.replace(' ', '')}.csv")
                table.to_json(out / f"{words}_{width.replace(' ', '')}.json")
                title = "IoU" if words == "iou" else f"All scores of {name}"
                parts.append(f"{title}, pixels of {width}\n\n{table.markdown()}")
    held, claims = claims_that_hold(records)
    text = "\n".join([*parts, f"Claims in the explanations that hold: {held} of {claims}.\n"])
    with replacing(out / "report.md") as temporary:
        temporary.write_text(text, encoding="utf-8")
    return text
