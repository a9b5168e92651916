#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "exercise/keeper.h"

namespace boost::asio {
class io_context;
}

namespace muster {

/// An exercise that is at work on this host by order of a runner elsewhere: what it may break, its own keeper, and the account of what
/// happened, which outlives the connection (state_root()/agent/ID.jsonl). Not thread-safe.
class Guest {
 public:
  using Tell = std::function<void(std::size_t number, const std::string& line)>;
  /// `owner`: the fingerprint of the certificate whose exercise it is.
  Guest(boost::asio::io_context& io, std::string id, std::string owner);
  ~Guest();  ///< ends everything, and waits for it
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;

  const std::string& id() const { return id_; }
  const std::string& owner() const { return owner_; }
  std::string run_folder() const;
  bool armed() const { return keeper_ != nullptr; }
  bool over() const { return over_; }

  /// What look_here() found. Throws Refused once it is armed.
  void take_looked(const nlohmann::json& looked, const Target& target, double limit, bool commands);
  bool may_run() const { return may_run_; }
  const std::optional<Target>& target() const { return target_; }

  /// Takes the locks, writes UNDO.txt and starts the keeper. Throws Refused.
  void arm(Tell tell);
  /// A fault that was looked at. `done` gets "" or why not.
  void begin(const std::string& fault, std::optional<double> lasts, const std::optional<CommandSettings>& fence, std::function<void(std::string)> done);
  /// `done` gets what remains, also when it was over already.
  void end_all(const std::string& why, std::function<void(const std::vector<std::string>&)> done);
  void stop_telling() { tell_ = nullptr; }

  std::vector<std::string> in_effect() const;

 private:
  struct Prepared {
    Effect effect;
    PlannedEffect planned;
    bool machine = false;
    bool begun = false;
  };
  void hear(const Happening& happening);
  void write_undo_lines() const;
  void ended(const std::vector<std::string>& remains);
  boost::asio::io_context& io_;
  std::string id_, owner_;
  std::optional<Target> target_;
  double limit_ = 0;
  bool may_run_ = false, over_ = false, ending_ = false;
  std::map<std::string, Prepared> prepared_;
  std::vector<std::string> order_;             ///< of prepared_, as given
  std::vector<std::string> in_effect_, remains_;
  std::size_t told_ = 0;
  Tell tell_;
  std::vector<std::function<void(const std::vector<std::string>&)>> waiting_;
  std::unique_ptr<Keeper> keeper_;
};

/// The account of an exercise on this host: {"known", "over", "happened": [LINE, …] from number `from` on, "remains", "boot"}, for whoever
/// owns it. One that this host knows nothing of: {"known": false}.
nlohmann::json account_of(const std::string& exercise, const std::string& owner, std::size_t from);

/// Undoes what agents that died have left here (recover() of keeper.h), and completes their accounts. For a process of its own.
void recover_here();
/// Whether there is anything for recover_here() to do.
bool anything_to_recover();

}  // namespace muster
