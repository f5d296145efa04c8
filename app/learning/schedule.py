"""Learning-rate schedules: a factor on every network's rate, by step."""

from math import cos, pi

#: He et al. (2015, section 4.2) divide by ten after 32k and 48k of 64k steps
MILESTONES = (0.5, 0.75)


def factor(schedule: str, step: int, steps: int, warm_up: int) -> float:
    """The factor of step ``step`` (from 0) of ``steps``.

    The first ``warm_up`` steps rise linearly to 1 (Goyal et al. 2017, section 2.2). Then ``constant`` stays,
    ``step`` divides by ten at a half and at three quarters, ``cosine`` falls to zero
    (Loshchilov & Hutter 2017, eq. 5), both over the steps after the warm-up.
    """
    if step < warm_up:
        return (step + 1) / warm_up
    done = (step - warm_up) / max(1, steps - warm_up)
    if schedule == "step":
        return 0.1 ** sum(done >= milestone for milestone in MILESTONES)
    if schedule == "cosine":
        return 0.5 * (1 + cos(pi * done))
    return 1.0
