#include "models/quantile_table.h"
namespace muster {
QuantileTable::QuantileTable(const Distribution& of) : of_(of) {}
double QuantileTable::operator()(Uniform01 u) const { return of_.quantile(u); }
}
