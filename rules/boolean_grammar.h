// The grammar of and, or, not and parentheses, which the native, Falco and Sigma languages share:
//
//   disjunction = conjunction {"or" conjunction}     term = "not" term | "(" disjunction ")" | operand
//   conjunction = term {"and" term}
//
// A Language has take(word), which reads one of "and", "or", "not", "(" and ")"; operand(), which reads an
// operand; and fail(what), which throws.
#pragma once

#include <string_view>

#include "rules/condition.h"

namespace redshank::rules {

template <typename Language>
class BooleanGrammar {
  protected:
    static constexpr int kMaxDepth = 100;

    ConditionPtr disjunction() {
        ConditionPtr left = conjunction();
        while (language().take("or")) left = either(left, conjunction());
        return left;
    }

    // Counts the nesting depth; every function that recurses holds one.
    class Deeper {
      public:
        explicit Deeper(BooleanGrammar& grammar) : grammar_(grammar) {
            if (++grammar_.depth_ > kMaxDepth) grammar_.language().fail("nested too deeply");
        }
        ~Deeper() { --grammar_.depth_; }
        Deeper(const Deeper&) = delete;
        Deeper& operator=(const Deeper&) = delete;

      private:
        BooleanGrammar& grammar_;
    };

  private:
    Language& language() { return static_cast<Language&>(*this); }

    ConditionPtr conjunction() {
        ConditionPtr left = term();
        while (language().take("and")) left = both(left, term());
        return left;
    }

    ConditionPtr term() {
        const Deeper deeper(*this);
        if (language().take("not")) return negate(term());
        if (!language().take("(")) return language().operand();
        ConditionPtr inside = disjunction();
        if (!language().take(")")) language().fail("expected )");
        return inside;
    }

    int depth_ = 0;
};

}  // namespace redshank::rules
