#include <fmt/format.h>

#include <filesystem>

#include "daemon/doctor/check.h"

namespace redshank::doctor {

namespace fs = std::filesystem;

namespace {

enum class Use : uint8_t { Read, Write };

std::string folder_of(const std::string& path) {
    const std::string folder = fs::path(path).parent_path().string();
    return folder.empty() ? "/" : folder;
}

class Mounts {
  public:
    Mounts(const ApiServer& server, const std::string& manifest, const Host& host, Checks& checks)
        : server_(server), manifest_(manifest), host_(host), checks_(checks) {}

    void file(const char* flag_name, const char* check, Use use) {
        const Flag* flag = server_.flag(flag_name);
        if (flag == nullptr || flag->value.empty() || flag->value == "-") return;
        const std::string& path = flag->value;
        const std::string volume = fmt::format("audit-{}", check);
        const std::string mounted = use == Use::Read ? path : folder_of(path);
        if (!path.starts_with('/')) {
            add(check, Severity::Error, flag->line, fmt::format("{} is no absolute path.", path),
                "Write the whole path as the container sees it.");
            return;
        }
        const Mount* mount = server_.mount_of(path);
        if (mount == nullptr) {
            add(check, Severity::Error, flag->line,
                fmt::format("No volumeMount holds {}: the container does not see it.", path),
                fmt::format(
                    "Add to volumeMounts: - {{name: {}, mountPath: {}{}}} and to volumes: - {{name: {}, "
                    "hostPath: {{path: {}, type: {}}}}}",
                    volume, mounted, use == Use::Read ? ", readOnly: true" : "", volume, mounted,
                    use == Use::Read ? "File" : "DirectoryOrCreate"));
            return;
        }
        const Volume* of = server_.volume(mount->volume);
        if (of == nullptr) {
            add(check, Severity::Error, mount->line,
                fmt::format("There is no volume {}: the Pod is not valid and the kubelet does not start it.",
                            mount->volume),
                fmt::format("Add to volumes: - {{name: {}, hostPath: {{path: {}, type: {}}}}}", mount->volume,
                            mount->path,
                            mount->path == path && use == Use::Read ? "File" : "DirectoryOrCreate"));
            return;
        }
        if (use == Use::Write && mount->is_read_only) {
            add(check, Severity::Error, mount->line,
                fmt::format("{} is mounted read-only: the log cannot be written.", mount->path),
                "Remove readOnly: true from this volumeMount.");
        }
        if (use == Use::Write && mount->path == path) {
            add(check, Severity::Error, mount->line,
                "Only the file of the log is mounted: it cannot be renamed, so rotation fails and every "
                "event after "
                "it is lost.",
                fmt::format("Mount its folder: mountPath: {} and hostPath.path: {}", folder_of(path),
                            folder_of(of->path)));
        }
        on_disk(*mount, *of, path, check, use);
    }

  private:
    void add(const char* check, Severity severity, size_t line, std::string text, std::string fix) {
        checks_.push_back({check, severity, manifest_, line, std::move(text), std::move(fix)});
    }

    void on_disk(const Mount& mount, const Volume& volume, const std::string& path, const char* check,
                 Use use) {
        if (volume.path.empty()) {
            add(check, Severity::Warning, volume.line,
                fmt::format("Volume {} is no hostPath: {} is not on this host.", volume.name, path), "");
            return;
        }
        const std::string host_path = on_host(server_, path), file = host_.at(host_path);
        std::error_code error;
        const auto status = fs::status(file, error);
        const auto source = fs::status(host_.at(volume.path), error);
        if (use == Use::Read && fs::is_directory(status)) {
            add(check, Severity::Error, volume.line,
                fmt::format(
                    "{} is a directory on the host: without a type the kubelet made it when the file was "
                    "not there.",
                    host_path),
                fmt::format("rmdir {}, put the file there, and write type: File at this volume.", host_path));
        } else if (use == Use::Read && !fs::exists(status)) {
            add(check, Severity::Error, volume.line, fmt::format("{} does not exist on the host.", host_path),
                fmt::format("Put the file there; the flag means {} in the container.", path));
        } else if (is_wrong_type(volume.type, source)) {
            add(check, Severity::Error, volume.line,
                fmt::format(
                    "hostPath {} is not what type: {} asks for, so the kubelet does not start the Pod.",
                    volume.path, volume.type),
                fs::is_directory(source) ? "Write type: Directory"
                : fs::exists(source)     ? "Write type: File"
                                         : "Write type: DirectoryOrCreate");
        } else {
            add(check, Severity::Ok, mount.line, fmt::format("{} is {} on the host", path, host_path), "");
        }
    }

    static bool is_wrong_type(const std::string& type, const fs::file_status& status) {
        if (type == "File") return !fs::is_regular_file(status);
        if (type == "Directory") return !fs::is_directory(status);
        if (type == "DirectoryOrCreate") return fs::exists(status) && !fs::is_directory(status);
        if (type == "FileOrCreate") return fs::exists(status) && !fs::is_regular_file(status);
        return false;
    }

    const ApiServer& server_;
    const std::string& manifest_;
    const Host& host_;
    Checks& checks_;
};

}  // namespace

void check_mounts(const ApiServer& server, const std::string& manifest, const Host& host, Checks& checks) {
    Mounts mounts(server, manifest, host, checks);
    mounts.file("audit-policy-file", "policy-mount", Use::Read);
    mounts.file("audit-log-path", "log-mount", Use::Write);
    mounts.file("audit-webhook-config-file", "webhook-mount", Use::Read);
}

}  // namespace redshank::doctor
