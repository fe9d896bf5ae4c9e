#pragma once

namespace redshank {

// What /metrics says of a family, written once, beside the code that counts it; docs/metrics.md repeats it,
// and tests/unit/exporters/metrics_docs_test.py compares the two. All four are string literals.
struct Metric {
    enum Type { Counter, Gauge, Histogram };

    const char* name;
    Type type;
    const char* labels;  // their names, in any order: "receiver, reason"; "": none
    const char* help;    // one sentence for people, in plain text; the unit where the name does not tell it
    bool least = false;  // of several clusters the least value counts, not the sum
};

}  // namespace redshank
