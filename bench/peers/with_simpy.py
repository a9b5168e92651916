#!/usr/bin/env python3
"""The reference workload as a user of SimPy writes it: a process a step, engineers as a Resource."""

import random
import sys
import time

import simpy

from workload import ENGINEERS, FAILS, STEPS, beta_shape, lognormal, tell


def sampler(law):
    kind, *numbers = law
    if kind == "constant":
        return lambda: numbers[0]
    if kind == "lognormal":
        mu, sigma = lognormal(*numbers)
        return lambda: random.lognormvariate(mu, sigma)
    low, mode, high, *more = numbers
    a, b = beta_shape(low, mode, high)
    if more:
        return lambda: low + (high - low) * random.betavariate(a, b) + random.uniform(*more)
    return lambda: low + (high - low) * random.betavariate(a, b)


SAMPLERS = [sampler(law) for _, law, *_ in STEPS]


def step(env, number, ended, engineers):
    _, _, after, needs_engineer, attempts = STEPS[number]
    if after:
        yield env.all_of([ended[each] for each in after])
    request = engineers.request() if needs_engineer else None
    if request:
        yield request
    for attempt in range(attempts):
        yield env.timeout(SAMPLERS[number]())
        if attempts == 1 or random.random() >= FAILS:
            break
    if request:
        engineers.release(request)
    ended[number].succeed()


def replication():
    env = simpy.Environment()
    ended = [env.event() for _ in STEPS]
    engineers = simpy.Resource(env, ENGINEERS)
    for number in range(len(STEPS)):
        env.process(step(env, number, ended, engineers))
    env.run(until=ended[-1])
    return env.now


if __name__ == "__main__":
    random.seed()
    began = time.process_time()
    tell("SimPy", [replication() for _ in range(int(sys.argv[1]))], began)
