#pragma once
#include <string>

#include "models/exercise_record.h"
#include "reports/style.h"

/// An exercise as it happens, in plain lines: where there is no terminal, and in `muster history show`.
namespace muster {

/// One line (without its newline), or "" for what is not worth one: "  +12.3 s  step promote: running". `record` is the exercise
/// with the happening already in it; its t0 is the zero of the scale, or its begin as long as there is none.
std::string happening_text(const ExerciseRecord& record, const Happening& happening, const Style& style);

}  // namespace muster
