#include <libpq-fe.h>

#include <memory>
#include <stdexcept>

#include "exercise/answer.h"
#include "exercise/comparison.h"
#include "exercise/postgres.h"

#include <nlohmann/json.hpp>

namespace muster {

Answer ask(const PostgresProbe& probe, const Stage& stage) {
  check_dsn(probe.dsn);
  stage("connecting");
  const Connection connection = connect(probe.dsn);
  if (pq().status(connection.get()) != CONNECTION_OK) return failing(one_line(pq().errorMessage(connection.get())));
  stage("waiting for the answer");
  const QueryResult result(pq().exec(connection.get(), probe.query.c_str()));
  if (pq().resultStatus(result.get()) != PGRES_TUPLES_OK) {
    const char* state = pq().resultErrorField(result.get(), PG_DIAG_SQLSTATE);
    const std::string why = one_line(pq().errorMessage(connection.get()));
    if (pq().resultStatus(result.get()) == PGRES_COMMAND_OK) return unknown("the query gives no rows");
    // Class 42: the query itself is wrong, or not allowed.
    return state != nullptr && std::string(state).rfind("42", 0) == 0 ? unknown(why) : failing(why);
  }
  if (pq().ntuples(result.get()) == 0 || pq().nfields(result.get()) == 0) return failing("no row");
  const bool null = pq().getisnull(result.get(), 0, 0) != 0;
  const std::string value = null ? "null" : pq().getvalue(result.get(), 0, 0);
  if (probe.value.empty()) return passing(value);
  if (null) return failing("null, not " + probe.op + " " + probe.value);
  const bool as_text = probe.op == "~";
  const nlohmann::json wanted = as_text ? nlohmann::json(probe.value) : number_or_text(probe.value);
  const nlohmann::json found = as_text || wanted.is_string() ? nlohmann::json(value) : number_or_text(value);
  return compares(found, probe.op, wanted) ? passing(value) : failing(value + ", not " + probe.op + " " + probe.value);
}

}  // namespace muster
