#include <poll.h>
#include <stdlib.h>

#include <algorithm>
#include <cmath>

#include "exercise/canary_writing.h"
#include "exercise/clock.h"
#include "exercise/postgres.h"

namespace muster {
namespace {

constexpr double patience = 5;             // for an answer, or for a connection
constexpr double least_rest = 0.1, most_rest = 1;
constexpr std::size_t most_unanswered = 20'000;

std::int64_t boot_now() { return system_clock().now().boot; }
std::int64_t nanoseconds(double seconds) { return static_cast<std::int64_t>(std::llround(seconds * 1e9)); }

/// Whether an error with this SQLSTATE leaves no doubt that nothing was committed. A server that shuts down or breaks (57, 58, XX,
/// or no state at all) may have committed what it was about to answer.
bool surely_not_written(const char* state) {
  if (state == nullptr) return false;
  const std::string kind = std::string(state).substr(0, 2);
  return kind != "57" && kind != "58" && kind != "XX" && kind != "08" && kind != "F0";
}

/// In libpq's pipeline mode. What stands between two Syncs is one transaction: while one is being committed, the writes that come are
/// sent into the next, whose Sync follows when the first has been answered.
class PostgresRoute : public CanaryRoute {
 public:
  PostgresRoute(const Canary& canary, const std::string& exercise, CanaryAccount& account)
      : dsn_(canary.writes), table_(canary.table), exercise_(exercise), account_(&account) {
    begin();
  }

  bool ready() const override { return stage_ == Stage::writing && committing_.size() + open_.size() < most_unanswered; }
  bool quiet() const override { return committing_.empty() && open_.empty(); }

  void write(std::uint64_t number) override {
    const std::string digits = std::to_string(number);
    const char* const values[] = {exercise_.c_str(), digits.c_str()};
    account_->sent(number);
    if (pq().sendQueryParams(connection_.get(), insert_.c_str(), 2, nullptr, values, nullptr, nullptr, 0) != 1)
      return give_up(one_line(pq().errorMessage(connection_.get())));
    if (quiet()) asked_ = boot_now();
    open_.push_back(number);
    if (committing_.empty()) commit();
    flush();
  }

  void wait(std::int64_t until, int also) override {
    if (stage_ == Stage::resting && boot_now() >= rest_until_) begin();
    std::int64_t limit = until;
    if (stage_ == Stage::resting) limit = std::min(limit, rest_until_);
    if (stage_ != Stage::resting && (stage_ != Stage::writing || !quiet())) limit = std::min(limit, asked_ + nanoseconds(patience));
    pollfd fds[] = {{connection_ ? pq().socket(connection_.get()) : -1, wanted_, 0}, {also, POLLIN, 0}};
    const std::int64_t left = std::max<std::int64_t>(0, limit - boot_now());
    const timespec time{left / 1'000'000'000, left % 1'000'000'000};
    const bool news = ::ppoll(fds, 2, &time, nullptr) > 0 && fds[0].revents != 0;
    if (stage_ == Stage::resting) return;
    if (news) take();
    if (stage_ == Stage::writing ? !quiet() && boot_now() - asked_ > nanoseconds(patience)
                                 : stage_ != Stage::resting && boot_now() - asked_ > nanoseconds(patience))
      give_up("no answer within 5 s");
  }

 private:
  enum class Stage { resting, connecting, asking_for_table, making_table, writing };

  void begin() {
    asked_ = boot_now();
    connection_ = begin_to_connect(dsn_);
    stage_ = Stage::connecting;
    wanted_ = POLLOUT;
    if (pq().status(connection_.get()) == CONNECTION_BAD) give_up(one_line(pq().errorMessage(connection_.get())));
  }

  void give_up(const std::string& why) {
    account_->trouble(why);
    connection_.reset();
    committing_.clear();  // for ever in doubt
    open_.clear();
    stage_ = Stage::resting;
    rest_until_ = boot_now() + nanoseconds(rest_);
    rest_ = std::min(most_rest, rest_ * 2);
  }

  void take() {
    if (stage_ == Stage::connecting) return go_on_connecting();
    PGconn* const connection = connection_.get();
    if (pq().consumeInput(connection) != 1) return give_up(one_line(pq().errorMessage(connection)));
    if (stage_ == Stage::writing)
      take_answers();
    else
      take_setup();
    if (connection_) flush();
  }

  void go_on_connecting() {
    switch (pq().connectPoll(connection_.get())) {
      case PGRES_POLLING_READING:
        wanted_ = POLLIN;
        return;
      case PGRES_POLLING_WRITING:
        wanted_ = POLLOUT;
        return;
      case PGRES_POLLING_OK:
        break;
      default:
        return give_up(one_line(pq().errorMessage(connection_.get())));
    }
    pq().setnonblocking(connection_.get(), 1);
    const std::string name = quoted_name(connection_.get(), table_);
    insert_ = "insert into " + name + " (exercise, number) values ($1, $2::bigint)";
    create_ = "create table if not exists " + name +
              " (exercise text, number bigint, written timestamptz not null default clock_timestamp(), primary key (exercise, number))";
    const char* const values[] = {name.c_str()};
    setup(Stage::asking_for_table,
          pq().sendQueryParams(connection_.get(), "select to_regclass($1) is not null", 1, nullptr, values, nullptr, nullptr, 0));
  }

  void setup(Stage next, int sent) {
    if (sent != 1) return give_up(one_line(pq().errorMessage(connection_.get())));
    stage_ = next;
    asked_ = boot_now();
    flush();
  }

  void take_setup() {
    while (pq().isBusy(connection_.get()) == 0) {
      const QueryResult result(pq().getResult(connection_.get()));
      if (!result) return setup_done();
      const ExecStatusType status = pq().resultStatus(result.get());
      if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) return give_up(one_line(pq().resultErrorMessage(result.get())));
      table_is_there_ = status == PGRES_COMMAND_OK || pq().getvalue(result.get(), 0, 0)[0] == 't';
    }
  }

  void setup_done() {
    if (!table_is_there_) return setup(Stage::making_table, pq().sendQuery(connection_.get(), create_.c_str()));
    if (pq().enterPipelineMode(connection_.get()) != 1) return give_up(one_line(pq().errorMessage(connection_.get())));
    stage_ = Stage::writing;
  }

  void take_answers() {
    int nothing = 0;  // a null ends each query's results; several mean that there is no more
    while (connection_ && pq().isBusy(connection_.get()) == 0 && nothing < 2) {
      const QueryResult result(pq().getResult(connection_.get()));
      if (!result) {
        ++nothing;
        continue;
      }
      nothing = 0;
      switch (pq().resultStatus(result.get())) {
        case PGRES_COMMAND_OK:
          break;  // not yet committed
        case PGRES_PIPELINE_SYNC:
          committed();
          break;
        default:
          return refused(result.get());
      }
    }
  }

  void refused(const PGresult* result) {
    if (surely_not_written(pq().resultErrorField(result, PG_DIAG_SQLSTATE)))
      for (const std::uint64_t number : committing_) account_->refused(number);
    // Another server may answer to the name by now.
    give_up(one_line(pq().resultErrorMessage(result)));
  }

  void commit() {
    if (pq().pipelineSync(connection_.get()) != 1) return give_up(one_line(pq().errorMessage(connection_.get())));
    committing_.swap(open_);
    asked_ = boot_now();
  }

  void committed() {
    for (const std::uint64_t number : committing_) account_->acknowledged(number);
    committing_.clear();
    rest_ = least_rest;
    if (!open_.empty()) commit();
  }

  void flush() {
    const int more = pq().flush(connection_.get());
    if (more < 0) return give_up(one_line(pq().errorMessage(connection_.get())));
    wanted_ = static_cast<short>(more > 0 ? POLLIN | POLLOUT : POLLIN);
  }

  std::string dsn_, table_, exercise_, insert_, create_;
  CanaryAccount* account_;
  Connection connection_;
  Stage stage_ = Stage::resting;
  bool table_is_there_ = false;
  short wanted_ = 0;
  std::vector<std::uint64_t> committing_, open_;  // before and after the last Sync
  std::int64_t asked_ = 0, rest_until_ = 0;
  double rest_ = least_rest;
};

}  // namespace

std::unique_ptr<CanaryRoute> postgres_route(const Canary& canary, const std::string& exercise, CanaryAccount& account) {
  ::setenv("RES_OPTIONS", "timeout:1 attempts:1", 1);  // libpq resolves names without letting us go on meanwhile
  return std::make_unique<PostgresRoute>(canary, exercise, account);
}

}  // namespace muster
