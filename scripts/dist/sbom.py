#!/usr/bin/env python3
"""What is inside the static binary, as SPDX 2.3 (JSON), from what the compiler read and the linker took, and from dpkg's facts
about those files.
    scripts/dist/sbom.py BUILD VERSION ARCH"""
import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

# Built from Debian's sources of the package (scripts/dist/libraries.sh), by the library's name.
OWN = {"fmt": "libfmt-dev", "simdjson": "libsimdjson-dev", "prometheus": "prometheus-cpp-dev", "curl": "libcurl4-openssl-dev"}
# What the compiler links without being told. dpkg answers for this machine; another architecture has the same sources.
ALWAYS = ["libc6-dev", "libstdc++-12-dev", "libgcc-12-dev"]
IN_IMAGE = ["ca-certificates"]
SPDX = {"Expat": "MIT", "MIT": "MIT", "BSD-3-clause": "BSD-3-Clause", "BSD-2-clause": "BSD-2-Clause", "Apache-2.0": "Apache-2.0",
        "BSL-1.0": "BSL-1.0", "zlib": "Zlib", "Zlib": "Zlib", "curl": "curl", "ISC": "ISC", "LGPL-2.1+": "LGPL-2.1-or-later",
        "public-domain": "LicenseRef-public-domain"}


def output(*command, ok=(0,)):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    if done.returncode not in ok:
        raise SystemExit(f"sbom.py: {' '.join(command[:3])} failed")
    return done.stdout


def on_this_host(file):
    """Where this machine has the same file of another architecture (scripts/dist/sysroot.sh), so that dpkg knows it."""
    is_foreign, rest = "/build/sysroot-arm64/" in file, file.partition("/build/sysroot-arm64")[2]
    return rest.replace("aarch64-linux-gnu", "x86_64-linux-gnu") if is_foreign else file


def files_used(build):
    """Headers and archives outside the source tree."""
    for line in output("ninja", "-C", build, "-t", "deps").splitlines():
        if line.startswith("    /usr/") or "/build/sysroot-arm64/" in line:
            yield os.path.realpath(on_this_host(line.strip()))
    for line in output("ninja", "-C", build, "-t", "commands", "redshank").splitlines():
        if " -o redshank " in line:
            yield from map(on_this_host, re.findall(r"/\S+\.a", line))


def packages_used(build):
    own = str(pathlib.Path(__file__).resolve().parents[2] / "build/libraries")  # and libraries-arm64
    names, foreign = set(ALWAYS + IN_IMAGE), set()
    for file in files_used(build):
        if own in file:
            names |= {package for word, package in OWN.items() if word in file.rsplit("/", 1)[1]}
        else:
            foreign.add(file)
    found = output("dpkg-query", "-S", *sorted(foreign), ok=(0, 1))
    for line in found.splitlines():
        names.add(line.split(": ")[0].split(",")[0].split(":")[0])
    return sorted(names)


def licence(package):
    """Debian's word for most of the package's files, and SPDX's where there is one."""
    file = pathlib.Path("/usr/share/doc", package, "copyright")
    text = file.read_text(errors="replace") if file.exists() else ""
    most = re.search(r"^Files: \*\n(?:.+\n)*?License: *(\S+)", text, re.M)
    word = most.group(1) if most else ""
    return SPDX.get(word, "NOASSERTION"), word


def describe(package, arch):
    name, version, architecture, source, source_version, homepage = output(
        "dpkg-query", "-W", "-f", "${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\t${Homepage}",
        package).split("\t")
    spdx, word = licence(package)
    return {
        "SPDXID": "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", name), "name": source, "versionInfo": source_version,
        "supplier": "Organization: Debian", "downloadLocation": f"http://deb.debian.org/debian/pool/main/{source[0]}/{source}/",
        "filesAnalyzed": False, "homepage": homepage or "NOASSERTION", "licenseConcluded": "NOASSERTION", "licenseDeclared": spdx,
        "licenseComments": f"Debian's copyright file says: {word}" if word else "see Debian's copyright file",
        "copyrightText": "NOASSERTION", "externalRefs": [{
            "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
            "referenceLocator": f"pkg:deb/debian/{name}@{version}?arch={architecture if architecture == 'all' else arch}"}]}


def main(build, version, arch):
    binary = pathlib.Path(build, "redshank").read_bytes()
    at = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
    packages = [describe(package, arch) for package in packages_used(build)]
    packages = list({each["name"]: each for each in packages}.values())  # one for each source package
    own = {"SPDXID": "SPDXRef-redshank", "name": "redshank", "versionInfo": version, "downloadLocation": "NOASSERTION",
           "filesAnalyzed": False, "licenseConcluded": "Apache-2.0", "licenseDeclared": "Apache-2.0", "copyrightText":
           "The redshank authors", "primaryPackagePurpose": "APPLICATION",
           "checksums": [{"algorithm": "SHA256", "checksumValue": hashlib.sha256(binary).hexdigest()}]}
    print(json.dumps({
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"redshank-{version}",
        "documentNamespace": f"https://redshank.example/spdx/redshank-{version}-{hashlib.sha256(binary).hexdigest()[:16]}",
        "creationInfo": {"created": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: scripts/dist/sbom.py"]},
        "packages": [own, *packages],
        "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
                           "relatedSpdxElement": "SPDXRef-redshank"}] +
        [{"spdxElementId": "SPDXRef-redshank", "relatedSpdxElement": each["SPDXID"],
          "relationshipType": "CONTAINS" if each["name"] in IN_IMAGE else "STATIC_LINK"} for each in packages],
        "hasExtractedLicensingInfos": [{"licenseId": "LicenseRef-public-domain", "extractedText": "in the public domain"}]}, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
