#pragma once
#include <string>
#include <utility>
#include <vector>

#include "exercise/faults/cut.h"
#include "exercise/faults/fault.h"

/// What goes out from a network, or through it, led to a port of its own where a fault serves: rules of nftables in one table whose
/// elements the kernel removes when their lease runs out.
///
/// New connections only (SYN), and datagrams. Loopback, the network's own addresses, the spared, and what carries the mark of this or of a
/// later diversion (a server's own way out) go their way: nothing goes in circles. A connection that was led stays led; its original destination is asked of the kernel.
namespace muster {

struct Diversion {
  std::string table;
  int number = 0;                            ///< of the effect: of several, the first leads first, and each leads what the ones before let pass
  int port = 0;                              ///< where it leads to, on this network's own addresses
  bool six = true;                           ///< the listener takes IPv6 too
  std::vector<int> tcp, udp;                 ///< destination ports that are led there, whatever the address
  std::vector<std::pair<std::string, int>> endpoints4, endpoints6;  ///< TCP to these alone, beside them
  bool cut_existing = false;                 ///< connections to these from before are reset when they next send
  std::vector<int> refused_udp;              ///< datagrams to these ports are answered as if nobody listened there
  std::vector<Spared> spared;
};
std::string to_text(const Diversion& diversion);
Diversion diversion_from_text(const std::string& text);

/// What a socket of the server's carries (SO_MARK), so that it is not led to itself. Never 0.
unsigned mark_of(const Diversion& diversion);

/// Lets the kernel examine the rules without making them. Throws Refused with its words. `netns` "": the caller's own, here and below.
void rehearse_diversion(const Diversion& diversion, const std::string& netns);
/// In one batch. Throws std::runtime_error.
void make_diversion(const Diversion& diversion, const std::string& netns, double lease);
/// Puts its end off. Throws std::runtime_error: it is not there any more, and is not made anew.
void renew_diversion(const Diversion& diversion, const std::string& netns, double lease);
/// Leads nobody there any more, and leaves the table: with its last rule of that kind the kernel forgets how to translate what was led before,
/// which would hear nothing any more, not even its end. Where there is no table, there is nothing to do.
void empty_diversion(const Diversion& diversion, const std::string& netns);
/// Idempotent.
void remove_diversion(const Diversion& diversion, const std::string& netns);
/// In effect: the table has all its elements; inert: it is there without.
Sight see_diversion(const Diversion& diversion, const std::string& netns);

std::string table_text(const Diversion& diversion, double lease);

/// What is missing for it on this machine and target; sentences.
std::vector<std::string> missing_for_diversion(const Target& target);

}  // namespace muster
