// How far long work is, on stderr, where that is a terminal: one line that is written over again and again.
#pragma once

#include <string>

namespace redshank {

class Progress {
  public:
    Progress();
    ~Progress() { clear(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    bool is_shown() const { return is_terminal_; }
    // Nothing in it comes from a log.
    void show(const std::string& text);
    // Before anything else is printed.
    void clear();

  private:
    const bool is_terminal_;
    bool stands_ = false;
};

}  // namespace redshank
