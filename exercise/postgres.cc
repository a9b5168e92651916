#include "exercise/postgres.h"

#include <stdexcept>

namespace muster {
namespace {

Connection connection_by(PGconn* (*make)(const char* const*, const char* const*, int), const std::string& dsn) {
  const char* const keys[] = {"dbname", "fallback_application_name", nullptr};
  const char* const values[] = {dsn.c_str(), "muster", nullptr};
  Connection connection(make(keys, values, 1));
  if (!connection) throw std::bad_alloc();
  pq().setNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);
  return connection;
}

}  // namespace

Libpq::Libpq() : library_(MUSTER_LIBPQ, "PostgreSQL's library libpq") {}

const Libpq& pq() {
  static const Libpq loaded;
  return loaded;
}

void check_dsn(const std::string& dsn) {
  PQconninfoOption* const options = pq().conninfoParse(dsn.c_str(), nullptr);
  pq().conninfoFree(options);
  // libpq's own message may quote a part of it, and that part may be the password.
  if (options == nullptr) throw std::invalid_argument("the connection string cannot be read");
}

Connection connect(const std::string& dsn) { return connection_by(pq().connectdbParams, dsn); }
Connection begin_to_connect(const std::string& dsn) { return connection_by(pq().connectStartParams, dsn); }

std::string quoted_name(PGconn* connection, const std::string& name) {
  const auto dot = name.find('.');
  if (dot != std::string::npos)
    return quoted_name(connection, name.substr(0, dot)) + "." + quoted_name(connection, name.substr(dot + 1));
  char* const quoted = pq().escapeIdentifier(connection, name.data(), name.size());
  if (quoted == nullptr) throw std::invalid_argument("'" + name + "' cannot be a name of a table");
  const std::string out = quoted;
  pq().freemem(quoted);
  return out;
}

std::string one_line(const std::string& message) {
  std::string out;
  for (const char c : message) {
    if (c != '\n' && c != '\t')
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace muster
