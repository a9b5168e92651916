"""A cluster of Slurm on this machine: munge, a controller and several nodes, without any system manager, in a folder of its own."""

import contextlib
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "scancel")


def what_is_missing():
    if os.geteuid() != 0:
        return "root is needed for nodes of Slurm"
    lacking = [each for each in PROGRAMS if not find(each)]
    return f"{', '.join(lacking)} cannot be found" if lacking else ""


def find(program):
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def eventually(what, seconds, step=0.1):
    until = time.monotonic() + seconds
    while not what():
        if time.monotonic() > until:
            return False
        time.sleep(step)
    return True


class Cluster:
    """Ends with all that it started, jobs among it."""

    def __init__(self, nodes):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="muster-slurm-"))
        os.chmod(self.folder, 0o755)
        self.names = [f"n{i + 1}" for i in range(nodes)]
        self.processes = {}
        self.environment = {**os.environ, "SLURM_CONF": str(self.folder / "slurm.conf")}
        for inherited in [each for each in self.environment if each.startswith(("SLURM_", "SBATCH_", "SQUEUE_")) and each != "SLURM_CONF"]:
            del self.environment[inherited]
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self):
        for name in ("munge", "state", "spool"):
            (self.folder / name).mkdir(mode=0o755)
        key = self.folder / "munge" / "key"
        key.touch(mode=0o600)
        key.write_bytes(secrets.token_bytes(1024))
        controller, *ports = free_ports(1 + len(self.names))
        host = socket.gethostname()
        nodes = "\n".join(f"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=1 State=UNKNOWN" for name, port in zip(self.names, ports))
        (self.folder / "slurm.conf").write_text(f"""
ClusterName=muster-test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={self.folder}/munge/socket
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/linear
MpiDefault=none
ReturnToService=2
SlurmdTimeout=5
MessageTimeout=5
KillWait=1
StateSaveLocation={self.folder}/state
SlurmdSpoolDir={self.folder}/spool/%n
SlurmctldPidFile={self.folder}/controller.pid
SlurmdPidFile={self.folder}/%n.pid
SlurmctldLogFile={self.folder}/controller.log
SlurmdLogFile={self.folder}/%n.log
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0,requeue_setup_env_fail
{nodes}
PartitionName=main Nodes={",".join(self.names)} Default=YES MaxTime=10 State=UP
""")
        munge = self.folder / "munge"
        self._start("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={munge}/socket", f"--pid-file={munge}/pid",
                    f"--log-file={munge}/log", f"--seed-file={munge}/seed")
        if not eventually((munge / "socket").exists, 20):
            raise AssertionError("munged does not listen\n" + self.said("munged"))
        self._start("slurmctld", "-D")
        for name in self.names:
            self._start("slurmd", "-D", "-N", name, called=name)
        if not eventually(lambda: self.nodes() == {name: "idle" for name in self.names}, 60, 0.5):
            raise AssertionError(f"the nodes are {self.nodes()}\n" + "\n".join(self.said(name) for name in self.processes))

    def _start(self, program, *words, called=None):
        with open(self.folder / f"{called or program}.out", "wb") as out:
            self.processes[called or program] = subprocess.Popen([find(program), *words], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                                                 env=self.environment, start_new_session=True)

    def said(self, name):
        return f"{name}: " + (self.folder / f"{name}.out").read_text(errors="replace")[-2000:]

    def run(self, *words, check=True, env=None):
        done = subprocess.run([find(words[0]) or words[0], *words[1:]], capture_output=True, text=True, env=env or self.environment, timeout=60)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(words)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def nodes(self):
        lines = self.run("sinfo", "-h", "-N", "-o", "%N %T", check=False).split("\n")
        return {line.split()[0]: line.split()[1].rstrip("*") for line in lines if line}

    def jobs(self):
        """(task, state, node) of all that is not over."""
        lines = self.run("squeue", "-h", "-r", "-o", "%i %T %N", check=False).split("\n")
        return [(line.split() + [""])[:3] for line in lines if line]

    def of_node(self, name):
        """The node's daemon, what watches its jobs, and then the jobs."""
        watchers, jobs = set(), []
        for environ in pathlib.Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                words = environ.read_bytes().split(b"\0")
                if f"SLURMD_NODENAME={name}".encode() not in words or f"SLURM_CONF={self.folder}/slurm.conf".encode() not in words:
                    continue
                jobs.append(int(environ.parent.name))
                parent = int((environ.parent / "stat").read_text().rsplit(")", 1)[1].split()[1])
                if b"slurmstepd" in pathlib.Path(f"/proc/{parent}/cmdline").read_bytes():
                    watchers.add(parent)
        return [self.processes[name].pid, *watchers, *jobs]

    def kill_node(self, name):
        """As a machine that loses its power: all of it at once, so that nobody is left to report another's death."""
        for signal_ in (signal.SIGSTOP, signal.SIGKILL):
            for pid in self.of_node(name):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal_)
        self.processes[name].wait()

    def close(self):
        with contextlib.suppress(Exception):
            self.run("scancel", "--user=root", check=False)
        for name in self.names:
            if name in self.processes:
                self.kill_node(name)
        for name in ("slurmctld", "munged"):
            if name in self.processes:
                self.processes[name].kill()
                self.processes[name].wait()
        shutil.rmtree(self.folder, ignore_errors=True)
