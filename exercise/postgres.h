#pragma once
#include <libpq-fe.h>

#include <memory>
#include <string>

/// libpq's resources, owned. For .cc files only.
namespace muster {

struct Ends {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PGresult* result) const { PQclear(result); }
};
using Connection = std::unique_ptr<PGconn, Ends>;
using QueryResult = std::unique_ptr<PGresult, Ends>;

/// Throws std::invalid_argument, without any of its text, on what is no connection string or URI.
void check_dsn(const std::string& dsn);
/// Blocks until it is connected or not (PQstatus). Notices are thrown away.
Connection connect(const std::string& dsn);
/// Begins to connect, for PQconnectPoll; names are resolved at once.
Connection begin_to_connect(const std::string& dsn);
/// "a.b" as identifiers that SQL takes literally.
std::string quoted_name(PGconn* connection, const std::string& name);
/// libpq's messages without their line ends.
std::string one_line(const std::string& message);

}  // namespace muster
