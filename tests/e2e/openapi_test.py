"""The manifests of deploy/ against the Kubernetes API's own description: the models that python3-kubernetes generates from it."""
import copy
import re
import sys
import unittest

import yaml

from harness import SOURCE

sys.path.append("/usr/lib/python3/dist-packages")  # Debian's packages, where another Python comes first
try:
    from kubernetes.client import models
except ImportError:
    models = None

# Each document that an API server or a kubelet reads; kustomization.yaml is kustomize's.
FILES = sorted(file for file in (SOURCE / "deploy").rglob("*.yaml") if file.name != "kustomization.yaml")
PLAIN = {"str": str, "bool": bool, "int": int, "float": (int, float), "datetime": str, "object": object}


def model_of(document):
    group, _, version = document["apiVersion"].rpartition("/")
    group = "".join(part.capitalize() for part in group.replace(".k8s.io", "").split("."))
    known = (getattr(models, group * named + version.capitalize() + document["kind"], None) for named in (False, True))
    return next(model for model in known if model is not None)


def faults(value, wanted, place):
    """A sentence for each place that the description of the type `wanted` does not allow."""
    if inner := re.fullmatch(r"list\[(.*)\]", wanted):
        if not isinstance(value, list):
            return [f"{place} is no list"]
        return [fault for at, item in enumerate(value) for fault in faults(item, inner[1], f"{place}[{at}]")]
    if inner := re.fullmatch(r"dict\(\w+, (.*)\)", wanted):
        if not isinstance(value, dict):
            return [f"{place} is no map"]
        return [fault for key, item in value.items() for fault in faults(item, inner[1], f"{place}.{key}")]
    if wanted in PLAIN:
        # A port is an integer or a name: the description calls both "object".
        fits = isinstance(value, PLAIN[wanted]) and (wanted == "bool" or wanted == "object" or not isinstance(value, bool))
        return [] if fits else [f"{place} is no {wanted}"]
    return faults_of_model(value, getattr(models, wanted), place)


def faults_of_model(value, model, place):
    if not isinstance(value, dict):
        return [f"{place} is no {model.__name__}"]
    names = {name: attribute for attribute, name in model.attribute_map.items()}
    found = [f"{place}.{name} is unknown" for name in value if name not in names]
    known = {name: item for name, item in value.items() if name in names}
    for name, item in known.items():
        found += faults(item, model.openapi_types[names[name]], f"{place}.{name}")
    try:  # the model's constructor knows what is required and the values that are allowed
        model(**{names[name]: item for name, item in known.items()})
    except ValueError as error:
        found.append(f"{place}: {error}")
    return found


@unittest.skipUnless(models, "needs python3-kubernetes")
class OpenApi(unittest.TestCase):
    def documents(self):
        for file in FILES:
            for document in yaml.safe_load_all(file.read_text(encoding="utf-8")):
                yield file.relative_to(SOURCE), document

    def test_the_manifests_fit(self):
        kinds = []
        for file, document in self.documents():
            with self.subTest(str(file)):
                self.assertEqual(faults_of_model(document, model_of(document), document["kind"]), [])
                kinds.append(document["kind"])
        self.assertEqual(sorted(kinds), ["DaemonSet", "Namespace", "NetworkPolicy", "Pod"])

    def test_what_does_not_fit_is_named(self):
        (pod,) = (document for _, document in self.documents() if document["kind"] == "Pod")

        def faults_after(change):
            changed = copy.deepcopy(pod)
            change(changed["spec"]["containers"][0])
            return faults_of_model(changed, model_of(changed), "Pod")

        at = "Pod.spec.containers[0]"
        self.assertEqual(faults_after(lambda one: one.update(volumeMount=[])), [f"{at}.volumeMount is unknown"])
        self.assertEqual(faults_after(lambda one: one.update(args="run")), [f"{at}.args is no list"])
        self.assertEqual(faults_after(lambda one: one["ports"][0].update(containerPort="9465")),
                         [f"{at}.ports[0].containerPort is no int"])
        self.assertEqual(faults_after(lambda one: one["securityContext"].update(runAsNonRoot="true")),
                         [f"{at}.securityContext.runAsNonRoot is no bool"])
        self.assertEqual(faults_after(lambda one: one["resources"].update(limits=["1"])), [f"{at}.resources.limits is no map"])
        self.assertEqual(faults_after(lambda one: one.pop("name")),
                         [f"{at}: Invalid value for `name`, must not be `None`"])


if __name__ == "__main__":
    sys.exit(unittest.main())
