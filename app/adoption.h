#pragma once
#include <string>
#include <vector>

#include "exercise/keeper.h"

/// Exercises whose runner died are brought to their end in the ledger by whoever looks next.
namespace muster {

/// Where the ledger is: the only place that knows its name.
std::string ledger_file();
/// Happenings that a full disk kept out of the ledger wait here, a line each, until somebody looks.
std::string unwritten_file(const std::string& exercise);

/// Marks in the ledger what died: an exercise without an end whose process is gone. Adds what its keeper wrote down, and what is known of
/// what remains. Undoes nothing. Where the ledger cannot be written, says so on the standard error and leaves it.
void mark_the_dead();

/// Undoes what dead exercises left, and puts the account of it into the ledger. Each exercise once.
std::vector<Recovered> recover_and_tell();

}  // namespace muster
