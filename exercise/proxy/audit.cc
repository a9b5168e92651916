#include "exercise/proxy/audit.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>

#include "exercise/clock.h"
#include "exercise/refused.h"
#include "models/moments.h"

namespace muster::proxy {

Audit::Audit(const std::string& file) : file_(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600)) {
  if (file_.get() < 0) throw Refused({"the audit log " + file + " cannot be written: " + std::strerror(errno)});
}

bool Audit::write(nlohmann::ordered_json entry) {
  if (file_.get() < 0) return true;
  nlohmann::ordered_json line = {{"at", iso_text(system_clock().now())}};
  line.update(entry);
  broken_ = !write_all(file_.get(), line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  return !broken_;
}

}  // namespace muster::proxy
