#include "exercise/faults/note.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "exercise/apart.h"

namespace muster {

std::string note_file(const Effect& effect, const std::string& about) { return effect.folder + "/" + effect_name(effect) + "." + about; }

namespace {

void place(const Effect& effect, const std::string& about, const std::string& text, bool synced) {
  const std::string file = note_file(effect, about), fresh = file + ".new";
  const auto require = [&](bool done) {
    if (!done) throw std::runtime_error(file + " cannot be kept: " + std::strerror(errno));
  };
  {
    const Descriptor out(open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    require(out.get() >= 0 && write_all(out.get(), text) && (!synced || fsync(out.get()) == 0));
  }
  require(std::rename(fresh.c_str(), file.c_str()) == 0);
  if (!synced) return;
  const Descriptor folder(open(effect.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  require(folder.get() >= 0 && fsync(folder.get()) == 0);
}

}  // namespace

void keep_note(const Effect& effect, const std::string& about, const std::string& text) { place(effect, about, text, true); }
void put_note(const Effect& effect, const std::string& about, const std::string& text) { place(effect, about, text, false); }

std::string read_note(const Effect& effect, const std::string& about) {
  std::ifstream in(note_file(effect, about), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace muster
