#pragma once
#include <sys/types.h>

#include <string>

#include "exercise/undo_list.h"

/// The last one who undoes: a minimal process for an effect that the kernel does not end by itself.
///
/// `muster fuse FOLDER NUMBER FD` (not for people) is started before its effect is brought about, says so by a byte to FD, and waits.
/// It undoes the effect when keeper and runner are both dead, or some seconds past the effect's own end, and leaves once it is undone.
namespace muster {

/// Starts it and waits until it watches, 3 s at most. Its pid; the caller's child. Throws std::runtime_error.
pid_t start_fuse(const UndoList& list, int number);
/// It is not needed any more: ends it and reaps it.
void stop_fuse(pid_t fuse);

}  // namespace muster
