#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "exercise/faults/fault.h"

namespace boost::asio {
class io_context;
}

/// A fault that is a process which serves in a target's network, mostly with a diversion that leads to it (diversion.h).
///
/// The process is nobody's child for long: whoever began it may die. It is on record, by pid and start time, before it does anything. It
/// lives on a lease that is put off from outside and written to the exercise's folder: nobody puts it off, and it ends by itself, its
/// diversion first. It keeps its diversion up by short leases of the kernel's: who kills it ends the diversion within kKernelLease.
/// A file in memory that it has open is called effect_name(), by which a footprint tells whose it is.
namespace muster {

/// What serves. Made, opened and closed in the process, in the target's network and with its /etc; one thread.
class Server {
 public:
  virtual ~Server() = default;
  /// Listens, then leads there who is to be served; says what it does, as a sentence. `lease`: seconds, of the kernel's, for what leads there.
  /// Throws std::runtime_error: then nothing of it is left.
  virtual std::string open(double lease) = 0;
  /// Puts off what the kernel would end, so long from now. Throws std::runtime_error; the next try follows.
  virtual void renew(double /*lease*/) {}
  /// Leads nobody there any more, and takes no more; what is under way and idle ends in good order. Once.
  virtual void close() = 0;
  /// Ends what is still under way, then takes away what led there. Behind close(), once.
  virtual void finish() = 0;
  /// How many are still under way. At nought, or a second after close(), the process ends.
  virtual std::size_t busy() { return 0; }
  /// What came of it so far, as a sentence: "12 connections failed, 30 passed".
  virtual std::string met() const { return ""; }
};
using MakeServer = std::function<std::unique_ptr<Server>(boost::asio::io_context&)>;

inline constexpr double kKernelLease = 2;  ///< seconds
inline constexpr char serving_process[] = "muster-serving";  ///< its name, as `ps` and `pkill` know it

/// Starts it and waits until it is open. Throws std::runtime_error with its reason when it is not.
void begin_serving(const Effect& effect, double lease, const MakeServer& make);
/// It goes on for so many seconds from now. Throws std::runtime_error.
void renew_serving(const Effect& effect, double lease);
/// Ends it: asks it to close, and kills it when it does not. Idempotent. Throws std::runtime_error when it is still there.
void end_serving(const Effect& effect);
/// In effect: it lives and has said that it is open. Of what leads there it knows nothing.
Sight see_serving(const Effect& effect);
/// What it said last of what it met; "" for nothing.
std::string met_by(const Effect& effect);
/// What a person types to end it.
std::vector<std::string> serving_by_hand(const Effect& effect);

}  // namespace muster
