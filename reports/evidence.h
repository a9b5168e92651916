#pragma once
#include <string>
#include <vector>

#include "models/evidence.h"
#include "reports/page_table.h"

/// The pages of an evidence pack. Pure functions of the pack: the same pack, the same bytes.
namespace muster {

std::string evidence_page(const EvidencePack& pack);
/// The pack for programs, with the head of the ledger that it was made from.
std::string evidence_json(const EvidencePack& pack);

/// What of the pack supports which provision. Muster certifies nothing; whether a provision applies and is met is for others to judge.
PageTable provision_table(const EvidencePack& pack);

/// The lines that verify a pack without Muster, typed in its folder.
struct VerifyLine {
  std::string what, line;
};
std::vector<VerifyLine> verify_lines(bool is_signed);

inline constexpr const char* evidence_namespace = "muster-evidence";  ///< of signatures (ssh-keygen -n)

}  // namespace muster
