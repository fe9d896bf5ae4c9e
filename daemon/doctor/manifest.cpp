#include "daemon/doctor/manifest.h"

#include <algorithm>

#include "audit/policy/document.h"

namespace redshank::doctor {

namespace {

using audit::policy::Node;

const Node* child(const Node* map, std::string_view key) {
    const Node* found = nullptr;
    if (map == nullptr) return nullptr;
    for (const auto& entry : map->entries) {
        if (entry.key.value == key) found = entry.value.get();
    }
    return found;
}

std::string text(const Node* map, std::string_view key) {
    const Node* node = child(map, key);
    return node == nullptr ? "" : node->text;
}

const std::vector<audit::policy::NodePtr>& items(const Node* map, std::string_view key) {
    static const std::vector<audit::policy::NodePtr> kNone;
    const Node* node = child(map, key);
    return node == nullptr ? kNone : node->items;
}

// command and args are one list of words.
void read_words(const Node& container, ApiServer& server) {
    std::vector<const Node*> words;
    for (const char* key : {"command", "args"}) {
        for (const auto& item : items(&container, key)) words.push_back(item.get());
        if (const Node* list = child(&container, key); list != nullptr && server.command_line == 0)
            server.command_line = list->place.line;
    }
    for (size_t i = 0; i < words.size(); ++i) {
        std::string_view word = words[i]->text;
        if (!word.starts_with("--")) continue;
        word.remove_prefix(2);
        const size_t equals = word.find('=');
        Flag flag{std::string(word.substr(0, equals)), "", words[i]->place.line};
        if (equals != word.npos) {
            flag.value = word.substr(equals + 1);
        } else if (i + 1 < words.size() && !words[i + 1]->text.starts_with("--")) {
            flag.value = words[++i]->text;
        }
        server.flags.push_back(std::move(flag));
    }
}

bool is_api_server(const Node& container) {
    const auto names = [](const std::string& word) {
        return word == "kube-apiserver" || word.ends_with("/kube-apiserver") ||
               word.find("kube-apiserver ") != std::string::npos;
    };
    const auto& command = items(&container, "command");
    return text(&container, "name") == "kube-apiserver" ||
           std::any_of(command.begin(), command.end(), [&](const auto& word) { return names(word->text); });
}

ApiServer read_pod(const Node& spec, const Node& container) {
    ApiServer server;
    server.image = text(&container, "image");
    server.container_line = container.place.line;
    server.spec_line = spec.place.line;
    read_words(container, server);
    for (const auto& mount : items(&container, "volumeMounts")) {
        server.mounts.push_back({text(mount.get(), "name"), text(mount.get(), "mountPath"),
                                 text(mount.get(), "readOnly") == "true", mount->place.line});
    }
    for (const auto& volume : items(&spec, "volumes")) {
        const Node* host = child(volume.get(), "hostPath");
        server.volumes.push_back(
            {text(volume.get(), "name"), text(host, "path"), text(host, "type"), volume->place.line});
    }
    return server;
}

}  // namespace

const Flag* ApiServer::flag(std::string_view name) const {
    const auto found =
        std::find_if(flags.rbegin(), flags.rend(), [&](const Flag& one) { return one.name == name; });
    return found == flags.rend() ? nullptr : &*found;
}

const Mount* ApiServer::mount_of(std::string_view path) const {
    const Mount* longest = nullptr;
    for (const Mount& mount : mounts) {
        std::string_view folder = mount.path;
        while (folder.size() > 1 && folder.ends_with('/')) folder.remove_suffix(1);
        const bool is_below =
            path == folder || folder == "/" ||
            (path.starts_with(folder) && path.size() > folder.size() && path[folder.size()] == '/');
        if (is_below && (longest == nullptr || mount.path.size() > longest->path.size())) longest = &mount;
    }
    return longest;
}

const Volume* ApiServer::volume(std::string_view name) const {
    const auto found =
        std::find_if(volumes.begin(), volumes.end(), [&](const Volume& one) { return one.name == name; });
    return found == volumes.end() ? nullptr : &*found;
}

std::optional<int> ApiServer::minor() const {
    const size_t tag = image.find(":v1.");
    return tag == std::string::npos ? std::nullopt
                                    : audit::policy::kubernetes_minor(std::string_view(image).substr(
                                          tag + 1, image.find_first_of("-_+@", tag) - tag - 1));
}

std::optional<ApiServer> read_manifest(std::string_view text_of_file, ManifestProblem& problem) {
    const audit::policy::Document document = audit::policy::read_document(text_of_file);
    if (document.root == nullptr) {
        problem = {"This cannot be read: " + document.problem, document.problem_place.line};
        return std::nullopt;
    }
    const Node* root = document.root.get();
    const Node* spec = child(root, "spec");
    if (text(root, "kind") != "Pod" || spec == nullptr) {
        problem = {"This is no Pod: kind: Pod and spec are needed", 1};
        return std::nullopt;
    }
    for (const auto& container : items(spec, "containers")) {
        if (is_api_server(*container)) return read_pod(*spec, *container);
    }
    problem = {"No container of this Pod runs kube-apiserver", spec->place.line};
    return std::nullopt;
}

}  // namespace redshank::doctor
