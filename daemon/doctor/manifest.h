// The static pod of a kube-apiserver, as far as audit logging concerns it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace redshank::doctor {

struct Flag {
    std::string name, value;  // "audit-log-path", "/var/log/…"
    size_t line = 0;
};

struct Mount {
    std::string volume, path;  // path in the container
    bool is_read_only = false;
    size_t line = 0;
};

struct Volume {
    std::string name, path,
        type;  // hostPath: path on the host, "File", "DirectoryOrCreate", …; "" when it is none
    size_t line = 0;
};

struct ApiServer {
    std::vector<Flag> flags;
    std::vector<Mount> mounts;
    std::vector<Volume> volumes;
    std::string image;
    size_t command_line = 0, container_line = 0, spec_line = 0;

    // The last one counts, as for the server. nullptr when it is not given.
    const Flag* flag(std::string_view name) const;
    // The deepest mount that contains this path of the container; nullptr when there is none.
    const Mount* mount_of(std::string_view path) const;
    const Volume* volume(std::string_view name) const;
    // The minor version in the image's tag: 31 for "…:v1.31.4". Nothing when the tag does not tell it.
    std::optional<int> minor() const;
};

struct ManifestProblem {
    std::string text;
    size_t line = 0;
};

// Reads a Pod with a container whose command is kube-apiserver. Otherwise says why it is none.
std::optional<ApiServer> read_manifest(std::string_view text, ManifestProblem& problem);

}  // namespace redshank::doctor
