#!/usr/bin/env python3
"""The reference workload by hand in NumPy: arrays over replications, and the engineers' queue written out for this plan alone."""

import sys
import time

import numpy as np

from workload import FAILS, STEPS, beta_shape, lognormal, tell

CHUNK = 16384


def draw(rng, law, n):
    kind, *numbers = law
    if kind == "constant":
        return np.full(n, float(numbers[0]))
    if kind == "lognormal":
        return rng.lognormal(*lognormal(*numbers), n)
    low, mode, high, *more = numbers
    time = low + (high - low) * rng.beta(*beta_shape(low, mode, high), n)
    return time + rng.uniform(*more, n) if more else time


def takes(rng, number, n):
    _, law, _, _, attempts = STEPS[number]
    total = draw(rng, law, n)
    failed = np.arange(n)
    for _ in range(attempts - 1):
        failed = failed[rng.random(len(failed)) < FAILS]
        total[failed] += draw(rng, law, len(failed))
    return total


def chunk(rng, n):
    detect, decide, assign, status1, db, authn, authz, cache, blob, tier1, tier2, tier3, cdn, dns, verify, status2 = (takes(rng, i, n) for i in range(len(STEPS)))
    t = detect + decide + assign
    # Three engineers take db, authn and authz; cache gets the first that is free, blob the next.
    first = np.sort(np.stack([db, authn, authz]), axis=0)
    cache_end = first[0] + cache
    free = np.sort(np.stack([cache_end, first[1], first[2]]), axis=0)
    blob_end = free[0] + blob
    # tier1 follows db, authn and authz, and finds an engineer when one of the last three ends.
    free = np.sort(np.stack([blob_end, free[1], free[2]]), axis=0)
    tier1_start = np.maximum(first[2], free[0])
    tier1_end = tier1_start + tier1
    tier2_end = np.maximum(tier1_end, cache_end) + tier2
    tier3_end = np.maximum(tier2_end, blob_end) + tier3
    return t + np.maximum(t * 0 + status1, tier3_end + np.maximum(cdn, dns) + verify + status2)


if __name__ == "__main__":
    rng = np.random.default_rng()
    left, times = int(sys.argv[1]), []
    began = time.process_time()
    while left > 0:
        times.append(chunk(rng, min(CHUNK, left)))
        left -= CHUNK
    tell("NumPy, by hand for this plan", np.concatenate(times), began)
