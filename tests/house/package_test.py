"""The Debian package, made and then installed and run on a bare Debian 12.

The bare system is one that debootstrap makes in a folder (variant minbase: nothing but what is essential, and apt), from the
mirror that this machine's apt uses. The packages that ours depends on come to it through its own apt. Needs root, for
chroot. Everything lives under the build folder; the base system is kept there as an archive for the next run.

Ends with 77, and the reason, where such a system cannot be made.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["MUSTER_SOURCE"])
BUILD = pathlib.Path(os.environ["MUSTER_BUILD"])
BINARY = os.environ["MUSTER_BINARY"]
WORK = BUILD / "bare-debian"
RELEASE = "bookworm"
CLEAN = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root",
         "DEBIAN_FRONTEND": "noninteractive"}


class CannotBeHad(Exception):
    """A bare system cannot be made here; says why."""


def run(*command, check=True, **keywords):
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **keywords)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout[-4000:]}")
    return done


def mirror():
    """Where this machine's apt has the release from."""
    listed = run("apt-get", "update", "--print-uris").stdout  # where it would fetch from; fetches nothing
    found = re.search(rf"'(\S+)/dists/({RELEASE}|stable|oldstable)/InRelease'", listed)
    if found:
        return found.group(1)
    raise CannotBeHad(f"apt has no source for {RELEASE} here")


def base_archive():
    """The archive of a base system, made unless it is there."""
    archive = WORK / f"{RELEASE}.tar"
    if archive.exists():
        return archive
    uri = mirror()
    root = WORK / "base"
    done = run("debootstrap", "--variant=minbase", RELEASE, root, uri, check=False, env={**os.environ, **CLEAN})
    if done.returncode != 0:
        unreachable = re.search(r"^E: (Failed getting release file|Couldn't download|Cannot check Release).*", done.stdout, re.M)
        if unreachable:
            raise CannotBeHad(f"debootstrap: {unreachable.group()[3:]}")
        raise AssertionError(f"debootstrap ended with {done.returncode}:\n{done.stdout[-4000:]}")
    partial = archive.with_suffix(".partial")
    run("tar", "-C", root, "--numeric-owner", "--exclude=./var/cache/apt/archives/*.deb", "--exclude=./proc/*", "-cf", partial, ".")
    partial.rename(archive)
    remove(root)
    return archive


def remove(folder):
    if folder.exists():
        run("rm", "-rf", "--one-file-system", folder)


class BareDebian:
    """A bare system in a folder of its own, and commands in it."""

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(dir=WORK, prefix="root."))
        self.root.chmod(0o755)

    def __enter__(self):
        try:
            run("tar", "-C", self.root, "-xf", base_archive())
            # How this machine reaches its mirror (proxies, checks) holds there too; packages fetched once are kept.
            (self.root / "etc/apt/apt.conf.d/00-host").write_text(run("apt-config", "dump", "Acquire").stdout)
            self.archives, self.kept = self.root / "var/cache/apt/archives", WORK / "archives"
            self.kept.mkdir(exist_ok=True)
            for package in self.kept.glob("*.deb"):
                shutil.copy(package, self.archives)
        except BaseException:
            remove(self.root)
            raise
        return self

    def __exit__(self, *_):
        remove(self.root)

    def run(self, *command, user=None, check=True):
        as_user = [f"--userspec={user}"] if user else []
        return run("chroot", *as_user, self.root, *command, env=CLEAN, check=check)

    def install(self, package):
        shutil.copy(package, self.root / "tmp/muster.deb")
        run_update = self.run("apt-get", "-q", "update", check=False)
        if run_update.returncode != 0:
            raise CannotBeHad(f"apt-get update in the bare system: {run_update.stdout.splitlines()[-1]}")
        self.run("apt-get", "-y", "-q", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0",
                 "-o", "APT::Keep-Downloaded-Packages=true", "install", "/tmp/muster.deb")
        for package in self.archives.glob("*.deb"):
            shutil.copy(package, self.kept)


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        WORK.mkdir(exist_ok=True)
        for left in [*WORK.glob("root.*"), WORK / "base"]:  # of a run that was killed
            remove(left)
        shutil.rmtree(BUILD / "package", ignore_errors=True)
        run("cpack", "-G", "DEB", cwd=BUILD)
        (cls.package,) = (BUILD / "package").glob("*.deb")

    def field(self, name):
        return run("dpkg-deb", "-f", self.package, name).stdout.strip()

    def test_says_what_it_is_and_what_it_depends_on(self):
        self.assertEqual("muster", self.field("Package"))
        self.assertIn(self.field("Version"), run(BINARY, "--version").stdout)
        depends = self.field("Depends")
        for name in ["tzdata", "libc6", "libstdc++6", "libyaml-0-2"]:
            self.assertRegex(depends, rf"(^|, ){re.escape(name)}\b")
        self.assertNotRegex(depends, r"-dev\b")

    def test_installs_and_runs_on_a_bare_debian(self):
        for tool in ["debootstrap", "chroot"]:
            if shutil.which(tool, path=CLEAN["PATH"]) is None:
                self.skipTest(f"no {tool} here")
        if os.geteuid() != 0:
            self.skipTest("not root, and chroot needs it")
        try:
            with BareDebian() as bare:
                self.assertNotIn("libyaml", bare.run("dpkg-query", "-W").stdout, "a bare system has none of ours")
                bare.install(self.package)
                self.assertEqual(run(BINARY, "--version").stdout, bare.run("muster", "--version", user="nobody").stdout)
                for scenario in sorted(p for p in (bare.root / "usr/share/muster/scenarios").rglob("*.yaml") if p.parent.name not in ("studies", "programmes")):
                    bare.run("muster", "check", "/" + str(scenario.relative_to(bare.root)), user="nobody")
                # There and here the same bytes, but for the name of the file.
                there = bare.run("muster", "simulate", "/usr/share/muster/scenarios/small.yaml", "--replications", "20000",
                                 "--json", "-", user="nobody").stdout
                here = run(BINARY, "simulate", SOURCE / "scenarios/small.yaml", "--replications", "20000", "--json", "-").stdout
                name = re.compile(r'"file":\s*"[^"]*"')
                self.assertEqual(name.sub("", here), name.sub("", there))
                bare.run("apt-get", "-y", "-q", "purge", "muster")
                self.assertEqual([], [str(p) for p in (bare.root / "usr").rglob("*muster*")], "nothing stays behind")
        except CannotBeHad as reason:
            self.skipTest(str(reason))


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=2).result
    sys.exit(1 if not result.wasSuccessful() else 77 if result.skipped else 0)
