#include "audit/grant.h"

namespace redshank::audit {

namespace {

// Reads tokens from the front of the reason; after one failure every further read fails.
class ReasonReader {
  public:
    explicit ReasonReader(std::string_view text) : rest_(text) {}

    bool literal(std::string_view text) {
        if (!rest_.starts_with(text)) return false;
        rest_.remove_prefix(text.size());
        return true;
    }

    // Removes everything up to and including `text` and returns the part before it; "" when `text` is not
    // found, or that part is empty or contains a quote.
    std::string until(std::string_view text) {
        const size_t at = rest_.find(text);
        if (at == std::string_view::npos) return {};
        std::string out(rest_.substr(0, at));
        rest_.remove_prefix(at + text.size());
        return out.find('"') == std::string::npos ? out : std::string{};
    }

    // Reads one of the words; "" when none of them is next.
    std::string word(std::initializer_list<std::string_view> words) {
        for (const std::string_view candidate : words) {
            if (literal(candidate)) return std::string(candidate);
        }
        return {};
    }

    // Reads a string as Go's %q writes it. Only \" and \\ are unescaped: other escapes are kept as readable
    // text.
    std::optional<std::string> quoted() {
        if (!literal("\"")) return std::nullopt;
        std::string out;
        for (size_t i = 0; i < rest_.size(); ++i) {
            if (rest_[i] == '"') {
                rest_.remove_prefix(i + 1);
                return out;
            }
            const bool escape =
                rest_[i] == '\\' && i + 1 < rest_.size() && (rest_[i + 1] == '"' || rest_[i + 1] == '\\');
            out += escape ? rest_[++i] : rest_[i];
        }
        return std::nullopt;
    }

    bool at_end() const { return rest_.empty(); }
    std::string_view rest() const { return rest_; }

  private:
    std::string_view rest_;
};

// RoleBindings and ServiceAccounts are both printed as "name/namespace"; neither part can contain a slash.
bool split_name(const std::string& text, std::string& name, std::string& namespace_) {
    const size_t slash = text.rfind('/');
    if (slash == std::string::npos) return false;
    name = text.substr(0, slash);
    namespace_ = text.substr(slash + 1);
    return true;
}

// Azure's id of a role is the same everywhere: a name for those of AKS, the id itself for others.
std::string azure_role(std::string_view id) {
    id.remove_prefix(id.rfind('/') + 1);
    std::string plain(id);
    std::erase(plain, '-');
    if (plain == "b1ff04bb8a4e4dc48eb58693973ce19b") return "Azure Kubernetes Service RBAC Cluster Admin";
    if (plain == "3498e952d568435e9b2c8d77e338d7f7") return "Azure Kubernetes Service RBAC Admin";
    if (plain == "a7ffa36f339b4b5c8bdfe2c188b2c0eb") return "Azure Kubernetes Service RBAC Writer";
    if (plain == "7f6c6a51bcf842ba922052d62157d7db") return "Azure Kubernetes Service RBAC Reader";
    return std::string(id);
}

// What AKS with Azure RBAC writes (github.com/kubeguard/guard, authz/providers/azure/rbac):
//   Access allowed by Azure RBAC Role Assignment ID of Role ID to user ID
// The scope of an assignment is not said: it is taken for the whole cluster.
std::optional<Grant> parse_azure(std::string_view reason) {
    ReasonReader reader(reason);
    if (!reader.literal("Access allowed by Azure RBAC Role Assignment ")) return std::nullopt;
    Grant grant{.authorizer = "Azure RBAC",
                .binding_kind = "ClusterRoleBinding",
                .binding_namespace = {},
                .binding_name = reader.until(" of Role "),
                .role_kind = "ClusterRole",
                .role_name = {},
                .subject_kind = "User",
                .subject_namespace = {},
                .subject_name = {}};
    grant.role_name = azure_role(reader.until(" to user "));
    grant.subject_name = std::string(reader.rest());
    if (grant.binding_name.empty() || grant.role_name.empty() || grant.subject_name.empty())
        return std::nullopt;
    return grant;
}

}  // namespace

bool names_missing_role(std::string_view reason) {
    ReasonReader reader(reason);
    if (!reader.literal("RBAC: ")) return false;
    reader.literal("[");
    return !reader.word({"clusterrole", "role"}).empty() && reader.literal(".rbac.authorization.k8s.io ") &&
           reader.quoted().has_value() && reader.literal(" not found");
}

std::optional<Grant> parse_grant(std::string_view reason) {
    ReasonReader reader(reason);
    Grant grant;
    grant.authorizer = reader.until(": allowed by ");
    if (grant.authorizer.empty()) return parse_azure(reason);

    grant.binding_kind = reader.word({"ClusterRoleBinding", "RoleBinding"});
    if (grant.binding_kind.empty() || !reader.literal(" ")) return std::nullopt;
    const auto binding = reader.quoted();
    if (!binding || !reader.literal(" of ")) return std::nullopt;

    grant.role_kind = reader.word({"ClusterRole", "Role"});
    if (grant.role_kind.empty() || !reader.literal(" ")) return std::nullopt;
    const auto role = reader.quoted();
    if (!role || !reader.literal(" to ")) return std::nullopt;

    grant.subject_kind = reader.word({"User", "Group", "ServiceAccount"});
    if (grant.subject_kind.empty() || !reader.literal(" ")) return std::nullopt;
    const auto subject = reader.quoted();
    if (!subject || !reader.at_end()) return std::nullopt;

    grant.role_name = *role;
    if (grant.is_cluster_wide()) {
        grant.binding_name = *binding;
    } else if (!split_name(*binding, grant.binding_name, grant.binding_namespace)) {
        return std::nullopt;
    }
    if (grant.subject_kind != "ServiceAccount") {
        grant.subject_name = *subject;
    } else if (!split_name(*subject, grant.subject_name, grant.subject_namespace)) {
        return std::nullopt;
    }
    return grant;
}

std::string Grant::to_string() const {
    const auto qualified = [](const std::string& namespace_, const std::string& name) {
        return namespace_.empty() ? name : namespace_ + "/" + name;
    };
    const std::string role_namespace = role_kind == "Role" ? binding_namespace : std::string{};
    return binding_kind + " " + qualified(binding_namespace, binding_name) + " → " + role_kind + " " +
           qualified(role_namespace, role_name) + " → " + subject_kind + " " +
           qualified(subject_namespace, subject_name);
}

}  // namespace redshank::audit
