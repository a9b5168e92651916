#pragma once
#include "models/shape.h"

namespace muster {

/// The form of an exercise file, version 1: everything that can be said of one value by itself.
Grammar exercise_grammar();

/// The form of a file of bindings, version 1: of an exercise file, what binds a plan to real things, and nothing that breaks any.
Grammar bindings_grammar();

/// Parts of it, each adding the shapes that it names.
void add_probe_shapes(Grammar& grammar);  ///< "probe", "test", "condition", "postgres"
void add_fault_shapes(Grammar& grammar);  ///< "fault"
Shape endpoint_outage_shape();
Shape dns_fault_shape();
Shape proxy_fault_shape();

/// Single values of exercise files.
Shape argument_vector(
    std::string expected);  ///< a program and its arguments; of text it says how the vector looks
Shape filled_text(std::string expected);  ///< free text that is not empty
Shape network_namespace();
Shape host_and_port();
Shape network();  ///< 10.0.0.0/8, fd00::1
Shape regular_expression();
Shape web_address();  ///< http:// or https://

/// The parts of "host:port", a host that is an IPv6 address without its brackets. Throws
/// std::invalid_argument.
std::pair<std::string, int> parse_host_and_port(std::string_view text);
/// Whether it is an IPv4 or IPv6 address, with or without a prefix length.
bool is_network(std::string_view text);

}  // namespace muster
