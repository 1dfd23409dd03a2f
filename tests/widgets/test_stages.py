from widgets.explorer.stages import Stages


class Clock:
    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def test_stages_that_take_turns_add_up() -> None:
    clock = Clock()
    stages = Stages(now=clock)
    for stage, fraction, seconds in [("encode", 0.0, 2.0), ("mask", 0.5, 1.0), ("encode", 0.5, 3.0), ("mask", 1.0, 0.5)]:
        stages.enter(stage, fraction)
        clock.time += seconds
    assert stages.active == "mask"
    assert stages.seconds == {"encode": 5.0, "mask": 1.5}
    assert stages.fractions == {"encode": 0.5, "mask": 1.0}


def test_the_active_stage_counts_so_far_and_rests_when_stopped() -> None:
    clock = Clock()
    stages = Stages(now=clock)
    stages.enter("prior", 0.0)
    clock.time += 1.0
    assert stages.seconds == {"prior": 1.0}
    stages.stop()
    clock.time += 9.0
    assert (stages.seconds, stages.active) == ({"prior": 1.0}, None)


def test_the_models_own_measurements_have_the_last_word() -> None:
    stages = Stages()
    stages.enter("words", 0.3)
    stages.settle({"prior": 0.1, "words": 2.0})
    assert stages.seconds == {"prior": 0.1, "words": 2.0}
    assert stages.fractions == {"prior": 1.0, "words": 1.0}
