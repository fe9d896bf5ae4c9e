#pragma once

namespace redshank {

// The description of a metric family on /metrics, written beside the code that counts it. docs/metrics.md
// repeats it, and tests/unit/exporters/metrics_docs_test.py compares the two. All texts are string literals.
struct Metric {
    enum Type { Counter, Gauge, Histogram };

    const char* name;
    Type type;
    const char* labels;  // label names, in any order: "receiver, reason"; "" for none
    // One sentence for people, in plain text, with the unit if the name does not contain it.
    const char* help;
    bool least = false;  // of several clusters' values the least is shown, not the sum
};

}  // namespace redshank
