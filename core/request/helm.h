#pragma once

#include "audit/event.h"

namespace redshank {

// A list or watch that the server answers with the Secrets of Helm's releases only (labelSelector with
// owner=helm, as `helm list` asks).
bool selects_helm_releases(const audit::Event& event);

// The same of a single release in one namespace, as helm asks before it installs or upgrades it.
bool selects_one_helm_release(const audit::Event& event);

// One of these Secrets by its name: how Helm 3 stores a release. It shows what was installed with which
// values.
bool is_helm_release(const audit::ObjectRef& object);

}  // namespace redshank
