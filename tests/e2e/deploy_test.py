"""The manifests of deploy/: what must hold of them, and that they fit the daemon: its pages, its user, its paths."""
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib
import unittest

import yaml

from harness import BINARY, SOURCE, Daemon

DEPLOY = SOURCE / "deploy"


def documents(*path):
    with open(DEPLOY.joinpath(*path), encoding="utf-8") as file:
        return list(yaml.safe_load_all(file))


def pods():
    """(name, spec, configuration) of each way to run it."""
    (pod,) = documents("static-pod", "redshank.yaml")
    yield "static pod", pod["spec"], DEPLOY / "static-pod/redshank.toml"
    (daemons,) = documents("base", "daemonset.yaml")
    yield "daemon set", daemons["spec"]["template"]["spec"], DEPLOY / "base/redshank.toml"


class Manifests(unittest.TestCase):
    def test_the_restricted_profile_holds(self):
        """Kubernetes' pod security standard, but for the volumes on the host."""
        for name, spec, _ in pods():
            with self.subTest(name):
                (container,) = spec["containers"]
                own, all_of_it = container["securityContext"], spec["securityContext"]
                self.assertNotIn("initContainers", spec)
                self.assertFalse(own["allowPrivilegeEscalation"])
                self.assertTrue(own["readOnlyRootFilesystem"])
                self.assertEqual(own["capabilities"], {"drop": ["ALL"]})
                self.assertTrue(all_of_it["runAsNonRoot"])
                self.assertEqual((all_of_it["runAsUser"], all_of_it["runAsGroup"]), (65532, 65532))
                self.assertEqual(all_of_it["seccompProfile"], {"type": "RuntimeDefault"})
                self.assertFalse(spec["automountServiceAccountToken"])
                self.assertFalse({"hostPID", "hostIPC"} & set(spec))
        user = re.search(r"--config\.user (\S+)", (SOURCE / "scripts/dist/image.sh").read_text()).group(1)
        self.assertEqual(user, "65532:65532")

    def test_nothing_but_the_state_can_be_written(self):
        for name, spec, _ in pods():
            with self.subTest(name):
                volumes = {volume["name"]: volume for volume in spec["volumes"]}
                mounts = {mount["name"]: mount for mount in spec["containers"][0]["volumeMounts"]}
                self.assertEqual(set(volumes), set(mounts))
                self.assertEqual({key for key, mount in mounts.items() if not mount.get("readOnly")}, {"state", "tmp"})
                self.assertIn("emptyDir", volumes["tmp"])
                for key, volume in volumes.items():
                    if "hostPath" in volume:  # never made by the kubelet, which would make it root's
                        self.assertEqual(volume["hostPath"], {"path": mounts[key]["mountPath"], "type": "Directory"})

    def test_the_configuration_fits_the_mounts_and_is_good(self):
        for name, spec, file in pods():
            with self.subTest(name):
                config = tomllib.loads(file.read_text())
                mounts = {mount["name"]: mount["mountPath"] for mount in spec["containers"][0]["volumeMounts"]}
                self.assertEqual(config.get("state_dir", "/var/lib/redshank"), mounts["state"])
                for source in config["source"]:
                    self.assertEqual(str(pathlib.Path(source["path"]).parent), mounts["log"])
                self.assertEqual(spec["containers"][0]["args"], ["run", "--config", mounts["config"] + "/redshank.toml"])
                listen = config.get("http", {}).get("listen", "127.0.0.1:9465")
                host, port = listen.rsplit(":", 1)
                self.assertEqual(spec["containers"][0]["ports"], [{"name": "metrics", "containerPort": int(port)}])
                self.assertEqual(host, "127.0.0.1" if spec.get("hostNetwork") else "0.0.0.0")
                done = subprocess.run([BINARY, "check-config", file], capture_output=True, text=True, check=False, timeout=60)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_probes_ask_for_pages_that_there_are(self):
        with tempfile.TemporaryDirectory() as folder:
            daemon = Daemon(folder)
            self.addCleanup(daemon.kill)
            (pathlib.Path(folder) / "audit.log").touch()
            daemon.wait_until_ready()
            for name, spec, _ in pods():
                (container,) = spec["containers"]
                for probe, page in (("startupProbe", "/healthz"), ("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
                    with self.subTest(name=name, probe=probe):
                        asked = container[probe]["httpGet"]
                        self.assertEqual((asked["path"], asked["port"]), (page, "metrics"))
                        self.assertEqual(asked.get("host"), "127.0.0.1" if spec.get("hostNetwork") else None)
                        self.assertEqual(daemon.get(asked["path"])[0], 200)
            self.assertEqual(daemon.stop(), 0)

    def test_it_runs_where_an_api_server_is(self):
        (daemons,) = documents("base", "daemonset.yaml")
        template = daemons["spec"]["template"]
        self.assertEqual(daemons["spec"]["selector"]["matchLabels"].items() - template["metadata"]["labels"].items(), set())
        spec = template["spec"]
        key = "node-role.kubernetes.io/control-plane"
        (term,) = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
        self.assertEqual(term["matchExpressions"], [{"key": key, "operator": "Exists"}])
        self.assertIn({"key": key, "operator": "Exists"}, spec["tolerations"])
        (pod,) = documents("static-pod", "redshank.yaml")
        self.assertEqual(pod["spec"]["tolerations"], [{"operator": "Exists"}])

    def test_kustomize_finds_what_it_names(self):
        (base,) = documents("base", "kustomization.yaml")
        self.assertEqual(set(base["resources"]) | {"kustomization.yaml", "redshank.toml"},
                         {file.name for file in (DEPLOY / "base").iterdir()})
        (generated,) = base["configMapGenerator"]
        (daemons,) = documents("base", "daemonset.yaml")
        spec = daemons["spec"]["template"]["spec"]
        (config,) = [volume["configMap"]["name"] for volume in spec["volumes"] if "configMap" in volume]
        self.assertEqual((generated["name"], generated["files"]), (config, ["redshank.toml"]))
        self.assertEqual(base["images"][0]["name"], spec["containers"][0]["image"])
        version = re.search(r"project\(redshank VERSION (\S+)", (SOURCE / "CMakeLists.txt").read_text()).group(1)
        (pod,) = documents("static-pod", "redshank.yaml")
        self.assertEqual({base["images"][0]["newTag"], pod["spec"]["containers"][0]["image"].split(":")[1]}, {version})


if __name__ == "__main__":
    sys.exit(unittest.main())
