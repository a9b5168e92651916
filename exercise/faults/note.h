#pragma once
#include <string>

#include "exercise/faults/fault.h"

/// What an effect finds out only while it is brought about or undone, kept in its exercise's folder.
namespace muster {

/// Whole or not at all, on the disk when it returns (the folder too). Throws std::runtime_error.
void keep_note(const Effect& effect, const std::string& about, const std::string& text);
/// The same, but not synced: for what a reboot makes meaningless.
void put_note(const Effect& effect, const std::string& about, const std::string& text);
std::string read_note(const Effect& effect, const std::string& about);  ///< "" where there is none
std::string note_file(const Effect& effect, const std::string& about);

}  // namespace muster
