"""What is known of one target: for people, and for JSON."""

import json

from spexlab.extraction.evidence import TargetEvidence
from tests.support.measured import LAKE, NOTHING


def test_it_reads_well() -> None:
    evidence = [TargetEvidence.of(LAKE, "Water covers 12.4 % of the area."), TargetEvidence.of(NOTHING, "No water.")]
    assert str(evidence) == (
        "[<water: 1,000 pixels (12.3 %, 45.20 ha); NDWI 0.45 inside, -0.32 around\n"
        "  ✓ presence: 'Water'\n"
        "  ✗ share: '12.4 %', measured 12.3>, "
        "<water: 0 pixels (0 %, 0.00 ha); NDWI\n"
        "  ✓ absence: 'No water'>]"
    )


def test_plain_values_are_all_that_json_needs() -> None:
    record = TargetEvidence.of(LAKE, "Water covers 12.3 %.", ["north"]).to_dict()
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert (record["target"], record["limits"], record["area_m2"], record["largest_location"]) == (
        "water", ["north"], 452_000.0, "top-left"
    )  # fmt: skip
    assert record["claims"][1] | {"kind": "share", "text": "12.3 %", "holds": True, "start": 13, "end": 19} == record["claims"][1]
