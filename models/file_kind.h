#pragma once
#include <cstdint>

#include "models/document.h"

/// Which of Muster's own formats a file is in: each begins with a key that says so.
namespace muster {

enum class FileKind : std::uint8_t { scenario, exercise, bindings, study, programme, calibration };

/// Where the document is plainly of another kind than the one that is read, throws InvalidInput with that alone, at the key that says so,
/// and with the command that takes it: all that it lacks and has too much as the other kind is no news. A result (`--json`) is told too.
void refuse_other_kind(const Document& document, FileKind read);

}  // namespace muster
