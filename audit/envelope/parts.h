// Lines that a container runtime has marked, and cut where they were long.
//   - CRI (containerd, CRI-O; k8s.io/kubernetes pkg/kubelet/kuberuntime/logs): `TIME STREAM TAG TEXT`, where
//     tag P says that the text goes on in the stream's next line, and F that it ends;
//   - Docker's json-file: {"log":"TEXT\n","stream":"stdout","time":"TIME"}, where a text without the newline
//     goes on (in pieces of 16 KiB).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/time.h"

namespace redshank::audit {

struct CriLine {
    std::string_view stream, text;
    Time time{};
    bool goes_on = false;
};
std::optional<CriLine> cri_line(std::string_view line);

struct DockerPart {
    std::string_view stream, log;  // `log` is JSON without its quotes
    bool goes_on = false;
};
// Of a line exactly as Docker writes it; nothing for another JSON object with `log`.
std::optional<DockerPart> docker_part(std::string_view line);

struct Joined {
    std::string text;  // of Docker the object with `log`
    Time time{};       // of the first part; Time{} for Docker
};
// Several such lines, with newlines between them, as the lines that they were before; each stream by itself.
// None when a line is no such line.
std::vector<Joined> join_parts(std::string_view lines);

}  // namespace redshank::audit
