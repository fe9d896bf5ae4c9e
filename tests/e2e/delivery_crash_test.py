"""kill -9 during delivery: no alert is lost, and a receiver that deduplicates by webhook-id sees each once."""
import collections
import json
import random
import tempfile
import unittest

from harness import Daemon, Receiver, anonymous_secret_read, wait_for

READS = 40


class DeliveryCrash(unittest.TestCase):
    def test_every_finding_arrives(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        receiver = Receiver()
        self.addCleanup(receiver.close)
        config = (f'[[receiver]]\nname = "hook"\ntype = "webhook"\nurl = "{receiver.url}"\ngroup_by = []\n'
                  'group_wait = "0s"\ngroup_interval = "0s"\n')
        chance = random.Random(5)
        log = open(f"{folder.name}/audit.log", "ab", buffering=0)
        self.addCleanup(log.close)
        written = 0
        while written < READS:
            daemon = Daemon(folder.name, config)
            self.addCleanup(daemon.kill)
            daemon.wait_until_ready()
            before = len(receiver.bodies)
            for _ in range(chance.randrange(1, 8)):
                written += 1
                log.write(anonymous_secret_read(f"read-{written}", f"db-{written}", second=written) + b"\n")
            wanted = chance.randrange(0, 4)  # the daemon is killed when so many have arrived
            wait_for(lambda: len(receiver.bodies) >= before + wanted, f"{wanted} more messages")
            daemon.kill()
        daemon = Daemon(folder.name, config)
        self.addCleanup(daemon.kill)
        daemon.wait_until_ready()

        def all_there():
            text = " ".join(receiver.bodies)
            return all(f'"read-{i}"' in text for i in range(1, written + 1))
        wait_for(all_there, "every read")
        self.assertEqual(daemon.stop(), 0)

        # A notification may come twice, but always about the same finding.
        by_notification = collections.defaultdict(set)
        for message in map(json.loads, receiver.bodies):
            by_notification[message["alert"]["notification"]].add((message["id"], message["count"], message["status"]))
        self.assertTrue(all(len(what) == 1 for what in by_notification.values()))
        versions = [what for whats in by_notification.values() for what in whats]
        self.assertEqual(len(versions), len(set(versions)), "two notifications about one version of a finding")
        print(f"{len(receiver.bodies)} messages, {len(by_notification)} by id", flush=True)


if __name__ == "__main__":
    unittest.main()
