#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/calibration.h"
#include "models/document.h"
#include "models/load.h"

/// Scenarios that differ from one file by changes, as the variants of a study do.
namespace muster {

/// One value put at a JSON pointer: replaces what stands there, adds a key, appends with `-`, removes with null.
struct Change {
  std::string pointer;  ///< into the scenario
  Node value;           ///< its places are those of the file that says the change
  Place place{};        ///< where that file says it
};

/// The value as JSON on one line: {"lognormal":{"p50":"5m","p95":"1h"}}.
std::string json_of(const Node& value);
/// For people: a scalar as it was written, null as "none", anything else as JSON.
std::string shown(const Node& value);

/// A scenario file, read once, to be changed again and again. Immutable, so threads may share it; tables beside the
/// scenario are read each time.
class ChangeableScenario {
 public:
  /// Reads, checks and resolves it as load_scenario does. Throws InvalidInput.
  static ChangeableScenario read(const std::string& path, const std::vector<Setting>& settings = {}, const LoadLimits& = {});
  static ChangeableScenario parse(std::string_view text, const std::string& name, const std::string& folder = ".",
                                  const std::vector<Setting>& settings = {}, const LoadLimits& = {});

  const Loaded& as_it_is() const { return as_it_is_; }

  /// From now on with what was learned about it: of each variant, in the laws that it does not change.
  void calibrate(std::shared_ptr<const Calibration> calibration);

  /// With the changes made one after the other, read and checked anew. `source` is the file that says them: problems in
  /// what they put have that name and their place there; others, in what the scenario then says elsewhere, have the
  /// scenario's. Throws InvalidInput.
  Loaded changed(std::span<const Change* const> changes, const std::string& source) const;

 private:
  ChangeableScenario(Document document, std::string folder, const LoadLimits& limits);
  Document document_;
  std::string folder_;
  LoadLimits limits_;
  Loaded as_it_is_;
  std::shared_ptr<const Calibration> calibration_;
};

}  // namespace muster
