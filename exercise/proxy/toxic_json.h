#pragma once
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "exercise/proxy/toxic.h"

/// Toxics as the bodies of Toxiproxy's API.
namespace muster::proxy {

/// What is answered with a status and {"error", "status"}.
class ApiError : public std::runtime_error {
 public:
  ApiError(int code, const std::string& text) : std::runtime_error(text), status(code) {}
  int status;
};

/// Lifetimes of toxics, milliseconds.
struct Lifetimes {
  std::int64_t usual = 3'600'000;  ///< where the toxic does not say
  std::int64_t most = 86'400'000;
};

/// A JSON value of an object; anything after it is not looked at. Throws ApiError, 400.
nlohmann::json json_body(const std::string& body);
/// A new toxic, without id and expiry. Throws ApiError: 400 with what is wrong and where.
Toxic toxic_of(const nlohmann::json& body, const Lifetimes& lifetimes);
/// Attributes, toxicity and ttl that the body names; the rest stays.
void change_toxic(Toxic& toxic, const nlohmann::json& body, const Lifetimes& lifetimes);
nlohmann::ordered_json json_of(const Toxic& toxic);

/// Members of an object; a null is as if it were not there. Throw ApiError, 400.
std::string text_member(const nlohmann::json& object, const char* key, const std::string& otherwise);
bool flag_member(const nlohmann::json& object, const char* key, bool otherwise);

}  // namespace muster::proxy
