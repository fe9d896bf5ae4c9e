#include "daemon/pages/html.h"

#include "core/finding/sentence.h"
#include "core/finding/text.h"
#include "daemon/print/when.h"

namespace redshank {

void Html::add_text(std::string_view text) {
    for (const char c : fit_exact(text, kLongestText)) {
        switch (c) {
            case '&':
                out_ += "&amp;";
                break;
            case '<':
                out_ += "&lt;";
                break;
            case '>':
                out_ += "&gt;";
                break;
            case '"':
                out_ += "&quot;";
                break;
            case '\'':
                out_ += "&#39;";
                break;
            case '`':
                out_ += "&#96;";
                break;
            default:
                out_ += c;
        }
    }
}

// It holds nothing that needs an escape but the '&' between what is asked.
Html& Html::operator<<(const Url& url) {
    for (const char c : url.str()) out_ += c == '&' ? std::string_view("&amp;") : std::string_view(&c, 1);
    return *this;
}

Url& Url::operator/(std::string_view segment) {
    out_ += '/';
    // A browser takes the segments "." and ".." for steps through the path, however they are encoded.
    out_ += segment == "." || segment == ".." ? "-" : url_encode(segment);
    return *this;
}

Url& Url::arg(Html::Literal name, std::string_view value) {
    out_ += has_query_ ? '&' : '?';
    has_query_ = true;
    out_.append(name.text()).append("=").append(url_encode(value));
    return *this;
}

Html link(const Url& to, const Html& text) {
    return Html() << "<a href=\"" << to << "\">" << text << "</a>";
}

Html moment(audit::Time time, audit::Time now) {
    if (time == audit::Time{}) return Html("never");
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
    return Html() << "<span class=\"when\"><time datetime=\"" << audit::format_time(time) << "\">"
                  << moment_words(time) << "</time> <span class=\"ago\" data-at=\"" << millis.count() << "\">"
                  << ago_words(time, now) << "</span></span>";
}

Html command(std::string_view text) {
    return Html() << "<code class=\"command\">" << text << "</code>";
}

}  // namespace redshank
