#pragma once

namespace redshank {

// A source that must not be ahead of the copy of the state (MovingState). The pipeline's thread.
class HearsOfCopies {
  public:
    virtual ~HearsOfCopies() = default;
    // One more copy is complete, which began when the one before was: what was committed before the last call
    // but one is in it.
    virtual void copied() = 0;
};

}  // namespace redshank
