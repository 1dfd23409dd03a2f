"""What large scenes and many scenes take: seconds, memory, seams, workers, and a batch that is killed.

    python benchmarks/scale.py --results benchmarks/results
    python benchmarks/scale.py --sizes 2000 4000 10980 --scenes 200

Each size is one run of `spexlab extract` as a program of its own on a GeoTIFF of four bands, start and writing included; the plain
loop is the network alone on the same windows of the same file. Seams: the share of pixels whose answer changes when the scene
begins half a window later. The batch is killed twice. Scenes are simulated; beyond 1,024 pixels they go on as in a mirror.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rich
from machine import machine
from numpy.typing import NDArray
from rasterio.transform import from_origin
from report import keep_results
from rich.markdown import Markdown

import spexlab
from spexlab.extraction import FeatureCache, load_model
from spexlab.extraction.batch import Batch
from spexlab.extraction.seeing import answer, see
from spexlab.extraction.windows import TileReader, in_blocks, plan_windows, tiling
from spexlab.scene import SceneWarning, open_scene

SIZES = (1024, 2000, 4000)
INSTRUCTION = "water"
_SIDE, _METRES, _BROKEN, _KILLS = 1024, 10.0, 5, 2
_PROGRAM = [sys.executable, "-m", "spexlab.cli"]


def main() -> None:
    """Measure, print, and keep the results if asked."""
    options = _options()
    if options.loop is not None:
        print(json.dumps(_loop(options.loop)))
        return
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as given:
        folder = Path(given)
        parts: dict[str, Callable[[], Any]] = {
            "sizes": lambda: [_sized(folder, size) for size in options.sizes],
            "seams": lambda: _seams(options.seams),
            "workers": lambda: _workers(folder, options.cluster_size),
            "batch": lambda: _batch(folder, options.scenes),
        }
        measured: dict[str, Any] = {"machine": machine(), "load_at_start": round(load, 1)}
        for name, measure in parts.items():
            measured[name] = measure()
            # A kill loses the rest only.
            print(name, json.dumps(measured[name]), file=sys.stderr, flush=True)
    rich.print(Markdown(_table(measured)))
    if options.results is not None:
        keep_results(options.results, "scale", measured, _table(measured))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, help="folder for scale.json and scale.md; the README's block is written, too")
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES), help="sides of the scenes in pixels")
    parser.add_argument("--seams", type=int, default=1024, help="side of the scene that is looked at twice")
    parser.add_argument("--cluster-size", type=int, default=2000, help="side of the scene for one and two workers")
    parser.add_argument("--scenes", type=int, default=40, help=f"scenes in the batch; {_BROKEN} of them are broken")
    parser.add_argument("--loop", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def write_scene(path: Path, size: int, *, seed: int = 3) -> Path:
    """Write a simulated Sentinel-2 scene of four bands as a tiled GeoTIFF of digital numbers."""
    side = min(size, _SIDE)
    scene, _ = spexlab.simulate_scene(seed, sensor="sentinel-2", size=side, pixel_size=_METRES)
    tile = np.clip(scene.sel(band=["blue", "green", "red", "nir"]).values * 10_000, 1, 65_535).astype(np.uint16)
    across = np.pad(tile, ((0, 0), (0, 0), (0, size - side)), mode="symmetric")
    there_and_back = np.concatenate([across, across[:, ::-1]], axis=1)
    profile = {"driver": "GTiff", "count": 4, "height": size, "width": size, "dtype": "uint16", "crs": "EPSG:32633"}
    place = from_origin(500_000, 5_800_000, _METRES, _METRES)
    with rasterio.open(path, "w", **profile, transform=place, tiled=True, compress="DEFLATE") as file:
        for top in range(0, size, 2 * side):
            rows = there_and_back[:, : size - top]
            file.write(rows, window=((top, top + rows.shape[1]), (0, size)))
        file.descriptions, file.scales = ("blue", "green", "red", "nir"), (1e-4,) * 4
    return path


def _run(command: list[str]) -> dict[str, Any]:
    """Run a program: seconds on the clock, CPU seconds, and the most memory that it held."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=_environment())
    out = process.stdout.read() if process.stdout is not None else b""
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"error: {' '.join(command)} failed")
    seconds = time.perf_counter() - begun
    return {"seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "gib": used.ru_maxrss / 2**20, "out": out.decode()}


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(spexlab.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])}


def _sized(folder: Path, size: int) -> dict[str, Any]:
    path, out = write_scene(folder / "scene.tif", size), folder / "mask.tif"
    run = _run([*_PROGRAM, "extract", str(path), INSTRUCTION, "--out", str(out), "--json"])
    loop = _run([sys.executable, __file__, "--loop", str(path)])
    stages = json.loads(run.pop("out"))["seconds"]
    return {"size": size, **run, "stages": stages, "network": json.loads(loop["out"]), "written": out.stat().st_size}


def _loop(path: Path) -> dict[str, float]:
    """The network alone on the windows of a file: seconds on the clock and CPU seconds, without start and reading."""
    spex = load_model()
    spex.cache = FeatureCache(0)
    scene = _opened(path, chunks=1024)
    shape = scene.sizes["y"], scene.sizes["x"]
    size, overlap = tiling(shape, spex.window)
    reader, cut = TileReader(scene, size=size), spex.calibration.cut(INSTRUCTION, scene)
    seconds = cpu = 0.0
    for window in (window for block in in_blocks(plan_windows(shape, size=size, overlap=overlap)) for window in block):
        tile = reader.read(window)
        begun, used = time.perf_counter(), time.process_time()
        answer(spex, {INSTRUCTION: cut}, see(spex, tile, window))
        seconds, cpu = seconds + time.perf_counter() - begun, cpu + time.process_time() - used
    return {"seconds": seconds, "cpu": cpu}


def _opened(path: Path, **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SceneWarning)
        return open_scene(path, sensor="sentinel-2", **options)


def _seams(size: int) -> dict[str, float]:
    """Share of pixels whose answer changes when the scene begins half a window later, away from its edges."""
    spex = load_model()
    scene, _ = spexlab.simulate_scene(5, sensor="sentinel-2", size=size, pixel_size=_METRES)
    side, overlap = tiling((size, size), spex.window)
    half = (side - overlap) // 2
    found: dict[str, float] = {}
    for target in spex.targets:
        whole, later = (
            spex.extract(part, target).mask.values[0] for part in (scene, scene.isel(y=slice(half, None), x=slice(half, None)))
        )
        inner = slice(overlap, -overlap)
        found[target] = float((whole[half:, half:] != later)[inner, inner].mean())
    return found


def _workers(folder: Path, size: int) -> dict[str, Any]:
    """Seconds with one worker and with two, of one thread each, and whether the answers are the same."""
    from distributed import Client, LocalCluster

    scene, spex = _opened(write_scene(folder / "scene.tif", size), chunks=1024), load_model()
    seconds: list[float] = []
    masks: list[NDArray[np.bool_]] = []
    for count in (1, 2):
        local = LocalCluster(n_workers=count, threads_per_worker=1, processes=True, dashboard_address=None)
        with local as cluster, Client(cluster):
            spex.extract(scene.isel(y=slice(0, 300), x=slice(0, 300)), INSTRUCTION)  # workers import what they need once
            begun = time.perf_counter()
            masks.append(spex.extract(scene, INSTRUCTION).mask.values)
            seconds.append(time.perf_counter() - begun)
    return {"size": size, "seconds": seconds, "same": bool((masks[0] == masks[1]).all())}


def _batch(folder: Path, scenes: int) -> dict[str, Any]:
    """A batch of small scenes, some broken, that is killed twice and then left alone."""
    source, out = folder / "scenes", folder / "batch"
    source.mkdir()
    paths = [write_scene(source / f"scene-{number:03}.tif", 96, seed=number) for number in range(scenes)]
    for path in paths[:: max(1, scenes // _BROKEN)][:_BROKEN]:
        path.write_bytes(path.read_bytes()[:500])
    command = [*_PROGRAM, "batch", INSTRUCTION, *map(str, paths), "--to", str(out), "--sensor", "sentinel-2", "--json"]
    begun, made = time.perf_counter(), dict[str, int]()
    for kill in range(1, _KILLS + 1):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_environment())
        while process.poll() is None and (not (out / "items").is_dir() or len(Batch(out).done) < kill * scenes // (_KILLS + 2)):
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        made |= {name: _time(out, name) for name in Batch(out).done if name not in made}
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_environment(), check=False)
    batch = Batch(out)
    again = sum(_time(out, name) != at for name, at in made.items())
    items = sum(1 for _ in batch.collection.get_items())
    return {
        "scenes": scenes,
        "done": len(batch.done),
        "failed": len(batch.failed),
        "before_kills": len(made),
        "made_again": again,
        "items": items,
        "seconds": time.perf_counter() - begun,
    }


def _time(out: Path, name: str) -> int:
    return (Batch(out).item(name) / "mask.tif").stat().st_mtime_ns


def _table(measured: dict[str, Any]) -> str:
    lines = [
        f"Machine: {measured['machine']}; load when it began: {measured['load_at_start']}. Four bands; a whole run of",
        f"`spexlab extract FILE {INSTRUCTION} --out MASK.tif`, start and COG included; *network* is the plain loop alone.",
        "",
        "| scene | seconds | CPU s | CPU s a megapixel | network, CPU s a megapixel | rate of the plain loop | peak memory |",
        "|---|--:|--:|--:|--:|--:|--:|",
        *map(_size_row, measured["sizes"]),
        "",
        "- **Seams**, pixels that change with windows shifted by half: " + _shares(measured["seams"]),
        "- **Dask workers** of one thread: " + _workers_words(measured["workers"]),
        "- **Batch**: " + _batch_words(measured["batch"]),
    ]
    return "\n".join(lines) + "\n"


def _size_row(row: dict[str, Any]) -> str:
    pixels, network = row["size"] ** 2 / 1e6, row["network"]
    windows = row["stages"]["encode"] + row["stages"]["mask"]
    figures = (f"{row['seconds']:.0f}", f"{row['cpu']:.0f}", f"{row['cpu'] / pixels:.1f}", f"{network['cpu'] / pixels:.1f}")
    return f"| {row['size']:,} px | {' | '.join(figures)} | {network['seconds'] / windows:.2f} | {row['gib']:.2f} GiB |"


def _shares(seams: dict[str, float]) -> str:
    return ", ".join(f"{name} {100 * share:.2f} %" for name, share in seams.items()) + "."


def _workers_words(workers: dict[str, Any]) -> str:
    one, two = workers["seconds"]
    same = "the answers are identical" if workers["same"] else "the answers are NOT identical"
    return f"{workers['size']:,} px take one {one:.0f} s, two {two:.0f} s, which is {one / two:.2f} times as fast; {same}."


def _batch_words(batch: dict[str, Any]) -> str:
    ended = f"{batch['done']} are done, {batch['failed']} listed with their reason, {batch['items']} are STAC items"
    again = f"of {batch['before_kills']} that were done at a kill {batch['made_again']} were made again"
    return f"of {batch['scenes']} scenes, killed {_KILLS} times, {ended}; {again}."


if __name__ == "__main__":
    main()
