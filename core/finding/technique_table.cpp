#include "core/finding/technique.h"

namespace redshank {

namespace {

constexpr Technique kTechniques[] = {
    {"T1005", "Files of the container are outside of it now, with whatever credentials they hold."},
    {"T1036", "What is named like a part of the system is rarely looked at."},
    {"T1040", "Whoever is on the way can read the traffic, with passwords and tokens in it."},
    {"T1053", "What the clock starts comes again after everything else is cleaned up."},
    {"T1059", "What is run this way is no part of the image, and nobody has reviewed it."},
    {"T1069", "An intruder first asks what a stolen credential may do."},
    {"T1070", "What is deleted here is what an investigation would look at."},
    {"T1072", "The tool that deploys has more rights than its users: whoever steers it has them too."},
    {"T1078", "A credential in other hands looks like its owner; only the circumstances differ."},
    {"T1078.001", "Nobody answers for an identity that everybody can use, and it cannot be withdrawn."},
    {"T1078.004", "Rights of the cloud reach further than the cluster, and are not seen in this log."},
    {"T1087", "An intruder first finds out whom a credential belongs to."},
    {"T1090", "A proxy of the API server reaches what network policies and ingress keep apart."},
    {"T1098", "A credential made now still works when the way that led to it is closed."},
    {"T1098.006", "Whoever can change rights can get every right, and keep it."},
    {"T1105", "What is brought into a container is no part of its image, and nobody has checked it."},
    {"T1110", "Whoever guesses goes on until something is found."},
    {"T1133", "What is reachable from outside will be found, and tried."},
    {"T1134", "Whoever acts as another has the rights of both."},
    {"T1136", "A new account is a way back in that nobody looks for."},
    {"T1190", "Whoever reaches the server can do the same, without a login."},
    {"T1485", "What is deleted may be gone for good, and what depends on it stops."},
    {"T1489", "What keeps the cluster running stands still, and nothing is repaired meanwhile."},
    {"T1499", "When the API server or its queues are kept busy, everybody else waits."},
    {"T1525", "Every later Pod runs what was put into its image, or what was pulled in its place."},
    {"T1528", "A stolen token is as good as its account until it expires."},
    {"T1530", "A copy of a volume has its data, and none of the guards of the original."},
    {"T1543", "What is started by each node, or on each node, survives the removal of a Pod."},
    {"T1546", "Code that the API server calls at every request sees, and may change, all of them."},
    {"T1552", "Credentials in the wrong hands open other systems as well."},
    {"T1552.001", "Credentials in files and ConfigMaps are read by more people than those in Secrets."},
    {"T1552.005", "The credentials of a node reach the cloud, and all Pods on that node."},
    {"T1552.007", "What was read from the API stays known, whatever is closed afterwards."},
    {"T1553", "Programs believe whoever has a certificate of a trusted authority."},
    {"T1555", "A controller with more rights fetches the Secret, so the reader needs none."},
    {"T1557", "Whoever stands between two programs reads and changes what they say."},
    {"T1562", "A limit or guard that is gone is missed only when it is needed."},
    {"T1562.001", "While a guard is off, what it would have refused is let through."},
    {"T1562.007", "Programs reach each other that were kept apart, and so does whoever is in one of them."},
    {"T1562.008", "Nobody can find what the log does not hold."},
    {"T1565", "Whoever changes what others rely on decides what they do."},
    {"T1572", "A tunnel goes past network policies, and what flows in it is in no log."},
    {"T1578", "Where Pods run decides who can reach their credentials."},
    {"T1595", "A server that strangers can reach will be tried until something gives way."},
    {"T1609", "What is done inside a container is in no log, and has the rights of its Pod."},
    {"T1610", "Whoever can start a Pod can use every Secret and account of its namespace."},
    {"T1611", "From here the node is in reach, and with it every Pod and credential on it."},
    {"T1613", "Looking around comes before the attack, and often shows what was found."},
};

}  // namespace

std::span<const Technique> all_techniques() {
    return kTechniques;
}

}  // namespace redshank
