import gc
import pickle

import dask
import numpy as np
import pytest

from spexlab.extraction.store import Store, StoredLayers, layer_of, put


def test_layers_are_written_and_read_in_parts() -> None:
    layers = Store().layers((2, 30, 40), np.float32)
    values = np.random.default_rng(0).random((2, 30, 40), dtype=np.float32)
    for rows in (slice(0, 11), slice(11, 30)):
        put(layers, rows, values[:, rows])
    np.testing.assert_array_equal(layers[:], values)
    np.testing.assert_array_equal(layers[1, 5:8], values[1, 5:8])
    put(layers, slice(3, 4), np.ones((1, 40), np.float32), layer=1)
    assert (layers[1, 3] == 1).all()
    np.testing.assert_array_equal(layers[0], values[0])


@pytest.mark.parametrize("kind", ["memory", "disk"])
def test_one_layer_can_be_looked_at(kind: str) -> None:
    into = np.zeros((2, 5, 6), bool) if kind == "memory" else Store().layers((2, 5, 6), bool)
    put(into, slice(0, 5), np.ones((5, 6), bool), layer=1)
    assert np.asarray(layer_of(into, 1)).all()
    assert not np.asarray(layer_of(into, 0)).any()


def test_files_go_with_the_last_array_that_reads_them() -> None:
    layers = Store().layers((3, 4), np.uint8)
    put(layers, slice(0, 3), np.full((3, 4), 7, np.uint8))
    path, lazy = layers.path, layers.lazy[1:]
    del layers
    gc.collect()
    assert (lazy.compute() == 7).all()
    del lazy
    gc.collect()
    assert not path.exists()
    assert not path.parent.exists()


def test_another_process_reads_but_does_not_keep() -> None:
    layers = Store().layers((3, 4), np.uint8)
    put(layers, slice(0, 3), np.full((3, 4), 7, np.uint8))
    there: StoredLayers = pickle.loads(pickle.dumps(layers))  # noqa: S301 - our own
    assert (there[:] == 7).all()
    path = layers.path
    del there
    gc.collect()
    assert path.exists()
    assert (dask.compute(layers.lazy, scheduler="processes", num_workers=1)[0] == 7).all()
