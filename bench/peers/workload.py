"""The reference workload (bench/stackery-14.yaml) as plain data, for the peers that are written in Python."""

import json
import math
import time

# name, what it takes, predecessors, whether it needs an engineer, attempts; times in minutes.
STEPS = [
    ("detect", ("lognormal", 5, 0.6), [], False, 1),
    ("decide", ("pert", 5, 15, 60), [0], False, 1),
    ("assign", ("pert", 2, 5, 15), [1], False, 1),
    ("status1", ("pert", 1, 2, 5), [2], False, 1),
    ("db", ("lognormal", 45, 0.5), [2], True, 1),
    ("authn", ("lognormal", 20, 0.4), [2], True, 1),
    ("authz", ("lognormal", 15, 0.4), [2], True, 1),
    ("cache", ("lognormal", 5, 0.3), [2], True, 1),
    ("blob", ("lognormal", 60, 0.5), [2], True, 1),
    ("tier1", ("pert", 5, 10, 30), [4, 5, 6], True, 3),
    ("tier2", ("pert", 5, 10, 30), [9, 7], True, 3),
    ("tier3", ("pert", 5, 10, 30), [10, 8], True, 3),
    ("cdn", ("pert", 10, 20, 40), [11], False, 1),
    ("dns", ("pert+uniform", 1, 2, 5, 1, 5), [11], False, 1),
    ("verify", ("lognormal", 10, 0.4), [12, 13], False, 1),
    ("status2", ("constant", 1), [14], False, 1),
]
ENGINEERS = 3
FAILS = 0.1


def beta_shape(low, mode, high):
    return 1 + 4 * (mode - low) / (high - low), 1 + 4 * (high - mode) / (high - low)


def lognormal(median, sigma):
    return math.log(median), sigma


def tell(peer, times, began):
    """One line of JSON; `began` is time.process_time() before the simulation."""
    seconds = time.process_time() - began
    ordered = sorted(times.tolist() if hasattr(times, "tolist") else times)

    def quantile(p):
        return ordered[max(0, math.ceil(p * len(ordered)) - 1)]

    print(json.dumps({"peer": peer, "replications": len(ordered), "cpu-seconds": seconds, "per-second": len(ordered) / seconds,
                      "mean": sum(ordered) / len(ordered), "p50": quantile(0.5), "p95": quantile(0.95), "p99": quantile(0.99)}))
