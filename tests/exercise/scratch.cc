#include "tests/exercise/scratch.h"

#include <stdlib.h>

#include <stdexcept>

namespace muster::scratch {

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "muster-test-XXXXXX").string();
  if (!::mkdtemp(name.data())) throw std::runtime_error("no folder for a test can be made in " + name);
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace muster::scratch
