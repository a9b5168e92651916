"""The lab comes up, is what it says, and goes away without a trace, whatever happens to it meanwhile."""

import json
import os
import signal
import subprocess
import tempfile
import time
import unittest

import labs


class ALab(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        labs.need_lab()
        cls.lab = labs.Lab()
        cls.addClassCleanup(cls.lab.down)
        cls.lab.up()

    def test_is_well_and_says_so(self):
        status = self.lab.status()
        self.assertEqual(0, status.returncode, status.stdout)
        self.assertNotIn(" no\n", status.stdout)

    def test_once_up_stays_as_it_is(self):
        before = self.lab.processes()
        self.assertTrue(all(before[place] for place in labs.PLACES), before)
        self.lab.up()
        after = self.lab.processes()
        # Backends come and go with each question; who served before serves still.
        for place in labs.PLACES:
            servers = [pid for pid in before[place] if os.path.exists(f"/proc/{pid}")]
            self.assertTrue(set(servers) & set(after[place]), place)
        self.assertEqual(before["world"], after["world"])

    def test_serves_from_east_what_west_has_too(self):
        code, body = self.lab.get("http://api.lab/health")
        self.assertEqual((200, {"region": "east", "writable": True}), (code, json.loads(body)))
        code, body = self.lab.get("http://api.lab/orders", "-X", "POST")
        self.assertEqual(201, code, body)
        number = json.loads(body)["order"]
        labs.wait_until(lambda: self.lab.sql(f"select count(*) from orders where id = {number}", host=labs.ADDRESS["west"]) == "1", 5, "the replica")
        code, body = self.lab.get(f"http://{labs.ADDRESS['west']}/health")
        self.assertEqual((503, {"region": "west", "writable": False}), (code, json.loads(body)))

    def test_answers_over_both_protocols_and_forgets_names_in_a_second(self):
        for protocol in ("-4", "-6"):
            self.assertEqual((200, "unhurt\n"), self.lab.get("http://bystander.lab/", protocol))
        query = ("import socket, struct; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(2);"
                 "s.sendto(struct.pack('>6H', 7, 256, 1, 0, 0, 0) + b'\\3api\\3lab\\0' + struct.pack('>2H', 1, 1), ('10.77.0.53', 53));"
                 "a = s.recv(512); print(struct.unpack('>I', a[31:35])[0], '.'.join(map(str, a[-4:])))")
        answer = self.lab.inside("world", "/usr/bin/python3", "-c", query).stdout.split()
        self.assertEqual(["1", labs.ADDRESS["east"]], answer)

    def test_moves_to_west_and_back_with_all_that_was_written(self):
        self.lab.sql("create table if not exists kept (n int); insert into kept values (1)")
        labs.wait_until(lambda: self.lab.sql("select count(*) from kept", host=labs.ADDRESS["west"], check=False) == "1", 5, "the replica")
        self.lab.script("fence", "east", "now")
        self.assertNotEqual(200, self.lab.get("http://api.lab/health")[0])
        self.lab.script("promote", "west")
        self.lab.script("swap-dns", "west")
        code, body = self.lab.get("http://api.lab/health")
        self.assertEqual((200, "west"), (code, json.loads(body)["region"]))
        self.lab.sql("insert into kept values (2)")
        self.lab.script("failback")
        status = self.lab.status()
        self.assertEqual(0, status.returncode, status.stdout)
        self.assertEqual("1\n2", self.lab.sql("select n from kept order by n"))
        before = self.lab.processes()
        self.lab.script("failback")  # with nothing to do
        self.assertEqual(before["world"], self.lab.processes()["world"])

    def test_does_not_touch_another_lab(self):
        other = labs.Lab("b")
        self.addCleanup(other.down)
        other.up()
        other.sql("create table mine (n int)")
        self.assertEqual("", self.lab.sql("select to_regclass('mine')"))
        other.script("fence", "east", "now")
        self.assertEqual(1, other.status().returncode)
        self.assertEqual(200, self.lab.get("http://api.lab/health")[0])
        other.down()
        self.assertEqual([], other.traces())
        self.assertEqual(0, self.lab.status().returncode)

    def test_hides_itself_from_the_machine(self):
        links = labs.run("ip", "-br", "link").stdout
        self.assertNotIn("br0@", links)
        listeners = labs.run("ss", "-Hltn").stdout
        self.assertNotIn("10.77.", listeners)


class EveryEnd(unittest.TestCase):
    def setUp(self):
        labs.need_lab()
        self.lab = labs.Lab("e")
        self.addCleanup(self.lab.down)

    def begin(self, **more):
        return subprocess.Popen([labs.LAB, "up", self.lab.name], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)

    def test_leaves_nothing(self):
        self.lab.up()
        self.assertNotEqual([], self.lab.traces())
        self.lab.down()
        self.assertEqual([], self.lab.traces())
        self.lab.down()
        self.assertEqual(3, self.lab.status().returncode)

    def test_leaves_nothing_after_being_killed_at_any_moment(self):
        moments = labs.seeded()
        for _ in range(4):
            up = self.begin()
            time.sleep(moments.uniform(0, 2.5))
            up.kill()
            up.communicate()
            self.lab.down()
            self.assertEqual([], self.lab.traces())
        self.lab.up()
        self.assertEqual(0, self.lab.status().returncode)

    def test_takes_itself_away_when_it_is_asked_to_end(self):
        for when in (0.3, 1.2):
            up = self.begin()
            time.sleep(when)
            up.send_signal(signal.SIGTERM)
            said, _ = up.communicate(timeout=60)
            if "is up" in said:
                continue  # it was quicker than we
            self.assertIn(up.returncode, (143, -signal.SIGTERM), said)  # the latter before it has begun to make anything
            self.assertEqual([], self.lab.traces())

    def test_takes_itself_away_when_a_server_does_not_start(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/nginx", "w", encoding="ascii") as file:
                file.write("#!/bin/sh\nexit 1\n")
            os.chmod(f"{folder}/nginx", 0o755)
            up = self.begin(env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"})
            said, _ = up.communicate(timeout=60)
        self.assertEqual(1, up.returncode, said)
        self.assertEqual([], self.lab.traces())

    def test_mends_a_lab_that_is_half_broken(self):
        self.lab.up()
        self.lab.script("fence", "east", "now")
        self.assertEqual(1, self.lab.status().returncode)
        self.lab.up()
        self.assertEqual(0, self.lab.status().returncode)


class Words(unittest.TestCase):
    def test_that_are_wrong_are_refused(self):
        for words in ([], ["sideways"], ["up", "a", "b"]):
            self.assertEqual(2, labs.run(labs.LAB, *words, check=False).returncode, words)
        if os.geteuid() != 0:
            self.skipTest("not root")
        for name in ("", "-", "A", "a/b", "../x", "a" * 30, "x.y"):
            self.assertEqual(1, labs.run(labs.LAB, "up", name, check=False).returncode, name)
        self.assertIn("there is no lab", labs.run(labs.SOURCE / "lab/promote", "nowhere", "east", check=False).stderr)


if __name__ == "__main__":
    labs.main()
