#include "models/shape.h"

namespace muster {

Field required(std::string key, Shape shape, std::string doc) {
  return {std::move(key), std::make_shared<const Shape>(std::move(shape)), true, std::move(doc)};
}

Field optional(std::string key, Shape shape, std::string doc) {
  return {std::move(key), std::make_shared<const Shape>(std::move(shape)), false, std::move(doc)};
}

}  // namespace muster
