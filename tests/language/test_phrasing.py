"""The words of a request, and that they are read as the same request."""

import pytest

import spexlab
from spexlab.evidence.limits import Near, Select, Size
from spexlab.extraction import Spex, load_model
from spexlab.language.phrasing import request_words
from spexlab.language.request import Request, Want

REQUESTS = (
    Request("mask", (Want(target="water"),)),
    Request("mask", (Want(target="water", inside=("north",), size=(Size(">", 5.0, "ha"),)), Want(target="trees"))),
    Request("mask", (Want(target="trees", outside=("south-east",), select=Select("largest", 3)),)),
    Request("mask", (Want(target="buildings", near=(Near("water", 200.0), Near("trees", 50.0, negate=True))),)),
    Request("mask", (Want(target="vegetation", exclude=("cropland",)),)),
    Request("count", (Want(target="water", size=(Size(">", 1.0, "ha"), Size("<", 5.0, "ha"))),)),
    Request("area", (Want(target="snow", select=Select("smallest")),)),
    Request("share", (Want(target="cropland", inside=("west",)),)),
    Request("presence", (Want(target="wetland", near=(Near("water"),)),)),
)


@pytest.fixture(scope="module")
def spex() -> Spex:
    return load_model("spex-tiny")


@pytest.mark.parametrize("request_", REQUESTS, ids=request_words)
def test_the_words_of_a_request_are_read_as_that_request(spex: Spex, request_: Request) -> None:
    assert spexlab.understand(request_words(request_), model=spex).to_dict() == request_.to_dict()
