#!/usr/bin/env python3
"""Builds the sampler and the kernels with gcc and with clang, and compares what they draw, in all instruction sets of this machine.

usage: compare.py SOURCE    (exit 77: no clang here)
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

source = pathlib.Path(sys.argv[1])
compilers = [name for name in ("g++", "clang++") if shutil.which(name)]
if len(compilers) < 2:
    sys.exit(77)
models = ["draw", "distribution", "distribution_quantile", "elementary", "incomplete_beta", "incomplete_gamma", "log_gamma", "normal", "quantile_table"]
flags = {"avx2": ["-mavx2"], "avx512": ["-mavx512f", "-mavx512dq", "-mavx512vl"]}
files = [(source / "models" / f"{name}.cc", []) for name in models]
files += [(source / "sim" / f"lane_kernels_{isa}.cc", flags.get(isa, [])) for isa in ("sse2", "avx2", "avx512")]
files += [(source / "sim" / "isa.cc", []), (source / "tests" / "sim" / "compilers" / "digest.cc", [])]
told = {}
with tempfile.TemporaryDirectory(prefix="muster-compilers-") as name:
    folder = pathlib.Path(name)
    for compiler in compilers:
        objects = []
        for file, more in files:
            objects.append(folder / f"{compiler}-{file.stem}.o")
            subprocess.run([compiler, "-std=c++20", "-O2", "-w", "-ffp-contract=off", f"-I{source}", *more, "-c", file, "-o", objects[-1]], check=True)
        subprocess.run([compiler, *objects, "-o", folder / compiler], check=True)
        told[compiler] = subprocess.run([folder / compiler], check=True, capture_output=True, text=True).stdout
print(told["g++"], end="")
digests = {line.split()[1] for text in told.values() for line in text.splitlines()}
if told["g++"] != told["clang++"] or len(digests) != 1:
    sys.exit(f"compilers or instruction sets differ:\n{told}")
