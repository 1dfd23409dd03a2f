"""What is known of one target: for people, and for JSON."""

import json

from spexlab.extraction.evidence import TargetEvidence
from spexlab.language.request import Want
from tests.support.measured import LAKE, NOTHING

WATER = Want(target="water", inside=("north",))


def test_it_reads_well() -> None:
    text = "Water covers 12.4 % of the area, 45.2 ha, in 3 regions. The largest is medium. NDWI is 0.45 inside."
    evidence = [TargetEvidence.of(LAKE, text, WATER), TargetEvidence.of(NOTHING, "No water.", WATER)]
    assert str(evidence) == (
        "[<water: 1,000 pixels (12.3 %, 45.20 ha); NDWI 0.45 inside, -0.32 around\n"
        "  ✓ presence: 'Water', written from the measurement\n"
        "  ✓ share: '12.3 %', written from the measurement\n"
        "  ✓ area: '45.2 ha', written from the measurement\n"
        "  ✓ regions: '3 regions', written from the measurement\n"
        "  ✓ largest size: 'medium'\n"
        "  ✓ index name: 'NDWI'\n"
        "  ✓ index inside: '0.45'\n"
        "  ✗ share: the model wrote '12.4 %', measured 12.3>, "
        "<water: 0 pixels (0 %, 0.00 ha); NDWI\n"
        "  ✓ absence: 'No water'>]"
    )


def test_what_the_model_wrote_is_kept_beside_what_is_said() -> None:
    evidence = TargetEvidence.of(LAKE, "It covers 44 ha.", WATER)
    assert evidence.written == "It covers 44 ha."
    assert evidence.explanation.startswith("Water covers 12.3 % of the area, 45.2 ha, in 3 regions.")
    assert [claim.text for claim in evidence.rejected] == ["44 ha"]
    assert evidence.to_dict()["written"] == "It covers 44 ha."


def test_plain_values_are_all_that_json_needs() -> None:
    record = TargetEvidence.of(LAKE, "Water covers 12.3 %.", WATER).to_dict()
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert (record["target"], record["want"]["inside"], record["area_m2"], record["largest_location"]) == (
        "water", ["north"], 452_000.0, "top-left"
    )  # fmt: skip
    assert record["claims"][1] | {"kind": "share", "text": "12.3 %", "holds": True, "start": 13, "end": 19} == record["claims"][1]
