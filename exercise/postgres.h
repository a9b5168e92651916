#pragma once
#include <libpq-fe.h>

#include <memory>
#include <string>

#include "exercise/loaded_library.h"

/// libpq and its resources, owned. For .cc files only.
namespace muster {

class Libpq {
  LoadedLibrary library_;

 public:
  Libpq();
#define MUSTER_PQ(name) decltype(::PQ##name)* const name = library_.named<decltype(::PQ##name)>("PQ" #name)
  MUSTER_PQ(clear);
  MUSTER_PQ(connectPoll);
  MUSTER_PQ(connectStartParams);
  MUSTER_PQ(connectdbParams);
  MUSTER_PQ(conninfoFree);
  MUSTER_PQ(conninfoParse);
  MUSTER_PQ(consumeInput);
  MUSTER_PQ(enterPipelineMode);
  MUSTER_PQ(errorMessage);
  MUSTER_PQ(escapeIdentifier);
  MUSTER_PQ(exec);
  MUSTER_PQ(execParams);
  MUSTER_PQ(finish);
  MUSTER_PQ(flush);
  MUSTER_PQ(freemem);
  MUSTER_PQ(getResult);
  MUSTER_PQ(getisnull);
  MUSTER_PQ(getvalue);
  MUSTER_PQ(isBusy);
  MUSTER_PQ(nfields);
  MUSTER_PQ(ntuples);
  MUSTER_PQ(pipelineSync);
  MUSTER_PQ(resultErrorField);
  MUSTER_PQ(resultErrorMessage);
  MUSTER_PQ(resultStatus);
  MUSTER_PQ(sendQuery);
  MUSTER_PQ(sendQueryParams);
  MUSTER_PQ(setNoticeProcessor);
  MUSTER_PQ(setnonblocking);
  MUSTER_PQ(socket);
  MUSTER_PQ(status);
#undef MUSTER_PQ
};
/// Loaded by the first call, which throws std::runtime_error where it is not installed.
const Libpq& pq();

struct Ends {
  void operator()(PGconn* connection) const { pq().finish(connection); }
  void operator()(PGresult* result) const { pq().clear(result); }
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
